import { webhookLimits } from '#shared/limits/control.ts';

/** What becomes of a delivery after an attempt. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again'; readonly inMs: number }
  /** The endpoint is disabled; `why` is for its owner. */
  | { readonly kind: 'stop'; readonly why: string };

/**
 * Decides after an attempt: any 2xx is a delivery, 410 asks for no more (Standard Webhooks 1.0), everything else comes again,
 * later and later, until a day has passed.
 * @param status of the answer, null when there was none
 * @param attempts made so far with this event, this one too
 * @param random01 spreads what failed at one time
 */
export function settle(status: number | null, attempts: number, random01: number): Outcome {
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'stop', why: 'The address answered 410: it wants no more events.' };
  const waitMs = webhookLimits.retryMs[attempts - 1];
  if (waitMs === undefined) return { kind: 'stop', why: `An event was refused ${attempts} times in a row.` };
  return { kind: 'again', inMs: Math.round(waitMs * (1 + webhookLimits.retryJitter * random01)) };
}
