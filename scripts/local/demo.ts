import type { ApiClient } from './api-client.ts';
import type { DemoKey } from './secrets.ts';
import { StartError } from './start-error.ts';

/** The channel that the test card plays on. */
export const demoChannel = 'demo';

/** Makes sure that the demo channel is there and that its stream key works; returns `stored` when nothing was missing. */
export async function ensureDemo(api: ApiClient, stored: DemoKey | null): Promise<DemoKey> {
  const channel = await api.call<{ id: string }>('GET', `/channels/${demoChannel}`);
  if (!channel) await api.call('POST', '/channels', { id: demoChannel, title: 'Test card' });
  if (stored?.channel === demoChannel && (await hasKey(api, stored.keyId))) return stored;
  const made = await api.call<{ id: string; streamKey: string }>('POST', `/channels/${demoChannel}/keys`, {
    label: 'first start',
  });
  if (!made) throw new StartError('api_failed', 'The demo channel is gone again.', 'Start once more.');
  return { channel: demoChannel, keyId: made.id, streamKey: made.streamKey };
}

async function hasKey(api: ApiClient, keyId: string): Promise<boolean> {
  const list = await api.call<{ keys: { id: string }[] }>('GET', `/channels/${demoChannel}/keys`);
  return list?.keys.some((key) => key.id === keyId) ?? false;
}
