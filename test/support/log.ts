/** A log that says nothing. */
export const silentLog = Object.freeze({ info: () => {}, warn: () => {}, error: () => {} });

/** A log that keeps what it is told, with the level of each line. */
export function recordingLog() {
  const lines: Record<string, unknown>[] = [];
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, msg: string) => {
    lines.push({ level, ...fields, msg });
  };
  return { lines, log: { info: at('info'), warn: at('warn'), error: at('error') } };
}
