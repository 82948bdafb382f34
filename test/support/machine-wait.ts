import { existsSync, readdirSync, readFileSync } from 'node:fs';

const sampleMs = 50;
const jiffyMs = 10;

interface Sample {
  readonly atMs: number;
  readonly waitedMs: number;
}

/**
 * For how long processes stood ready while the machine ran something else, as Linux counts it for each thread, and for how
 * long its host ran another machine. Other systems do not tell; then it is nothing.
 */
export class MachineWait {
  readonly #pids: readonly number[];
  readonly #lostBy: (waitsMs: readonly number[]) => number;
  readonly #timer: NodeJS.Timeout;
  readonly #samples: Sample[] = [];
  #totals: ReadonlyMap<string, number>;
  readonly #beganMs = performance.now();
  #sampledMs = this.#beganMs;

  /**
   * @param lostBy what is lost when threads waited so long, ms, at the same time: all of it, where any of them is waited for;
   *   that of the one who waited longest, where one hands on to the next
   */
  constructor(pids: readonly number[], lostBy = sumOf) {
    this.#pids = pids;
    this.#lostBy = lostBy;
    this.#totals = readWaits(pids);
    this.#timer = setInterval(() => this.#sample(), sampleMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  /** ms that were lost between two moments of `performance.now()`. */
  between(fromMs: number, toMs: number): number {
    let lostMs = 0;
    for (const { atMs, waitedMs } of this.#samples) if (atMs > fromMs && atMs - sampleMs < toMs) lostMs += waitedMs;
    return lostMs;
  }

  /** Part of the whole time that was lost, 0 to 1. */
  get share(): number {
    const lostMs = this.#samples.reduce((sum, { waitedMs }) => sum + waitedMs, 0);
    return lostMs / (this.#sampledMs - this.#beganMs);
  }

  #sample(): void {
    const atMs = performance.now();
    const totals = readWaits(this.#pids);
    const waitedMs = this.#lostBy(
      [...totals].map(([thread, totalMs]) => totalMs - (this.#totals.get(thread) ?? totalMs)),
    );
    // Threads wait side by side, too: no more was lost than went by.
    this.#samples.push({ atMs, waitedMs: Math.min(atMs - this.#sampledMs, waitedMs) });
    this.#totals = totals;
    this.#sampledMs = atMs;
  }
}

function sumOf(waitsMs: readonly number[]): number {
  return waitsMs.reduce((sum, waitMs) => sum + waitMs, 0);
}

/** Time waited so far, ms, by thread; the host's under a name of its own. */
function readWaits(pids: readonly number[]): Map<string, number> {
  const waits = new Map<string, number>();
  if (!existsSync('/proc/self/schedstat')) return waits;
  const [, , , , , , , , stolen = '0'] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9);
  waits.set('host', Number(stolen) * jiffyMs);
  for (const pid of pids) {
    const folder = `/proc/${pid}/task`;
    for (const thread of existsSync(folder) ? readdirSync(folder) : []) {
      const waitedMs = readThread(`${folder}/${thread}/schedstat`);
      if (waitedMs !== null) waits.set(thread, waitedMs);
    }
  }
  return waits;
}

/** null: the thread has ended meanwhile. */
function readThread(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8').split(' ')[1]) / 1_000_000;
  } catch {
    return null;
  }
}
