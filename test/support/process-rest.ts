import { readdirSync, readFileSync } from 'node:fs';
import { treeOf } from '../../bench/edge/processes.ts';
import { pollUntil } from './poll.ts';

/** Connections that HTTP clients keep for a while, and files that are just being read. */
const openMore = 8;

/** What a process with all that it started has open while nothing is asked of it: to be like that again later. */
export class ProcessRest {
  readonly #pid: number;
  readonly #before: Load;

  /** Measures now. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#before = loadOf(pid);
  }

  /** The same processes run as before, none of them a zombie, and hardly more is open. */
  get isBack(): boolean {
    const now = loadOf(this.#pid);
    return now.processes.join() === this.#before.processes.join() && now.open <= this.#before.open + openMore;
  }

  /** Resolves when it is as before; rejects with what there is. */
  async returns(deadlineMs: number): Promise<void> {
    await pollUntil(() => this.isBack, 'rest', deadlineMs).catch((cause) => {
      throw new Error(`before: ${JSON.stringify(this.#before)}, now: ${JSON.stringify(loadOf(this.#pid))}`, { cause });
    });
  }
}

interface Load {
  /** Name and state of each. */
  readonly processes: readonly string[];
  /** Files, sockets and pipes of all of them. */
  readonly open: number;
}

function loadOf(pid: number): Load {
  const pids = tryTo(() => treeOf(pid)) ?? [];
  const open = pids.reduce((sum, one) => sum + (tryTo(() => readdirSync(`/proc/${one}/fd`).length) ?? 0), 0);
  return { processes: pids.flatMap((one) => tryTo(() => describe(one)) ?? []).sort(), open };
}

/** `ffmpeg`, or `ffmpeg (zombie)`. */
function describe(pid: number): string {
  const [, name = '', state = ''] = /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
  return state === 'Z' ? `${name} (zombie)` : name;
}

/** A process may be gone in the meantime. */
function tryTo<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch {
    return null;
  }
}
