import { initFile, objectKey, recordFile, recordTailFile, segmentFile } from '#shared/model/object-name.ts';
import { type BroadcastRecord, foldRecord, parseEntries, type RecordEntry } from '#shared/model/record.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { unzipRecord } from './record-text.ts';
import { type KnownRun, readUnlisted } from './unlisted-segments.ts';

/** How far a broadcast was that another origin made, and all of whose media is in the bucket. */
export interface AdoptedBroadcast {
  /** What to write down so that this origin's own record begins with it. */
  readonly entries: readonly RecordEntry[];
  /** The same, folded. `ended`: there is nothing to go on with. */
  readonly record: BroadcastRecord;
}

type Bucket = Pick<ObjectStore, 'get' | 'list'>;

/**
 * Reads from the bucket how far a broadcast is whose origin died, so that this one can go on with it or finish it: its
 * record, the newest lines beside it, and the segments that came after those. What they name and the bucket does not
 * have, or not whole, is a gap. Null when nothing of it is there. Throws StoreError.
 */
export async function adoptBroadcast(broadcast: string, bucket: Bucket): Promise<AdoptedBroadcast | null> {
  const files = await Promise.all([recordFile, recordTailFile].map((file) => bucket.get(objectKey(broadcast, file))));
  const named = files.flatMap(entriesOf);
  if (named.length === 0) return null;
  const sizes = await sizesOf(broadcast, bucket);
  const entries = named.map((entry) => asThere(entry, sizes));
  const known = foldRecord(entries);
  if (known.ended) return { entries, record: known };
  const get = (rendition: string, file: string) => bucket.get(objectKey(broadcast, rendition, file));
  let { lastRun } = known;
  const unlisted: RecordEntry[] = [];
  for (const [name, track] of known.tracks) {
    const there = [...sizes.keys()].flatMap((path) => (path.startsWith(`${name}/`) ? path.slice(name.length + 1) : []));
    const newestInit = Math.max(-1, ...numbersOf(there, /^init-(\d+)\.mp4$/));
    lastRun = Math.max(lastRun, newestInit);
    const runs = runsOf(name, entries, known);
    // Of a run that nobody knows nothing tells where it begins.
    const isKnown = newestInit <= (runs.at(-1)?.number ?? -1);
    const msns = numbersOf(there, /^(\d+)\.m4s$/);
    unlisted.push(...(await readUnlisted({ track, msns, runs: isKnown ? runs : [], get })));
  }
  entries.push(...unlisted);
  return { entries, record: { ...foldRecord(entries), lastRun } };
}

/** The runs of a rendition in order: from which number on its segments are theirs, and when they were. */
function runsOf(name: string, entries: readonly RecordEntry[], { runs }: BroadcastRecord): KnownRun[] {
  const begun = entries.flatMap((entry): KnownRun[] => {
    if (entry.kind !== 'track' || entry.rendition.name !== name) return [];
    const { run: number, start } = entry;
    const announced = runs.find((one) => one.number === number);
    const isFirst = !runs.some((one) => one.number < number);
    return [{ number, fromMsn: start.nextMsn, isFirst, anchorMs: announced?.anchorMs ?? null }];
  });
  return begun.sort((a, b) => a.number - b.number);
}

/** None where the object is not there, or damaged: the other one may be whole. */
function entriesOf(zipped: Buffer | null): RecordEntry[] {
  try {
    return zipped ? parseEntries(unzipRecord(zipped)) : [];
  } catch {
    return [];
  }
}

/** Sizes of the broadcast's objects by their path below it. */
async function sizesOf(broadcast: string, bucket: Bucket): Promise<Map<string, number>> {
  const prefix = objectKey(broadcast, '');
  const sizes = new Map<string, number>();
  for await (const { key, sizeBytes } of bucket.list(prefix)) sizes.set(key.slice(prefix.length), sizeBytes);
  return sizes;
}

function asThere(entry: RecordEntry, sizes: ReadonlyMap<string, number>): RecordEntry {
  if (entry.kind !== 'segment' || entry.segment.gap) return entry;
  const { rendition, segment } = entry;
  const isWhole = sizes.get(`${rendition}/${segmentFile(segment.msn)}`) === segment.sizeBytes;
  if (isWhole && sizes.has(`${rendition}/${initFile(segment.initNumber)}`)) return entry;
  return { ...entry, segment: { ...segment, gap: true, sizeBytes: 0, keyframeBytes: 0 } };
}

function numbersOf(files: readonly string[], pattern: RegExp): number[] {
  return files.flatMap((file) => pattern.exec(file)?.[1] ?? []).map(Number);
}
