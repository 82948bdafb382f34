import { expect, it } from 'vitest';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { EncoderWatch } from '../../origin/broadcast/encoder-watch.ts';
import { cpuTimeMs, parseCpuTimeMs } from '../../origin/transcoder/cpu-time.ts';

const { stallMsMax, stallBusyMsMax } = transcoderLimits;
const lookMs = 500;

/** When a watch calls it hanging, ms since its last media; input flows but for a pause. */
function hangsAfter(cpuMs: (nowMs: number) => number | null, pause: readonly [number, number] = [-1, -1]): number {
  const watch = new EncoderWatch(0);
  for (let nowMs = 0; nowMs < 60_000; nowMs += lookMs) {
    if (nowMs < pause[0] || nowMs >= pause[1]) watch.fed(nowMs);
    if (watch.hangs(nowMs, cpuMs(nowMs))) return nowMs;
  }
  return Number.POSITIVE_INFINITY;
}

it.each([
  ['that does nothing', () => 700, stallMsMax + lookMs],
  ['of which no CPU time is known', () => null, stallMsMax + lookMs],
  ['that is short of CPU', (nowMs: number) => nowMs / 10, stallBusyMsMax + lookMs],
  ['that computes and says nothing', (nowMs: number) => nowMs, stallBusyMsMax + lookMs],
])('an encoder %s is given time of its own', (_, cpuMs, afterMs) => {
  expect(hangsAfter(cpuMs)).toBe(afterMs);
});

it('the time of a pause of the source does not count', () => {
  expect(hangsAfter(() => 0, [1_000, 9_000])).toBe(9_000 + stallMsMax + lookMs);
});

it('an encoder that gives media never hangs', () => {
  const watch = new EncoderWatch(0);
  for (let nowMs = 0; nowMs < 30_000; nowMs += lookMs) {
    watch.fed(nowMs);
    watch.media(nowMs);
    expect(watch.hangs(nowMs, null)).toBe(false);
  }
});

it('reads the CPU time of a process', () => {
  const stat = '42 (a (b) c) S 1 1 1 0 -1 4194560 10 0 0 0 150 25 7 7 20 0 1 0 100 1 1';
  expect(parseCpuTimeMs(stat)).toBe(1_750);
  expect(parseCpuTimeMs('')).toBeNull();
  expect(cpuTimeMs(process.pid)).toBeGreaterThan(0);
  expect(cpuTimeMs(2 ** 30)).toBeNull();
});
