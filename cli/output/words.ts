const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `1.5 GiB`. */
export function sizeWords(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `2 h 5 min`, `45 s`: the two largest units that say something. */
export function durationWords(durationMs: number): string {
  const days = Math.floor(durationMs / dayMs);
  const hours = Math.floor(durationMs / hourMs) % 24;
  const minutes = Math.floor(durationMs / minuteMs) % 60;
  const seconds = Math.floor(durationMs / secondMs) % 60;
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return seconds > 0 ? `${minutes} min ${seconds} s` : `${minutes} min`;
  return `${seconds} s`;
}

/** `2 h`: the largest unit that says something. */
export function spanWords(durationMs: number): string {
  return /^\d+ \w+/.exec(durationWords(durationMs))?.[0] ?? '';
}

/** `3 min ago`, `in 2 h`; a dash for no time at all. */
export function agoWords(atMs: number | null | undefined, nowMs: number): string {
  if (atMs === null || atMs === undefined) return '–';
  const distanceMs = nowMs - atMs;
  if (Math.abs(distanceMs) < secondMs) return 'now';
  const words = spanWords(Math.abs(distanceMs));
  return distanceMs > 0 ? `${words} ago` : `in ${words}`;
}

/** `2026-11-21 12:00:05 UTC`; a dash for no time at all. */
export function timeWords(atMs: number | null | undefined): string {
  if (atMs === null || atMs === undefined) return '–';
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `4.5 Mbit/s`, `128 kbit/s`. */
export function bitrateWords(bitrate: number): string {
  return bitrate >= 1_000_000 ? `${(bitrate / 1_000_000).toFixed(1)} Mbit/s` : `${Math.round(bitrate / 1_000)} kbit/s`;
}
