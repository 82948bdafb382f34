import { runLimits } from './limits.ts';

export interface Arguments {
  readonly url: string;
  readonly durationS: number;
  readonly json: boolean;
}

/** Reads `<url> [--duration <seconds>] [--json]`; a string says what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments | string {
  let url: string | null = null;
  let durationS: number = runLimits.durationSDefault;
  let json = false;
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    if (argument === '--json') json = true;
    else if (argument === '--duration' || argument.startsWith('--duration=')) {
      const value = argument === '--duration' ? (args[++i] ?? '') : argument.slice('--duration='.length);
      durationS = value === '' ? Number.NaN : Number(value);
      if (!(durationS >= 0 && durationS <= runLimits.durationSMax)) {
        return `--duration is a number of seconds from 0 to ${runLimits.durationSMax}, not "${value}".`;
      }
    } else if (argument.startsWith('-')) return `Unknown option ${argument}.`;
    else if (url !== null) return 'One URL at a time.';
    else url = argument;
  }
  if (url === null) return 'A URL is missing.';
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return `Not an http or https URL: ${url}`;
  return { url: parsed.href, durationS, json };
}
