const durationPattern =
  /^P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const dayS = 86_400;
const unitsS = [365 * dayS, 30 * dayS, dayS, 3_600, 60, 1];

/** An xs:duration in ms, or null when it is missing or malformed. */
export function readDuration(text: string | undefined): number | null {
  const match = durationPattern.exec((text ?? '').trim());
  if (!match) return null;
  return unitsS.reduce((sum, unitS, i) => sum + 1_000 * unitS * Number(match[i + 1] ?? 0), 0);
}

/** Milliseconds as an xs:duration. */
export function writeDuration(ms: number): string {
  return `PT${Number((ms / 1_000).toFixed(6))}S`;
}
