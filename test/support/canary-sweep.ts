import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A secret that must be nowhere, and what to call it when it is. */
export interface Canary {
  readonly name: string;
  readonly text: string;
}

/** The parts of a token that tell it: a header is the same for all, and what is random lies in the others. */
export function canariesOf(name: string, token: string): Canary[] {
  const parts = token.split('.').filter((part) => part.length >= 24);
  return parts.slice(-2).map((text, index) => ({ name: `${name}, part ${index}`, text }));
}

/** What of the canaries is in a text: `<place>: <name>`. */
export function foundIn(place: string, text: string, canaries: readonly Canary[]): string[] {
  return canaries.filter((canary) => text.includes(canary.text)).map(({ name }) => `${place}: ${name}`);
}

/** Looks through all files below a folder, their names too; `isExempt` leaves out what is there to keep secrets. */
export function sweepFolder(
  folder: string,
  canaries: readonly Canary[],
  isExempt: (path: string) => boolean = () => false,
): { readonly found: string[]; readonly files: number } {
  const found: string[] = [];
  let files = 0;
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    found.push(...foundIn('the name of a file', name, canaries));
    const path = join(folder, name);
    // A file of a database that is at work comes and goes.
    if (isExempt(name) || !existsSync(path) || !statSync(path).isFile()) continue;
    found.push(...foundIn(name, readFileSync(path, 'latin1'), canaries));
    files++;
  }
  return { found, files };
}

/** Looks through arguments and environment of this process's children, and theirs. */
export function sweepProcesses(canaries: readonly Canary[]): { readonly found: string[]; readonly processes: number } {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    // `pid (command) state ppid …`, and a command may have any character.
    const [, parent] = /^.*\) \S (\d+) /s.exec(readOr(`/proc/${name}/stat`)) ?? [];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  const ours = [...parents.keys()].filter(isOurs);
  const found = ours.flatMap((pid) =>
    ['cmdline', 'environ'].flatMap((file) => foundIn(`${file} of a process`, readOr(`/proc/${pid}/${file}`), canaries)),
  );
  return { found, processes: ours.length };
}

/** A process may be gone in the meantime. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
