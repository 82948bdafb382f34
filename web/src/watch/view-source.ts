import type { WatchView } from '#shared/model/view.ts';
import { refusalOfAccess } from '../player/access-refusals.ts';
import type { ViewerAccess } from '../player/viewer-access.ts';
import type { WatchEvent } from './state.ts';

/** Asks the PoP about a channel; the answer is an event for the state. */
export async function lookAtChannel(channel: string, access: ViewerAccess): Promise<WatchEvent> {
  const answer = await access.look<WatchView>(`/api/v1/watch/${channel}`);
  if (answer.ok) {
    const { hls, dash } = answer.body;
    const view = { ...answer.body, hls: access.media(hls), dash: access.media(dash) };
    return { type: 'view', view, receivedMs: Date.now() };
  }
  const reason = refusalOfAccess(answer);
  if (reason) return { type: 'refused', reason };
  if (answer.status === 404 || answer.status === 410) return { type: 'refused', reason: 'not-found' };
  return { type: 'unreachable', code: answer.code };
}
