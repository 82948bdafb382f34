import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { recordFill } from '#shared/model/record-pack.ts';
import { openJournal } from '../../origin/broadcast/journal.ts';
import { RecordWatch } from '../../origin/broadcast/record-verdict.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { silentLog } from '../support/log.ts';
import { MadeUpBroadcast } from '../support/made-up-broadcast.ts';

// A day and a half in a minute.
vi.mock('#shared/limits/store.ts', async (original) => {
  const limits = await original<typeof import('#shared/limits/store.ts')>();
  const recordLimits = { ...limits.recordLimits, segmentsMax: 60, blockSegmentsMax: 10, packBytesMin: 1 };
  return { ...limits, recordLimits };
});

const broadcast = 'b_0000000000abcdefghjk';

it('a broadcast that outgrows its record says so before, then, and in the next process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-cut-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const events: unknown[] = [];
  const journal = openJournal(folder, { ...silentLog, warn: ({ event }) => events.push(event) });
  let nowMs = 1_000_000;
  const made = new MadeUpBroadcast({ broadcast, store: createMemoryStore(), journal, now: () => nowMs });
  const named = async () => recordFill((await journal.read(broadcast)).toString()).segments;
  const play = async (segments: number) => {
    await made.play(segments);
    // What is stored now is packed the next time.
    await made.media.stored();
    await made.media.stored();
    return made.media.recordVerdict;
  };

  expect(await play(20)).toEqual({ long: null, cut: false });
  const [atFirst, firstMs] = [await named(), nowMs];
  nowMs += 40_000;
  const long = await play(8);
  const grown = await named();
  // Two renditions.
  expect(grown - atFirst).toBe(16);
  const cutAtMs = nowMs + ((nowMs - firstMs) / 16) * (60 - grown);
  expect([long, events]).toEqual([{ long: { cutAtMs }, cut: false }, []]);

  expect([await play(10), events]).toEqual([{ long: null, cut: true }, ['record_cut']]);
  expect([await play(10), events]).toEqual([{ long: null, cut: true }, ['record_cut']]);
  expect(await named()).toBeLessThanOrEqual(60);
  await made.media.handOver();
  await journal.flush();
  const [left] = await openJournal(folder, silentLog).load();
  expect(new RecordWatch(left?.record ?? null).verdict).toEqual({ long: null, cut: true });
});
