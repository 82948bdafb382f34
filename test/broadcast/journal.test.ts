import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type JournalEntry, openJournal } from '../../origin/broadcast/journal.ts';
import { silentLog } from '../support/log.ts';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'headwater-journal-')), 'broadcasts');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

function entry(broadcast: string, nextMsn: number): JournalEntry {
  return {
    accepted: { accepted: true, channel: 'demo', broadcast, resumed: false, latency: 'low', reconnectWindowMs: 60_000 },
    packager: { targetDurationS: 2, runCount: 1, announcedRuns: 1, nextMsn, anchorMs: 1, startMs: 0 },
    savedMs: 1_790_000_000_000,
  };
}

const first = 'b_0000000000abcdefghjk';
const second = 'b_1111111111abcdefghjk';

it('gives back the newest entry of each broadcast, readable by its owner only', async () => {
  const journal = openJournal(folder, silentLog);
  for (let msn = 0; msn < 20; msn++) journal.save(entry(first, msn));
  journal.save(entry(second, 7));
  await journal.flush();
  const loaded = await openJournal(folder, silentLog).load();
  expect(loaded.toSorted((a, b) => a.accepted.broadcast.localeCompare(b.accepted.broadcast))).toEqual([
    entry(first, 19),
    entry(second, 7),
  ]);
  expect((await stat(join(folder, `${first}.json`))).mode & 0o777).toBe(0o600);
});

it('forgets what has ended', async () => {
  const journal = openJournal(folder, silentLog);
  journal.save(entry(first, 1));
  journal.forget(first);
  await journal.flush();
  expect(await readdir(folder)).toEqual([]);
});

it('leaves out and removes what a crash left half written, and what does not belong there', async () => {
  const journal = openJournal(folder, silentLog);
  expect(await journal.load()).toEqual([]);
  journal.save(entry(first, 1));
  await journal.flush();
  await writeFile(join(folder, `${second}.json`), '{"accepted":{"broad');
  await writeFile(join(folder, 'b_x.json'), JSON.stringify(entry(first, 3)));
  expect(await journal.load()).toEqual([entry(first, 1)]);
  expect(await readdir(folder)).toEqual([`${first}.json`]);
});

it('says so, and goes on, when nothing can be written', async () => {
  const warnings: unknown[] = [];
  await writeFile(folder, 'a file where the folder should be');
  const journal = openJournal(folder, { ...silentLog, warn: (fields) => warnings.push(fields.event) });
  journal.save(entry(first, 1));
  await journal.flush();
  expect(warnings).toEqual(['journal_failed']);
});
