import type { PublishDecision } from '../ingest/server.ts';

/** Why the origin itself refuses a publisher whose key is good; the sentence is what the streamer reads. */
export const originRefusals = Object.freeze({
  control_unreachable: 'Stream keys cannot be checked right now. Try again in a moment.',
  broadcast_over: 'The last broadcast just ended. Start again.',
  origin_full: 'This origin is full. Try another one.',
  takeover_flapping: 'Encoders keep taking this broadcast over from each other. Stop one of them, wait a minute.',
});

export type OriginRefusal = keyof typeof originRefusals;

/** The decision that tells it. */
export function refuse(code: OriginRefusal): PublishDecision {
  return { accept: false, code, sentence: originRefusals[code] };
}
