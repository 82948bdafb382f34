/**
 * A segment that was announced and lost, and that nobody will ever have: there is no representation of it, and something else is
 * named in its place (RFC 9110, 15.4.4), the init segment that it would have been decoded with. Players that were already
 * asking for it append that without any effect and go on with what is listed next; other bytes under the segment's own name
 * would lie beside those that somebody may still have of it.
 */
export const holeStatus = 303;

const initPattern = /^init-\d{1,9}\.mp4$/;

/** The file beside the segment that is named in its place; null: this is not such an answer. */
export function holeFile(status: number, location: string | null): string | null {
  return status === holeStatus && location !== null && initPattern.test(location) ? location : null;
}
