import type { Delivery, Webhook } from '#shared/api/shapes.ts';
import { timeText } from './dates.ts';

/** What webhooks can tell, in words: docs/protocol/webhooks.md. `webhook.test` comes when it is asked for. */
export const eventWords: Readonly<Record<string, string>> = {
  'channel.live': 'Live',
  'channel.interrupted': 'Encoder dropped',
  'channel.resumed': 'Encoder back',
  'channel.ended': 'Ended',
  'replay.ready': 'Replay ready',
  'replay.failed': 'Replay failed',
  'clip.ready': 'Clip ready',
  'finding.opened': 'Finding opened',
  'finding.closed': 'Finding closed',
  'key.refused': 'Wrong stream key',
};

/** The words of one webhook. */
export interface WebhookWords {
  readonly title: string;
  readonly facts: string;
  /** Why it is switched off; empty while it is on. */
  readonly trouble: string;
}

export function webhookWords(webhook: Webhook): WebhookWords {
  const { url, label, channel, types, waiting, disabledMs, disabledWhy } = webhook;
  const about = channel === null ? 'All channels' : `Channel ${channel}`;
  const events = types.length === 0 ? 'all events' : types.map((type) => eventWords[type] ?? type).join(', ');
  const queue = waiting === 0 ? [] : [`${waiting} waiting`];
  const off = disabledMs === null ? '' : `Switched off${disabledWhy ? `: ${disabledWhy}` : ''}`;
  return { title: label || url, facts: [about, events, ...queue].join(' · '), trouble: off };
}

/** `200 after 85 ms`, `no answer (timeout)` */
export function outcomeText({ status, error, tookMs }: Pick<Delivery, 'status' | 'error' | 'tookMs'>): string {
  return status === null ? `no answer (${error ?? 'unknown'})` : `${status} after ${Math.round(tookMs)} ms`;
}

/** When, what, how often, with what result. */
export function deliveryRow(delivery: Delivery, locale?: string, timeZone?: string): string[] {
  const { atMs, type, attempt } = delivery;
  return [timeText(atMs, locale, timeZone), type, String(attempt), outcomeText(delivery)];
}
