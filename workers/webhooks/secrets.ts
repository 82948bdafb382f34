/**
 * Secrets of a webhook as they are sealed in the catalogue: `<secret>`, or `<secret> <the one before> <ms>` where both sign
 * until that time (Standard Webhooks 1.0, "Signature scheme": several signatures while a secret is rotated).
 */
export function rotatedSecrets(before: string | null, next: string, graceMs: number, nowMs: number): string {
  const [last] = before?.split(' ') ?? [];
  return last === undefined || graceMs === 0 ? next : `${next} ${last} ${nowMs + graceMs}`;
}

/** The secrets that sign now, the newest first. */
export function signingSecrets(text: string, nowMs: number): readonly string[] {
  const [current = '', before, until] = text.split(' ');
  return before !== undefined && nowMs < Number(until) ? [current, before] : [current];
}
