import { readdirSync, readFileSync } from 'node:fs';

/** What everybody on the machine can read of a process, and those who run as its user. */
export interface ProcessWords {
  readonly pid: number;
  readonly arguments: string;
  readonly environment: readonly string[];
}

/** Arguments and environment of a process's children, and theirs. */
export function wordsOfChildren(parentPid: number): ProcessWords[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    // `pid (command) state ppid …`, and a command may have any character.
    const [, parent] = /^.*\) \S (\d+) /s.exec(readOr(`/proc/${name}/stat`)) ?? [];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === parentPid || isOurs(parent));
  };
  return [...parents.keys()].filter(isOurs).map((pid) => ({
    pid,
    arguments: readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' '),
    environment: readOr(`/proc/${pid}/environ`).split('\0'),
  }));
}

/** A process may be gone in the meantime. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Everything that was seen of processes over time, each word once. */
export class ProcessLog {
  readonly #seen = new Map<string, ProcessWords>();
  readonly #known = new Set<string>();

  get seen(): Iterable<ProcessWords> {
    return this.#seen.values();
  }

  /** Looks at all children as they are now. */
  look(parentPid: number): void {
    for (const words of wordsOfChildren(parentPid)) {
      const environment = words.environment.filter((entry) => !this.#known.has(entry));
      for (const entry of environment) this.#known.add(entry);
      if (environment.length > 0 || !this.#seen.has(words.arguments)) {
        const before = this.#seen.get(words.arguments)?.environment ?? [];
        this.#seen.set(words.arguments, { ...words, environment: [...before, ...environment] });
      }
    }
  }
}
