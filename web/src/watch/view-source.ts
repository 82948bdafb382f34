import type { Refusal, WatchEvent } from './state.ts';
import type { ViewerAccess } from './viewer-access.ts';

/** What the gate's refusals are to a viewer; any other 401 or 403 is `private`. */
const refusals: Readonly<Record<string, Refusal>> = Object.freeze({
  token_expired: 'expired',
  token_revoked: 'revoked',
  link_used_up: 'used-up',
  too_many_streams: 'too-many-screens',
  country_refused: 'elsewhere',
  network_refused: 'elsewhere',
  site_refused: 'wrong-site',
});

/** Asks the PoP about a channel; the answer is an event for the state. */
export async function lookAtChannel(access: ViewerAccess): Promise<WatchEvent> {
  const answer = await access.look();
  if (answer.ok) return { type: 'view', view: answer.body, receivedMs: Date.now() };
  const reason = refusals[answer.code];
  if (reason) return { type: 'refused', reason };
  if (answer.status === 404 || answer.status === 410) return { type: 'refused', reason: 'not-found' };
  if (answer.status === 401 || answer.status === 403) return { type: 'refused', reason: 'private' };
  return { type: 'unreachable', code: answer.code };
}
