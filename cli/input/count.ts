import { usageError } from '../cli-error.ts';

/** A whole number from 1 on; throws a usage error. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`"${text}" is not a whole number above 0.`);
}

/** An option that may be given several times: its values in order. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}
