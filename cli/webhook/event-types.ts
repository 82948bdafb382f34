import { type EventType, eventTypes } from '#shared/model/event-type.ts';
import { usageError } from '../cli-error.ts';

/** One of an option that may be repeated; throws a usage error. */
export function parseEventType(text: string, before: readonly EventType[] = []): readonly EventType[] {
  const type = eventTypes.find((one) => one === text);
  if (type) return [...before, type];
  throw usageError(`"${text}" is no type of event.`, `Use ${eventTypes.join(', ')}.`);
}

/** The number of an event as deliveries list it, or as receivers got it (`ev_42`); throws a usage error. */
export function parseEvent(text: string): number {
  const [, digits] = /^(?:ev_)?([1-9]\d{0,14})$/.exec(text) ?? [];
  if (digits !== undefined) return Number(digits);
  throw usageError(
    `"${text}" is no event.`,
    'Write its number as "headwater webhook deliveries" lists it: 42 or ev_42.',
  );
}
