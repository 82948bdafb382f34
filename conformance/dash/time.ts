const duration = /^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d*)?)S)?)?$/;

/** Seconds of an xs:duration, or null. */
export function durationS(text: string | undefined): number | null {
  const match = text === undefined ? null : duration.exec(text);
  if (!match) return null;
  const [, sign, years, months, days, hours, minutes, seconds] = match;
  const number = (part: string | undefined) => Number(part ?? 0);
  const wholeDays = number(years) * 365 + number(months) * 30 + number(days);
  const value = wholeDays * 86_400 + number(hours) * 3_600 + number(minutes) * 60 + number(seconds);
  return sign ? -value : value;
}

/** Milliseconds since the Unix epoch of an xs:dateTime (without a zone: UTC), or null. */
export function dateTimeMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? null : ms;
}
