import { formatId, type IdPrefix } from '#shared/model/id.ts';

/** A new random id of this moment. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  return formatId(prefix, nowMs, crypto.getRandomValues(new Uint8Array(11)));
}
