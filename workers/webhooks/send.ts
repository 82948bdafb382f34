import { Webhook } from 'standardwebhooks';
import { webhookLimits } from '#shared/limits/control.ts';
import { parsePublicUrl } from '../access/foreign-url.ts';
import { deliveryId, type EventRow, eventBody } from './event.ts';

/** What came of one attempt. */
export interface Attempt {
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  /** Why there was none, in a word. */
  readonly error: 'timeout' | 'unreachable' | 'address' | null;
  readonly tookMs: number;
}

export interface Target {
  readonly url: string;
  /** `whsec_…`: each of them signs. */
  readonly secrets: readonly string[];
  /** Loopback addresses that may be sent to: `WEBHOOK_HOSTS`. */
  readonly hosts: string | undefined;
}

/** Sends an event, signed by Standard Webhooks 1.0. Follows no redirect, reads no body, never throws. */
export async function sendEvent(target: Target, event: EventRow, nowMs: number): Promise<Attempt> {
  // Decided again each time: what may be sent to can change after an endpoint was entered.
  const url = parsePublicUrl(target.url, target.hosts);
  if (!(url instanceof URL)) return { status: null, error: 'address', tookMs: 0 };
  const id = deliveryId(event);
  const body = eventBody(event);
  const signatures = target.secrets.map((secret) => new Webhook(secret).sign(id, new Date(nowMs), body));
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'headwater-webhooks/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
    'webhook-signature': signatures.join(' '),
  };
  try {
    const signal = AbortSignal.timeout(webhookLimits.requestMsMax);
    const response = await fetch(url, { method: 'POST', redirect: 'manual', signal, headers, body });
    await response.body?.cancel();
    return { status: response.status, error: null, tookMs: Date.now() - nowMs };
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    return { status: null, error: isLate ? 'timeout' : 'unreachable', tookMs: Date.now() - nowMs };
  }
}
