/** `21 Nov 2026, 18:05` in the reader's language. @param timeMs ms since the Unix epoch */
export function dateText(timeMs: number, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(timeMs);
}

/** `18:05:09` */
export function timeText(timeMs: number, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium', timeZone }).format(timeMs);
}

/** `850 B`, `12 kB`, `1.4 GB`: decimal, as storage is sold. */
export function sizeText(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const at = sizeBytes < 1_000 ? 0 : Math.min(4, Math.floor(Math.log10(sizeBytes) / 3));
  const value = sizeBytes / 1_000 ** at;
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[at]}`;
}
