import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { measureCapacity } from '../../origin/transcoder/capacity.ts';
import { loadCapacity } from '../../origin/transcoder/capacity-file.ts';
import { defaultLadderWish, planLadder } from '../../origin/transcoder/ladder.ts';
import { ampleCapacity, sourceOf } from './sources.ts';

const facts = { path: 'ffmpeg', version: 'test', encoders: new Set<string>(), enhancedFlv: false };

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'headwater-capacity-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return join(path, 'data');
}

test('a measurement is plausible and takes about as long as it says', async () => {
  const started = performance.now();
  const capacity = await measureCapacity('ffmpeg');
  expect(performance.now() - started).toBeLessThan(transcoderLimits.questionMsMax);
  // From a tenth of a 720p30 stream to a machine of a thousand cores.
  expect(capacity.pixelsPerSecond).toBeGreaterThan(2e6);
  expect(capacity.pixelsPerSecond).toBeLessThan(1e12);
  expect(capacity.inUse).toBe(0);
});

test('without ffmpeg there is nothing to measure', async () => {
  await expect(measureCapacity('/nonexistent/ffmpeg')).rejects.toMatchObject({ code: 'ffmpeg_missing' });
  await expect(measureCapacity('/bin/false')).rejects.toMatchObject({ code: 'ffmpeg_failed' });
});

test('a measurement is kept for the same machine and program, for a day', async () => {
  const dataDir = await folder();
  const file = join(dataDir, 'capacity.json');
  const measured = (await loadCapacity(dataDir, 'ffmpeg', facts)).with([]).pixelsPerSecond;
  const kept = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  expect(kept.pixelsPerSecond).toBe(measured);

  // A program that cannot measure shows that the file was enough.
  const again = await loadCapacity(dataDir, '/bin/false', facts);
  const plan = planLadder(sourceOf(), ampleCapacity, defaultLadderWish);
  expect(again.with([])).toEqual({ pixelsPerSecond: measured, inUse: 0, enhancedFlv: facts.enhancedFlv });
  expect(again.with([plan, plan]).inUse).toBe(2 * plan.cost);
  expect(again.load([plan])).toBeCloseTo(Math.min(1, plan.cost / measured));
  expect(again.load(Array(100_000).fill(plan))).toBe(1);
  await expect(loadCapacity(dataDir, '/bin/false', { ...facts, version: 'other' })).rejects.toThrow();
  for (const spoiled of [
    { ...kept, measuredMs: Date.now() - 90_000_000 },
    { ...kept, pixelsPerSecond: 0 },
    'no JSON',
  ]) {
    await writeFile(file, typeof spoiled === 'string' ? spoiled : JSON.stringify(spoiled));
    await expect(loadCapacity(dataDir, '/bin/false', facts)).rejects.toThrow();
  }
  expect((await stat(dataDir)).mode & 0o077).toBe(0);
});
