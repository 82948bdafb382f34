import type { WatchView } from '#shared/model/view.ts';
import { fetchJson } from '../page/fetch-json.ts';
import type { WatchEvent } from './state.ts';

/** Asks the PoP about a channel; the answer is an event for the state. */
export async function lookAtChannel(channel: string): Promise<WatchEvent> {
  const answer = await fetchJson<WatchView>(`/api/v1/watch/${channel}`);
  if (answer.ok) return { type: 'view', view: answer.body, receivedMs: Date.now() };
  if (answer.status === 404 || answer.status === 410) return { type: 'refused', reason: 'not-found' };
  if (answer.status === 401 || answer.status === 403) return { type: 'refused', reason: 'private' };
  return { type: 'unreachable', code: answer.code };
}
