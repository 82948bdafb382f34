import { join } from 'node:path';
import { openJournal } from '../../origin/broadcast/journal.ts';
import { openDiskStore } from '../../origin/store/disk-store.ts';
import { createS3Store, type S3Options } from '../../origin/store/s3-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { silentLog } from './log.ts';
import { MadeUpBroadcast } from './made-up-broadcast.ts';

/**
 * The media half of an origin in a process of its own, from packager to bucket, to be killed: goes on with the broadcast that
 * its journal has, or begins one, and makes a segment every few ms; told `end`, it ends the broadcast, waits until the bucket has
 * it, and leaves. Arguments: data folder, broadcast, and the bucket as JSON.
 */
const [folder = '', broadcast = '', options = '{}'] = process.argv.slice(2);
const segmentEveryMs = 15;

const spool = await openDiskStore(join(folder, 'spool'), Number.POSITIVE_INFINITY);
const journal = openJournal(join(folder, 'broadcasts'), silentLog);
const target = createS3Store(JSON.parse(options) as S3Options);
const uploader = new Uploader({ spool, target, log: silentLog, random01: Math.random, now: Date.now });
const restored = (await journal.load()).find(({ accepted }) => accepted.broadcast === broadcast) ?? null;
const upload = (key: string) => uploader.add(key);
const live = new MadeUpBroadcast({ broadcast, store: spool, journal, upload, restored, sampleBytes: 200 });
await uploader.reconcile(`b/${broadcast}/`);

let isOver = false;
process.on('message', () => {
  isOver = true;
});
process.send?.('live');
while (!isOver) {
  await live.play(1);
  await new Promise((resolve) => setTimeout(resolve, segmentEveryMs));
}
await live.media.end();
await uploader.drained(`b/${broadcast}/`);
await journal.flush();
process.disconnect();
