import { join } from 'node:path';
import { Adoptions } from '../../origin/broadcast/adoptions.ts';
import { openJournal } from '../../origin/broadcast/journal.ts';
import { sendingOf } from '../../origin/broadcast/record-keeper.ts';
import { openDiskStore } from '../../origin/store/disk-store.ts';
import { createS3Store, type S3Options } from '../../origin/store/s3-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { silentLog } from './log.ts';
import { acceptedOf, MadeUpBroadcast, madeUpAnchorMs } from './made-up-broadcast.ts';

/**
 * The media half of an origin in a process of its own, from packager to bucket, to be killed: goes on with the broadcast that
 * its journal has, or begins one, and makes a segment every few ms; told `end`, it ends the broadcast, waits until the bucket has
 * it, and leaves. Arguments: data folder, broadcast, the bucket as JSON, and, for one that goes on with what another
 * origin left in the bucket, how long after the broadcast began it does, ms.
 */
const [folder = '', broadcast = '', options = '{}', adoptsAtMs] = process.argv.slice(2);
const segmentEveryMs = 15;

const spool = await openDiskStore(join(folder, 'spool'), Number.POSITIVE_INFINITY);
const journal = openJournal(join(folder, 'broadcasts'), silentLog);
const target = createS3Store(JSON.parse(options) as S3Options);
const uploader = new Uploader({ spool, target, log: silentLog, random01: Math.random, now: Date.now });
// Its media is of a time of its own, which goes by faster.
const now = adoptsAtMs === undefined ? Date.now : () => madeUpAnchorMs + Number(adoptsAtMs);
const adoptions = new Adoptions({ bucket: target, journal, log: silentLog, now });
const own = (await journal.load()).find(({ accepted }) => accepted.broadcast === broadcast) ?? null;
const restored = adoptsAtMs === undefined ? own : await adoptions.resume(acceptedOf(broadcast));
if (restored === 'unread' || (adoptsAtMs !== undefined && !restored)) throw new Error('nothing was taken over');
const upload = (key: string) => uploader.add(key);
const sending = sendingOf(uploader, broadcast);
const made = { broadcast, store: spool, journal, upload, sending, restored, now };
const live = new MadeUpBroadcast({ ...made, sampleBytes: 200 });
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
