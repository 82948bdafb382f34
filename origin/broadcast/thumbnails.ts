import { thumbnailLimits } from '#shared/limits/store.ts';
import { initFile, posterFile, segmentFile, thumbnailSheetFile, thumbnailsFile } from '#shared/model/object-name.ts';
import type { BroadcastRecord, RecordEntry } from '#shared/model/record.ts';
import type { Rendition } from '#shared/model/rendition.ts';
import type { Segment } from '#shared/model/timeline.ts';
import type { Log } from '../observe/log.ts';
import { type PictureMaker, type PictureSize, pictureSize } from '../transcoder/picture.ts';
import { readThumbnails, type Thumbnail, tilesPerSheet, writeThumbnails } from './thumbnail-list.ts';
import { isPictureDue, isPosterDue, TimelineClock } from './thumbnail-times.ts';

export interface ThumbnailsOptions {
  readonly broadcast: string;
  readonly pictures: PictureMaker;
  /** Reads an object below the broadcast from the store: `v360/12.m4s`. */
  readonly read: (...path: readonly string[]) => Promise<Buffer | null>;
  /** Puts an object beside the renditions; false when that failed. */
  readonly put: (file: string, bytes: Buffer) => Promise<boolean>;
  /** The machine has too much to do: no picture is made now. */
  readonly isBusy: () => boolean;
  readonly log: Log;
}

type StoredSegment = Omit<Segment, 'parts'>;

/** A segment whose first picture is wanted. */
interface Wanted {
  readonly rendition: string;
  readonly segment: StoredSegment;
  readonly startS: number;
}

interface Rung {
  readonly rendition: Extract<Rendition, { kind: 'video' }>;
  readonly timescale: number;
}

/**
 * Makes the poster and the thumbnail sheets of a broadcast while it is live, out of keyframes of its lowest rung that are
 * in the store. One at a time: what comes while one is made, or while the machine is busy, is left out.
 */
export class Thumbnails {
  readonly #options: ThumbnailsOptions;
  readonly #clock = new TimelineClock();
  /** Renditions of the newest run. */
  readonly #rungs = new Map<string, Rung>();
  readonly #timescales = new Map<string, number>();
  #run = -1;
  #listed: Thumbnail[] = [];
  #open: { readonly startS: number; readonly tile: Buffer }[] = [];
  #size: PictureSize | null = null;
  #sheet = 0;
  #posterS: number | null = null;
  #working: Promise<void> | null = null;
  #failed = false;
  /** The newest that was left out. */
  #missed: Wanted | null = null;

  constructor(options: ThumbnailsOptions) {
    this.#options = options;
  }

  /** Takes what was recorded, once its media is in the store; returns at once. */
  record(entry: RecordEntry): void {
    const wanted = this.#note(entry);
    if (!wanted || !isPictureDue(wanted.startS, this.#lastS)) return;
    if (this.#working || this.#options.isBusy()) this.#missed = wanted;
    else this.#work(() => this.#take(wanted));
  }

  /** Goes on where a process before this one was; what it had not put on a sheet yet is made again. */
  restore(record: BroadcastRecord): void {
    // At once: what is recorded from now on comes after this.
    const usable = inOrder(record).flatMap((entry) => this.#note(entry) ?? []);
    this.#work(async () => {
      const known = readThumbnails(String((await this.#options.read(thumbnailsFile)) ?? ''));
      if (known) {
        this.#size = { width: known.width, height: known.height };
        this.#listed = [...known.thumbnails];
        this.#sheet = (this.#listed.at(-1)?.sheet ?? -1) + 1;
        this.#posterS = this.#lastS;
      }
      let lastS = this.#lastS;
      const wanted: Wanted[] = [];
      for (const one of usable) {
        if (!isPictureDue(one.startS, lastS)) continue;
        lastS = one.startS;
        wanted.push(one);
      }
      for (const one of wanted.slice(-tilesPerSheet)) if (!this.#options.isBusy()) await this.#take(one);
    });
  }

  /** Puts what there is into the store: the broadcast is over, or goes on in another process. */
  async finish(): Promise<void> {
    await this.settled();
    const missed = this.#lastS === null ? this.#missed : null;
    this.#work(async () => {
      // Where the machine was busy all the time, one picture is better than none, and nothing is in its way now.
      if (missed) await this.#take(missed);
      await this.#closeSheet();
    });
    await this.settled();
  }

  /** Settles when nothing is being made. */
  async settled(): Promise<void> {
    await this.#working;
  }

  get #lastS(): number | null {
    return this.#open.at(-1)?.startS ?? this.#listed.at(-1)?.startS ?? null;
  }

  /** Keeps time; a segment of the lowest rung that begins with a keyframe is worth a picture. */
  #note(entry: RecordEntry): Wanted | null {
    if (entry.kind === 'track') {
      const { rendition, shape, run } = entry;
      if (run > this.#run) this.#rungs.clear();
      this.#run = Math.max(run, this.#run);
      this.#timescales.set(rendition.name, shape.timescale);
      if (rendition.kind === 'video') this.#rungs.set(rendition.name, { rendition, timescale: shape.timescale });
    }
    if (entry.kind !== 'segment') return null;
    const { rendition, segment } = entry;
    const timescale = this.#timescales.get(rendition);
    // Sound has other frames: where there is a picture, that tells the time.
    if (timescale && (this.#rungs.size === 0 || this.#rungs.has(rendition))) this.#clock.note(segment, timescale);
    const startS = this.#clock.startOf(segment.msn);
    const isUsable = !segment.gap && segment.keyframeBytes > 0 && rendition === this.#rungsBySize[0]?.rendition.name;
    return isUsable && startS !== null ? { rendition, segment, startS } : null;
  }

  get #rungsBySize(): Rung[] {
    const pixels = ({ rendition }: Rung) => rendition.width * rendition.height;
    return [...this.#rungs.values()].sort((a, b) => pixels(a) - pixels(b));
  }

  /** One thing at a time; what fails is left out, and said once. */
  #work(job: () => Promise<void>): void {
    const { log, broadcast } = this.#options;
    const work = job()
      .catch((cause) => {
        if (!this.#failed) log.warn({ event: 'thumbnail_failed', broadcast, err: cause }, 'a thumbnail was not made');
        this.#failed = true;
      })
      .finally(() => {
        if (this.#working === work) this.#working = null;
      });
    this.#working = work;
  }

  async #take({ rendition, segment, startS }: Wanted): Promise<void> {
    const { pictures, read } = this.#options;
    if (this.#sheet >= thumbnailLimits.sheetsMax) return;
    const init = await read(rendition, initFile(segment.initNumber));
    const bytes = await read(rendition, segmentFile(segment.msn));
    const source = this.#rungs.get(rendition)?.rendition;
    if (!init || !bytes || !source) return;
    const media = [init, bytes.subarray(0, segment.keyframeBytes)];
    this.#size ??= pictureSize(source, thumbnailLimits.tilePixels);
    this.#open.push({ startS, tile: await pictures.tile(media, this.#size) });
    if (isPosterDue(startS, this.#posterS)) await this.#makePoster(segment, startS);
    if (this.#open.length >= tilesPerSheet) await this.#closeSheet();
  }

  /** Of the smallest rung that fills a poster; where that is not stored yet, the next picture brings it. */
  async #makePoster({ msn, initNumber }: StoredSegment, startS: number): Promise<void> {
    const { pictures, read, put } = this.#options;
    const { posterPixels } = thumbnailLimits;
    const rungs = this.#rungsBySize.map((rung) => rung.rendition);
    const fills = rungs.find(({ width, height }) => Math.max(width, height) >= posterPixels) ?? rungs.at(-1);
    if (!fills) return;
    const init = await read(fills.name, initFile(initNumber));
    const bytes = await read(fills.name, segmentFile(msn));
    if (!init || !bytes) return;
    await put(posterFile, await pictures.poster([init, bytes], pictureSize(fills, posterPixels)));
    this.#posterS = startS;
  }

  /** A sheet is written once and never changed; only then does the list name it. */
  async #closeSheet(): Promise<void> {
    const { pictures, put } = this.#options;
    const size = this.#size;
    const tiles = this.#open;
    this.#open = [];
    if (!size || tiles.length === 0) return;
    const sheet = this.#sheet++;
    const bytes = await pictures.sheet(
      tiles.map(({ tile }) => tile),
      size,
    );
    if (!(await put(thumbnailSheetFile(sheet), bytes))) return;
    this.#listed = [...this.#listed, ...tiles.map(({ startS }, tile) => ({ startS, sheet, tile }))];
    const text = writeThumbnails({ ...size, thumbnails: this.#listed }, this.#clock.endS, this.#clock.startMs ?? 0);
    await put(thumbnailsFile, Buffer.from(text));
  }
}

/** A folded record as the entries that it was made of, as far as pictures need them: number by number, pictures first. */
function inOrder({ tracks }: BroadcastRecord): RecordEntry[] {
  const all = [...tracks.values()].sort((a) => (a.rendition.kind === 'video' ? -1 : 1));
  const begun = all.flatMap(({ described, timeline }) => {
    return [...described].map(([run, rendition]): RecordEntry => {
      const { timescale, targetDurationS, partTargetS, nextMsn, discontinuitySequence } = timeline;
      const shape = { timescale, targetDurationS, partTargetS };
      return { kind: 'track', run, rendition, shape, start: { nextMsn, discontinuitySequence } };
    });
  });
  const segments = all.flatMap(({ rendition, timeline }) => {
    return timeline.segments.map((segment) => ({ kind: 'segment', rendition: rendition.name, segment }) as const);
  });
  const runOf = (entry: RecordEntry) => (entry.kind === 'track' ? entry.run : 0);
  return [...begun.sort((a, b) => runOf(a) - runOf(b)), ...segments.sort((a, b) => a.segment.msn - b.segment.msn)];
}
