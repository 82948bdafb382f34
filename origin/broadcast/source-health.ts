import { sourceHealthLimits } from '#shared/limits/ingest.ts';
import type { FindingCode } from '#shared/model/finding.ts';
import type { SourceVideo } from '#shared/model/source.ts';
import { createArrivalWatch, watchArrival } from '../ingest/arrival-watch.ts';
import { breakBitrate, createBitrateWatch, watchBitrate } from '../ingest/bitrate-watch.ts';
import { createDriftWatch, watchDrift } from '../ingest/drift-watch.ts';
import { codecOf, isFrame, isKeyframe, isSequenceHeader } from '../ingest/flv-body.ts';
import { silentFrame } from '../ingest/silence.ts';
import { bitrateAt, heightOf } from '../transcoder/rungs.ts';
import type { TimedTag } from './publisher-feed.ts';

interface Heard {
  /** What is decoded has been silent for a while. */
  readonly silent: boolean;
  /** There is no sound. */
  readonly missing: boolean;
}

/** What is found wrong with how a publisher sends, as opposed to what: measured tag by tag while it is connected. */
export class SourceHealth {
  readonly #mark: (code: FindingCode, holds: boolean) => void;
  readonly #told = new Map<FindingCode, boolean>();
  #arrival = createArrivalWatch();
  #bitrate = createBitrateWatch();
  #drift = createDriftWatch();
  /** How long its frames last, and those of which codec. */
  #soundFrame: { readonly codec: string; readonly ms: number } | null = null;
  #sound: Heard = { silent: false, missing: false };
  #usualBitrate = 0;
  #described = '';
  #pictureMs = Number.NEGATIVE_INFINITY;

  /** @param mark told of each finding when it begins to hold and when it no longer does */
  constructor(mark: (code: FindingCode, holds: boolean) => void) {
    this.#mark = mark;
  }

  /** Another publisher, or none: nothing that was measured counts any more. */
  reset(): void {
    this.#arrival = createArrivalWatch();
    this.#drift = createDriftWatch();
    this.#soundFrame = null;
    this.#sound = { silent: false, missing: false };
    this.#pictureMs = Number.NEGATIVE_INFINITY;
    this.describe(null);
    for (const [code, holds] of this.#told) if (holds) this.#tell(code, false);
  }

  /** An encoder that begins has heard nothing yet; the picture is this one from here on. */
  beginRun(video: SourceVideo | null): void {
    this.hear({ silent: false, missing: false });
    this.describe(video);
  }

  /** The picture is this one from here on. */
  describe(video: SourceVideo | null): void {
    const described = video ? `${video.codec} ${video.width}x${video.height} ${video.frameRate}` : '';
    if (described === this.#described) return;
    this.#described = described;
    this.#bitrate = createBitrateWatch();
    this.#usualBitrate = video ? bitrateAt(heightOf(video), video.frameRate, 0) : 0;
  }

  /** Something is known anew of what is heard. Sound that is missing is filled with silence, which is not the source's. */
  hear(news: Partial<Heard>): void {
    this.#sound = { ...this.#sound, ...news };
    this.#tell('audio.silent', this.#sound.silent && !this.#sound.missing);
  }

  /** The source's times were repaired here, or it had a hole. */
  interrupt(): void {
    this.#bitrate = breakBitrate(this.#bitrate);
    this.#drift = createDriftWatch();
  }

  /** One more tag, with its repaired time. */
  tag(tag: TimedTag): void {
    const { type, timestampMs, arrivalMs, body } = tag;
    if (type === 'audio' && isSequenceHeader(type, body)) this.#soundFrame = soundFrame(body);
    if (!isFrame(type, body)) return;
    if (type === 'video') this.#pictureMs = arrivalMs;
    const soundMs = this.#soundFrame?.codec === codecOf(type, body) ? this.#soundFrame.ms : null;
    this.#drift = watchDrift(this.#drift, { type, timestampMs, arrivalMs }, soundMs);
    this.#tell('av.drift', this.#drift.drifting);
    // One track tells how media arrives: the picture, as long as it comes.
    if (arrivalMs - this.#pictureMs > sourceHealthLimits.pictureGoneMs || type === 'video') this.#clock(tag);
    if (type === 'video') this.#weigh(tag);
  }

  #clock({ timestampMs, arrivalMs }: TimedTag): void {
    this.#arrival = watchArrival(this.#arrival, { mediaMs: timestampMs, arrivalMs });
    this.#tell('ingest.faster_than_realtime', this.#arrival.fast);
    this.#tell('ingest.jitter', this.#arrival.uneven);
  }

  #weigh({ timestampMs, body }: TimedTag): void {
    const picture = { timestampMs, sizeBytes: body.length, keyframe: isKeyframe(body) };
    this.#bitrate = watchBitrate(this.#bitrate, picture, this.#usualBitrate);
    const { high, low, unstable } = this.#bitrate.verdict;
    this.#tell('video.bitrate_high', high);
    this.#tell('video.bitrate_low', low);
    this.#tell('video.bitrate_unstable', unstable);
  }

  #tell(code: FindingCode, holds: boolean): void {
    if ((this.#told.get(code) ?? false) === holds) return;
    this.#told.set(code, holds);
    this.#mark(code, holds);
  }
}

function soundFrame(header: Buffer): { readonly codec: string; readonly ms: number } | null {
  const ms = silentFrame(header)?.durationMs;
  return ms === undefined ? null : { codec: codecOf('audio', header), ms };
}
