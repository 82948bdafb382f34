import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { thumbnailLimits } from '#shared/limits/store.ts';
import { openJournal } from '../origin/broadcast/journal.ts';
import { sendingOf } from '../origin/broadcast/record-keeper.ts';
import { openDiskStore } from '../origin/store/disk-store.ts';
import { createS3Store } from '../origin/store/s3-store.ts';
import { Uploader } from '../origin/store/uploader.ts';
import { silentLog } from '../test/support/log.ts';
import { MadeUpBroadcast, madeUpAnchorMs } from '../test/support/made-up-broadcast.ts';
import { startFaultyBucket } from '../test/support/s3-faults.ts';
import { startS3Server } from '../test/support/s3-server.ts';

/**
 * What a broadcast costs in operations of a bucket: an hour of two renditions goes through an origin's packager, record and
 * uploader to an S3 server, whose requests are counted by kind. The clock is that of the media. Options: `--minutes`,
 * `--renditions` and `--mbps` (of the channel whose sheet is written), and prices.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    renditions: { type: 'string', default: '4' },
    mbps: { type: 'string', default: '4.5' },
    /** USD for a million writes (class A), and for keeping a GB for a month: R2's list prices. */
    'write-usd': { type: 'string', default: '4.50' },
    'month-usd': { type: 'string', default: '0.015' },
  },
});

const segmentS = 2;
const madeRenditions = 2;
const broadcast = 'b_0000000000abcdefghjk';
const minutes = Number(values.minutes);

const kinds: readonly (readonly [string, RegExp])[] = [
  ['PUT segment', /^PUT .*\/\d+\.m4s/],
  ['PUT init segment', /^PUT .*\/init-\d+\.mp4/],
  ['PUT record', /^PUT .*\/record\.ndjson\.gz/],
  ['PUT newest lines of the record', /^PUT .*\/record-tail\.ndjson\.gz/],
  ['LIST', /^GET .*list-type=2/],
  ['other', /^/],
];

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(58)} ${value.padStart(14)}\n`);
}

/** Requests of each kind that a broadcast of so many minutes makes, from its first segment to its replay. */
async function count(): Promise<Map<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  const server = await startS3Server();
  const bucket = await startFaultyBucket(server.options.endpoint ?? '');
  try {
    let mediaMs = 0;
    const now = () => madeUpAnchorMs + mediaMs;
    const spool = await openDiskStore(join(folder, 'spool'), Number.POSITIVE_INFINITY);
    const journal = openJournal(join(folder, 'broadcasts'), silentLog);
    const target = createS3Store({ ...server.options, endpoint: bucket.endpoint });
    const uploader = new Uploader({ spool, target, log: silentLog, random01: Math.random, now });
    const prefix = `b/${broadcast}/`;
    const sending = sendingOf(uploader, broadcast);
    const upload = (key: string) => uploader.add(key);
    const live = new MadeUpBroadcast({ broadcast, store: spool, journal, upload, sending, now });
    const tails = () => bucket.seen.filter((line) => /record/.test(line)).length;
    for (; mediaMs < minutes * 60_000; mediaMs += segmentS * 1_000) {
      const before = tails();
      await live.play(1);
      // In real time there are two seconds for this.
      while (tails() === before) await new Promise((resolve) => setTimeout(resolve, 1));
      await uploader.drained(prefix);
    }
    await live.media.end();
    await uploader.confirmed(prefix);
    const found = new Map(kinds.map(([name]) => [name, 0]));
    for (const line of bucket.seen) {
      const [name = ''] = kinds.find(([, pattern]) => pattern.test(line)) ?? [];
      found.set(name, (found.get(name) ?? 0) + 1);
    }
    return found;
  } finally {
    await bucket.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const counted = await count();
print(`counted: ${minutes} min, ${madeRenditions} renditions`, 'requests');
for (const [name, requests] of counted) print(`  ${name}`, String(requests));

const perHour = 60 / minutes;
const of = (name: string) => (counted.get(name) ?? 0) * perHour;
const renditions = Number(values.renditions);
const perRendition = (of('PUT segment') + (counted.get('PUT init segment') ?? 0)) / madeRenditions;
const record = of('PUT record') + of('PUT newest lines of the record');
const spacingS = (thumbnailLimits.spacingMs[0]?.[1] ?? 0) / 1_000;
const pictures = 3_600 / (Math.ceil(spacingS / segmentS) * segmentS);
const sheets = Math.ceil(pictures / (thumbnailLimits.sheetColumns * thumbnailLimits.sheetRows));
/** Each sheet with its list, and posters: after 6, 12, 24 s and so on, and every ten minutes. */
const thumbnails = 2 * sheets + 12;
const writes = renditions * perRendition + record + thumbnails + of('LIST');
const gigabytes = (Number(values.mbps) * 3_600) / 8 / 1_000;
print(`a channel-hour of ${renditions} renditions, ${values.mbps} Mb/s: writes (class A)`, writes.toFixed(0));
print('  of that for each rendition', perRendition.toFixed(0));
print('  for the record', record.toFixed(0));
print('  for thumbnails, reckoned', String(thumbnails));
print('stored', `${gigabytes.toFixed(2)} GB`);
print(
  `at ${values['write-usd']} USD for a million writes`,
  `${((writes * Number(values['write-usd'])) / 1e6).toFixed(3)} USD`,
);
print(`a month at ${values['month-usd']} USD for a GB`, `${(gigabytes * Number(values['month-usd'])).toFixed(3)} USD`);
