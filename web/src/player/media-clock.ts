/** A moment where media time and the wall clock are tied: from here on both run alike, up to the next one. */
export interface ClockPoint {
  /** Media time, seconds. */
  readonly atS: number;
  /** Ms since the Unix epoch. */
  readonly dateMs: number;
}

/** Wall-clock time of a media time by the points of a timeline, oldest first; null without points. */
export function dateAt(points: readonly ClockPoint[], timeS: number): number | null {
  const point = points.findLast(({ atS }) => atS <= timeS) ?? points[0];
  return point ? point.dateMs + (timeS - point.atS) * 1_000 : null;
}

/** Media time of a wall-clock time; inside a break the moment at which the media goes on. Null without points. */
export function timeAt(points: readonly ClockPoint[], dateMs: number): number | null {
  const index = points.findLastIndex((point) => point.dateMs <= dateMs);
  const point = points[Math.max(0, index)];
  if (!point) return null;
  const next = points[index + 1];
  const timeS = point.atS + (dateMs - point.dateMs) / 1_000;
  return index >= 0 && next ? Math.min(timeS, next.atS) : timeS;
}

/** The points of a media playlist, whose first segment is media time zero (rfc8216bis 4.4.4.6). */
export function clockOfPlaylist(text: string): ClockPoint[] {
  const points: ClockPoint[] = [];
  let atS = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-PROGRAM-DATE-TIME:')) {
      const dateMs = Date.parse(line.slice(line.indexOf(':') + 1));
      if (Number.isFinite(dateMs)) points.push({ atS, dateMs });
    } else if (line.startsWith('#EXTINF:')) atS += Number.parseFloat(line.slice(8)) || 0;
  }
  return points;
}

/** Address of the first media playlist of a multivariant playlist, or null. */
export function firstVariant(text: string, url: string): string | null {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith('#EXT-X-STREAM-INF:'));
  const uri = at < 0 ? undefined : lines[at + 1]?.trim();
  return uri ? new URL(uri, url).href : null;
}
