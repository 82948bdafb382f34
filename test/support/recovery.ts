import { expect } from 'vitest';
import { treeOf } from '../../bench/edge/processes.ts';
import { MachineWait } from './machine-wait.ts';
import type { WatchedPage } from './watched-page.ts';

/** From the end of a fault until the picture moves again, and until it is at the live edge again. */
const resumedMsMax = 10_000;
const liveMsMax = 30_000;
/** Whatever the machine takes for itself, the picture is back within this. */
const deadlineMs = 120_000;
/** So long is the live edge waited for; where the machine took most of that, nothing is said of it. */
const liveDeadlineMs = 60_000;

/** How a viewer came back, ms since the fault was over. */
export interface Recovered {
  readonly resumedMs: number;
  readonly liveMs: number;
  /** Of each, what the machine did not give to those who have a part in it. */
  readonly resumedWaitMs: number;
  readonly liveWaitMs: number;
}

/**
 * Ends a fault and waits until viewers play on and are told that they are at the live edge: within 10 s and 30 s, without the
 * time for which a thread of this test, or of what it started, stood ready and had no core. So two free cores judge strictly,
 * busy ones more mildly, and one that is hopelessly short judges only that viewers come back.
 */
export async function expectRecovery(
  viewers: readonly WatchedPage[],
  mend: () => void | Promise<void>,
): Promise<readonly Recovered[]> {
  const machine = new MachineWait(treeOf(process.pid), (waitsMs) => Math.max(0, ...waitsMs));
  try {
    await mend();
    const backMs = performance.now();
    const seen = await Promise.all(
      viewers.map(async (viewer) => {
        await viewer.plays(0.5, deadlineMs);
        const resumedAtMs = performance.now();
        await viewer.isLive(liveDeadlineMs).catch(() => undefined); // judged by how long it took
        return { resumedAtMs, liveAtMs: performance.now() };
      }),
    );
    machine.stop();
    const recovered = seen.map(({ resumedAtMs, liveAtMs }) => ({
      resumedMs: Math.round(resumedAtMs - backMs),
      liveMs: Math.round(liveAtMs - backMs),
      resumedWaitMs: Math.round(machine.between(backMs, resumedAtMs)),
      liveWaitMs: Math.round(machine.between(backMs, liveAtMs)),
    }));
    const late = recovered.filter(
      ({ resumedMs, liveMs, resumedWaitMs, liveWaitMs }) =>
        resumedMs - resumedWaitMs > resumedMsMax || liveMs - liveWaitMs > liveMsMax,
    );
    expect(late).toEqual([]);
    return recovered;
  } finally {
    machine.stop();
  }
}

/** For the report of a test. */
export function recoveryText(recovered: readonly Recovered[]): string {
  return recovered
    .map(({ resumedMs, liveMs, resumedWaitMs }) => {
      return `on after ${resumedMs} ms (${resumedWaitMs} without a core), live after ${liveMs} ms`;
    })
    .join('; ');
}
