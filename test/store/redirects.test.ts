import { afterEach, expect, test } from 'vitest';
import { importWireKey } from '#shared/wire/signature.ts';
import { createControlClient } from '../../origin/broadcast/control-client.ts';
import { createWorkerStore } from '../../origin/store/worker-store.ts';
import { wireKeyId, wireSecret } from '../support/fake-origin.ts';
import { type Redirecting, startRedirecting } from '../support/redirecting-server.ts';

let server: Redirecting;
afterEach(() => server?.stop());

const key = await importWireKey(wireKeyId, wireSecret);

test.each([301, 302, 307, 308])(
  'a signed call of the origin goes no further than the address it was made for (%i)',
  async (status) => {
    server = await startRedirecting(status);
    const control = createControlClient(server.url, key, Date.now);
    const question = { origin: 'o-1', streamKey: 'sk', ip: '203.0.113.9', encoder: 'OBS' };
    await expect(control.publish(question)).rejects.toMatchObject({
      ...{ code: 'control_redirected', retryable: false, status },
      message: expect.stringContaining('HEADWATER_CONTROL_URL'),
    });
    const store = createWorkerStore({ url: server.url, key, now: Date.now });
    const calls = [
      () => store.put('b/one', [Buffer.from('x')]),
      () => store.get('b/one'),
      () => store.remove(['b/one']),
      () => store.list('b/')[Symbol.asyncIterator]().next(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'store_redirected' });
    expect(server.followed).toEqual([]);
  },
);
