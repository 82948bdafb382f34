import { describe, expect, it } from 'vitest';
import { paceLimits } from '#shared/limits/transcoder.ts';
import { DwellMeter } from '../../origin/broadcast/dwell.ts';

const t0 = 1_790_000_000_000;

/** Feeds 40 ms of media every 40 ms; what comes out is that many times slower than real time. */
function meterOf(slowness: number, forMs: number): DwellMeter {
  const meter = new DwellMeter();
  meter.beginRun(['v360', 'v180']);
  for (let ms = 0; ms < forMs; ms += 40) {
    meter.fed(ms, t0 + ms - 3, t0 + ms);
    if (ms % 200 !== 0 || ms === 0) continue;
    const endMs = Math.floor(ms / slowness / 200) * 200;
    const part = { firstByteAtMs: t0 + ms + 50, announcedAtMs: t0 + ms + 52, capturedAtMs: t0 + endMs };
    for (const rendition of ['v360', 'v180']) meter.announced({ rendition, endMs, ...part });
  }
  return meter;
}

describe('dwell', () => {
  it('tells each stage', () => {
    const { ingest, transcoder, packager, total } = meterOf(1, 20_000).summary(t0 + 20_000);
    expect(ingest).toEqual({ p50Ms: 3, p95Ms: 3 });
    // The last picture of a part went in 40 ms before the part's end.
    expect(transcoder).toEqual({ p50Ms: 90, p95Ms: 90 });
    expect(packager).toEqual({ p50Ms: 2, p95Ms: 2 });
    expect(total).toEqual({ p50Ms: 52, p95Ms: 52 });
  });

  it('forgets what is long past', () => {
    const { ingest } = meterOf(1, 1_000).summary(t0 + 1_000 + paceLimits.windowMs);
    expect(ingest).toBeNull();
  });

  it('tells how long media has been waiting in an encoder that is too slow', () => {
    expect(meterOf(1, 10_000).waitingMs(t0 + 10_000)).toBeLessThan(500);
    expect(meterOf(2, 10_000).waitingMs(t0 + 10_000)).toBeGreaterThan(4_500);
  });

  it('counts from the first media while nothing has come out, and not at all while nothing goes in', () => {
    const meter = new DwellMeter();
    meter.beginRun(['v360']);
    for (let ms = 0; ms <= 3_000; ms += 40) meter.fed(ms, t0 + ms, t0 + ms);
    expect(meter.waitingMs(t0 + 3_000)).toBe(3_000);
    expect(meter.waitingMs(t0 + 3_000 + paceLimits.starvedMs + 1_000)).toBe(0);
  });
});
