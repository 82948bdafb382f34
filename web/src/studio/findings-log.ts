import { studioLimits } from '#shared/limits/page.ts';
import type { Finding } from '#shared/model/finding.ts';

/** A finding as this page saw it. */
export interface LoggedFinding {
  readonly finding: Finding;
  /** When it was seen to be over, ms since the Unix epoch; null while it is open. */
  readonly closedMs: number | null;
}

const keyOf = ({ code, openedMs }: Finding) => `${code} ${openedMs}`;

/** The log with what is open now: newest first, the oldest leaving. */
export function withFindings(
  log: readonly LoggedFinding[],
  open: readonly Finding[],
  nowMs: number,
): readonly LoggedFinding[] {
  const openNow = new Map(open.map((finding) => [keyOf(finding), finding]));
  const known = new Set(log.map(({ finding }) => keyOf(finding)));
  const kept = log.map((entry) => {
    const still = openNow.get(keyOf(entry.finding));
    if (still) return { finding: still, closedMs: null };
    return entry.closedMs === null ? { ...entry, closedMs: nowMs } : entry;
  });
  const fresh = open.filter((finding) => !known.has(keyOf(finding))).map((finding) => ({ finding, closedMs: null }));
  return [...fresh.toSorted((a, b) => b.finding.openedMs - a.finding.openedMs), ...kept].slice(
    0,
    studioLimits.findingsLoggedMax,
  );
}
