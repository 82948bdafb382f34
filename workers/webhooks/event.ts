import type { EventType } from '#shared/model/event-type.ts';

/** A row of the catalogue's events. */
export interface EventRow {
  readonly id: number;
  readonly channel: string;
  readonly sequence: number;
  readonly type: EventType;
  readonly broadcast: string | null;
  readonly atMs: number;
  /** JSON object with what else there is to say. */
  readonly detail: string | null;
}

/** Columns of an {@link EventRow}, from `events e`. */
export const eventColumns = 'e.id, e.channel, e.sequence, e.type, e.broadcast, e.at_ms AS atMs, e.detail';

/** SQL: whether a webhook `w` is told of an event `e`. */
export const isToldOf = `(w.channel IS NULL OR e.channel = w.channel)
  AND (w.types = '[]' OR e.type IN (SELECT value FROM json_each(w.types)))`;

/** SQL: whether an event waits for a webhook `w`. */
export const hasWaiting = `EXISTS (SELECT 1 FROM events e WHERE e.id > w.cursor AND ${isToldOf})`;

/** `webhook-id`: the same for every attempt, so that receivers can tell what they have seen. */
export function deliveryId(event: EventRow): string {
  return event.type === 'webhook.test' ? `ev_test_${-event.id}` : `ev_${event.id}`;
}

/** Body of a delivery (Standard Webhooks 1.0, "payload structure"). */
export function eventBody({ channel, sequence, type, broadcast, atMs, detail }: EventRow): string {
  const more = detail === null ? {} : (JSON.parse(detail) as object);
  return JSON.stringify({
    type,
    timestamp: new Date(atMs).toISOString(),
    data: { channel, sequence, broadcast, ...more },
  });
}
