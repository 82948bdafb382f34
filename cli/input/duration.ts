import { usageError } from '../cli-error.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30s`, `5m`, `1h30m`, `2d`, or plain seconds, as ms; null for anything else. */
function durationMsOf(text: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000);
  const pieces = [...text.matchAll(/(\d+(?:\.\d+)?)(min|s|m|h|d)/g)];
  if (pieces.length === 0 || pieces.map(([piece]) => piece).join('') !== text) return null;
  return Math.round(pieces.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0));
}

/** A duration that is longer than nothing, ms; throws a usage error. */
export function parseDuration(text: string): number {
  const durationMs = durationMsOf(text);
  if (durationMs !== null && durationMs > 0) return durationMs;
  throw usageError(`"${text}" is not a duration.`, 'Write it as 30s, 5m, 1h30m or 2d.');
}

const clock = /^(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)$/;

/**
 * A place in a broadcast as playback URLs take it: seconds from its beginning (`90`, `1m30s`, `1:02:03`), or a time with
 * a zone (`2026-11-21T12:00:00Z`). Throws a usage error.
 */
export function parsePlace(text: string): number | string {
  const [, hours = '0', minutes, seconds] = clock.exec(text) ?? [];
  if (minutes !== undefined && seconds !== undefined) {
    return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  }
  const durationMs = durationMsOf(text);
  if (durationMs !== null) return durationMs / 1_000;
  if (isTime(text)) return text;
  throw usageError(
    `"${text}" is no place in a broadcast.`,
    'Write seconds from its beginning (90, 1m30s, 1:02:03) or a time with a zone (2026-11-21T12:00:00Z).',
  );
}

/** A time with a zone as ms since the Unix epoch; throws a usage error. */
export function parseTime(text: string): number {
  if (isTime(text)) return Date.parse(text);
  throw usageError(`"${text}" is not a time.`, 'Write it with a zone: 2026-11-21T12:00:00Z.');
}

function isTime(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text) &&
    !Number.isNaN(Date.parse(text))
  );
}
