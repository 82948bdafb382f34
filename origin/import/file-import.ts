import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { importLimits } from '#shared/limits/store.ts';
import { objectKey, recordFile } from '#shared/model/object-name.ts';
import type { ReplaySummary } from '#shared/model/replay-summary.ts';
import type { ImportReport } from '#shared/wire/control.ts';
import { BroadcastMedia } from '../broadcast/broadcast-media.ts';
import type { ImportDesk } from '../broadcast/control-client.ts';
import { openJournal } from '../broadcast/journal.ts';
import { summaryOf } from '../broadcast/replay-follower.ts';
import { replayStatus } from '../broadcast/replay-summary.ts';
import type { Log } from '../observe/log.ts';
import type { TrackSink } from '../packager/packager.ts';
import { startReceiver } from '../packager/receiver.ts';
import { openDiskStore } from '../store/disk-store.ts';
import { type ObjectStore, StoreError } from '../store/object-store.ts';
import { Uploader } from '../store/uploader.ts';
import { type FileSource, openFile } from '../transcoder/file-source.ts';
import { type LadderPlan, type LadderWish, planLadder } from '../transcoder/ladder.ts';
import { createPictureMaker } from '../transcoder/picture.ts';
import { enter, enterMade } from './enter.ts';
import { FileRun } from './file-run.ts';
import { followUpload } from './follow-upload.ts';
import { ImportError } from './import-error.ts';
import { importFolder, noteImport, removeImport } from './import-folder.ts';

/** How far an import is. */
export interface ImportProgress {
  /** `encode`: from the file into the store; `upload`: what is left of the way from there into the bucket. */
  readonly stage: 'encode' | 'upload';
  /** 0 to 1 */
  readonly share: number;
}

export interface FileImportOptions {
  readonly file: string;
  readonly channel: string;
  /** Null: the channel's. */
  readonly title: string | null;
  /** Id of the upload that the file is of; null: of none. */
  readonly job: string | null;
  readonly broadcast: string;
  readonly originId: string;
  readonly ffmpegPath: string;
  readonly ladder: LadderWish;
  /** Folder of all imports. */
  readonly imports: string;
  readonly spoolBytesMax: number;
  readonly target: ObjectStore;
  readonly control: ImportDesk;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly now: () => number;
}

/** A replay that was made of a file. */
export interface ImportedReplay extends ReplaySummary {
  readonly broadcast: string;
}

/**
 * Makes a replay of a file: the encoder, packager, archive and uploader of a broadcast, without its clock. Nobody hears of
 * the replay before all of it is in the bucket. Throws FileError, ImportError, FfmpegError, LadderError; what was made is
 * for {@link undoImport} then, but after `import_unanswered`.
 */
export async function importFile(options: FileImportOptions): Promise<ImportedReplay> {
  const { ffmpegPath, ladder, broadcast, channel, title, job, originId, now, imports, control } = options;
  const file = await openFile(ffmpegPath, options.file);
  const { source, durationMs } = file;
  const plan = planLadder(source, unlimited, { ...ladder, passthrough: false });
  await requireRoom(options, file, plan);
  const endedMs = now();
  const startedMs = endedMs - durationMs;
  const about = { origin: originId, broadcast, channel, title, ...(job !== null && { job }) };
  const facts = { ...about, startedMs, endedMs, source };
  await enter(control, { ...facts, renditions: [], replay: null });
  const folder = importFolder(imports, broadcast);
  await noteImport(folder, null);
  const made = await make(options, file, plan, startedMs);
  const replay = replayStatus(made.summary, 0, 0);
  const report: ImportReport = { ...facts, renditions: made.renditions, replay };
  await noteImport(folder, report);
  await enterMade(options, report);
  await removeImport(folder);
  return { broadcast, ...made.summary };
}

/** Removes what an import left in the bucket and here. Throws StoreError when the bucket does not answer. */
export async function undoImport(imports: string, target: ObjectStore, broadcast: string, log: Log): Promise<void> {
  const prefix = objectKey(broadcast, '');
  const keys: string[] = [];
  for await (const { key } of target.list(prefix)) keys.push(key);
  try {
    await target.remove(keys);
  } catch (cause) {
    if (!(cause instanceof StoreError && cause.code === 'store_not_ours')) throw cause;
    const fields = { event: 'import_not_ours', prefix, objects: keys.length, err: cause };
    log.error(fields, 'what an import left in the bucket is not for this origin to remove: it stays there');
  }
  await removeImport(importFolder(imports, broadcast));
}

/** Real time sets no bound here: what is too much for it only takes longer. */
const unlimited = { pixelsPerSecond: Number.POSITIVE_INFINITY, inUse: 0 };

async function requireRoom(
  { imports, spoolBytesMax }: FileImportOptions,
  { durationMs }: FileSource,
  { video, audio, opus }: LadderPlan,
): Promise<void> {
  const bitrate = [...video, audio, opus].reduce((sum, one) => sum + (one?.bitrate ?? 0), 0);
  const neededBytes = ((bitrate / 8) * durationMs * importLimits.roomShare) / 1_000;
  const { bavail, bsize } = await statfs(join(imports, '..'));
  if (neededBytes <= Math.min(bavail * bsize, spoolBytesMax)) return;
  const gib = (neededBytes / 2 ** 30).toFixed(1);
  const way = 'Free some, raise "spoolBytesMax", or import the file in pieces.';
  throw new ImportError('import_no_room', `The replay needs up to ${gib} GiB of the disk while it is made. ${way}`);
}

/** From the file into the bucket; the record goes last, so that nobody finds half a replay. */
async function make(options: FileImportOptions, file: FileSource, plan: LadderPlan, anchorMs: number) {
  const { broadcast, imports, spoolBytesMax, target, signal, log, now, onProgress } = options;
  const folder = importFolder(imports, broadcast);
  const store = await openDiskStore(join(folder, 'spool'), spoolBytesMax);
  const uploader = new Uploader({ spool: store, target, log, random01: Math.random, now });
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  let share = 0;
  const media = createMedia(options, store, {
    upload: (key) => {
      if (!key.endsWith(`/${recordFile}`)) uploader.add(key);
    },
    onMs: (endMs) => {
      share = Math.max(share, Math.min(1, endMs / file.durationMs)); // renditions take turns
      onProgress({ stage: 'encode', share });
    },
    onTrouble: (cause) => failure.abort(notStored(cause)),
  });
  const opened: { run: FileRun | null } = { run: null };
  const openTrack = (_: string, run: number, name: string): TrackSink | null =>
    opened.run?.openTrack(run, name) ?? null;
  const receiver = await startReceiver(openTrack, log);
  try {
    const sinkUrl = (run: number, rendition: string) => receiver.url(broadcast, run, rendition);
    const { ffmpegPath } = options;
    opened.run = new FileRun({ file, plan, media, anchorMs, ffmpegPath, sinkUrl, signal: either, log });
    await opened.run.finish();
    onProgress({ stage: 'encode', share: 1 });
    const renditions = media.packager.current.map((track) => track.rendition);
    await media.end();
    either.throwIfAborted();
    const summary = checkWhole(await summaryOf(broadcast, store), file);
    await followUpload(uploader, objectKey(broadcast, ''), options);
    uploader.add(objectKey(broadcast, recordFile));
    await followUpload(uploader, objectKey(broadcast, ''), options);
    return { summary, renditions };
  } finally {
    media.leave();
    uploader.stop();
    // What is still under way would arrive after it was undone.
    await uploader.settled();
    await receiver.close();
  }
}

interface MediaEvents {
  readonly upload: (key: string) => void;
  readonly onMs: (endMs: number) => void;
  readonly onTrouble: (why: Error) => void;
}

function createMedia(options: FileImportOptions, store: ObjectStore, events: MediaEvents): BroadcastMedia {
  const { broadcast, channel, imports, ffmpegPath, log, now } = options;
  const accepted = { accepted: true, channel, broadcast, resumed: false, reconnectWindowMs: 0, slate: false } as const;
  return new BroadcastMedia({
    accepted: { ...accepted, latency: 'standard' },
    restored: null,
    journal: openJournal(join(importFolder(imports, broadcast), 'record'), log),
    store,
    upload: events.upload,
    sending: null,
    uploadPart: () => {},
    dvrWindowS: Number.POSITIVE_INFINITY,
    pictures: createPictureMaker(ffmpegPath),
    isBusy: () => false,
    events: { onMedia: (_, { endMs }) => events.onMs(endMs), onMisaligned: () => {} },
    onTrouble: (why) => why && events.onTrouble(why),
    lastSignMs: now,
    log,
    now,
  });
}

/** A live broadcast goes on with a hole; a file is still there and can be imported again. */
function notStored(cause: Error): ImportError {
  const message = 'The disk did not take the media. Look whether it has room and works, then import the file again.';
  return new ImportError('import_not_stored', message, { cause });
}

function checkWhole(summary: ReplaySummary | null, { durationMs }: FileSource): ReplaySummary {
  const madeMs = summary ? summary.durationMs - summary.gapMs : 0;
  if (summary && summary.gapMs === 0 && madeMs >= durationMs - importLimits.shortMsMax) return summary;
  const of = `${(madeMs / 1_000).toFixed(1)} s of ${(durationMs / 1_000).toFixed(1)} s`;
  throw new ImportError(
    'import_incomplete',
    `Only ${of} could be read. The file is cut off or damaged: copy it again.`,
  );
}
