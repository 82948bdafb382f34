import { pino } from 'pino';

/** The part of a logger that the stages use. Fields never hold a key, a token or a URL with either. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** JSON lines on stdout: level, time, event and fields. */
export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    redact: { paths: ['streamKey', '*.streamKey', 'wireKeys', 'joinToken'], remove: true },
  });
}
