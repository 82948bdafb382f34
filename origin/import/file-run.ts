import { constants, setPriority } from 'node:os';
import { importLimits } from '#shared/limits/store.ts';
import type { BroadcastMedia } from '../broadcast/broadcast-media.ts';
import { plannedRenditions } from '../broadcast/source-plan.ts';
import type { Log } from '../observe/log.ts';
import type { TrackSink } from '../packager/packager.ts';
import type { FileSource } from '../transcoder/file-source.ts';
import type { LadderPlan } from '../transcoder/ladder.ts';
import { startTranscoder } from '../transcoder/transcoder.ts';
import { ImportError } from './import-error.ts';

export interface FileRunOptions {
  readonly file: FileSource;
  readonly plan: LadderPlan;
  readonly media: BroadcastMedia;
  /** Wall-clock time of the file's beginning, ms since the Unix epoch. */
  readonly anchorMs: number;
  readonly ffmpegPath: string;
  readonly sinkUrl: (run: number, rendition: string) => string;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** One encoder process over a file, as fast as the machine and the store allow. */
export class FileRun {
  readonly #options: FileRunOptions;
  readonly #run: number;
  readonly #open = new Set<string>();
  readonly #drained = Promise.withResolvers<void>();
  #lastMs = performance.now();

  constructor(options: FileRunOptions) {
    const { plan, media, anchorMs } = options;
    this.#options = options;
    this.#run = media.packager.beginRun({
      renditions: plannedRenditions(plan),
      keyframes: plan.keyframes,
      gopMs: Number(plan.keyframes),
      partTargetMs: plan.partTargetMs,
      anchorMs,
    });
  }

  /** Takes one track; the encoder waits while the store is behind. */
  openTrack(run: number, rendition: string): TrackSink | null {
    const { media } = this.#options;
    const sink = media.packager.openTrack(run, rendition);
    if (!sink) return null;
    this.#open.add(rendition);
    return {
      data: (bytes) => {
        this.#lastMs = performance.now();
        sink.data(bytes);
      },
      room: () => media.room(importLimits.segmentsWaitingMax),
      closed: () => {
        this.#open.delete(rendition);
        if (this.#open.size === 0) this.#drained.resolve();
      },
    };
  }

  /** Settles when all of the file is packaged; throws ImportError, FfmpegError. */
  async finish(): Promise<void> {
    const { ffmpegPath, plan, file, sinkUrl, signal, log, media } = this.#options;
    const gone = Promise.withResolvers<readonly string[] | null>();
    const transcoder = await startTranscoder({
      ...{ ffmpegPath, plan, file, log },
      sinkUrl: (rendition) => sinkUrl(this.#run, rendition),
      onHealth: () => {},
      onExit: ({ expected, lastLines }) => gone.resolve(expected ? null : lastLines),
    });
    transcoder.input.end();
    setPriority(transcoder.pid, Math.min(constants.priority.PRIORITY_LOW, importLimits.niceness));
    let isStalled = false;
    const watch = setInterval(() => {
      isStalled ||= performance.now() - this.#lastMs > importLimits.stallMsMax;
      if (isStalled) void transcoder.stop();
    }, 1_000);
    const stop = () => void transcoder.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const lastLines = await gone.promise;
    clearInterval(watch);
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
    if (isStalled) throw failed('Nothing came out of ffmpeg for a minute.');
    if (lastLines) throw failed(lastLines.at(-1) ?? 'ffmpeg ended by itself.');
    // What it has sent may still wait for the store.
    if (this.#open.size > 0) await this.#drained.promise;
    media.packager.endRun();
  }
}

function failed(why: string): ImportError {
  const message = `The file could not be encoded: ${why} Look whether it plays to its end: ffmpeg -i <file> -f null -`;
  return new ImportError('import_encoder_failed', message);
}
