import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Canary, type CanaryIndex, canaryCharsMin } from './canary-index.ts';

/** The parts of a token that tell it: a header is the same for all, and what is random lies in the others. */
export function canariesOf(name: string, token: string): Canary[] {
  const parts = token.split('.').filter((part) => part.length >= canaryCharsMin + 8);
  return parts.slice(-2).map((text, index) => ({ name: `${name}, part ${index}`, text }));
}

/** What of the canaries is in a text: `<place>: <name>`. */
export function foundIn(place: string, text: string, canaries: CanaryIndex): string[] {
  return canaries.namesIn(Buffer.from(text, 'latin1')).map((name) => `${place}: ${name}`);
}

/** Looks through all files below a folder, their names too; `isExempt` leaves out what is there to keep secrets. */
export function sweepFolder(
  folder: string,
  canaries: CanaryIndex,
  isExempt: (path: string) => boolean = () => false,
): { readonly found: string[]; readonly files: number } {
  const found: string[] = [];
  let files = 0;
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    found.push(...foundIn('the name of a file', name, canaries));
    const path = join(folder, name);
    // A file of a database that is at work comes and goes.
    if (isExempt(name) || !existsSync(path) || !statSync(path).isFile()) continue;
    found.push(...canaries.namesIn(readFileSync(path)).map((canary) => `${name}: ${canary}`));
    files++;
  }
  return { found, files };
}
