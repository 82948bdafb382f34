import type { LoggedFinding } from './findings-log.ts';
import { dwellRows, healthLines, verdictOf } from './health-words.ts';
import { seenLines } from './live-words.ts';
import type { Facts } from './studio.ts';

/** A report to send to somebody who helps: plain text, without keys, tokens or addresses of people. */
export function reportText(facts: Facts, log: readonly LoggedFinding[]): string {
  const { channel, broadcast, nowMs } = facts;
  const { headline, sentence } = verdictOf(facts);
  const iso = (timeMs: number) => new Date(timeMs).toISOString();
  const health = broadcast?.report?.health ?? null;
  const lines = [
    `Headwater health report, ${iso(nowMs)}`,
    `Channel ${channel.id}, ${channel.state}, latency ${channel.latency}`,
    ...(broadcast ? [`Broadcast ${broadcast.id} on ${broadcast.origin}, begun ${iso(broadcast.startedMs)}`] : []),
    `${headline}: ${sentence}`,
    ...[...seenLines(broadcast?.report ?? null), ...healthLines(health)].map(([term, text]) => `${term}: ${text}`),
    ...(health ? dwellRows(health.dwell).map(([stage, p50, p95]) => `${stage}: p50 ${p50}, p95 ${p95}`) : []),
    ...log.map(({ finding: { code, openedMs, expectedMs, sentence: words }, closedMs }) => {
      const open = expectedMs === undefined ? 'Open.' : `Open, expected at ${iso(expectedMs)}.`;
      return `${iso(openedMs)} ${code}: ${words} ${closedMs === null ? open : `Over at ${iso(closedMs)}.`}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}
