import { probeLimits } from '#shared/limits.ts';
import type { FindingCode } from '#shared/model/finding.ts';
import type { CaptionChannel, SourceDescription } from '#shared/model/source.ts';
import { type FlvTag, flvHeader, flvTagBytes } from '../ingest/flv.ts';
import { compositionTimeMs, isFrame, isKeyframe, isSequenceHeader } from '../ingest/flv-body.ts';
import { createSanitiser, type SanitiserState, sanitise } from '../ingest/sanitiser.ts';
import {
  anchorMs,
  createProbe,
  describeSource,
  type ProbeState,
  probeTag,
  probeVerdict,
} from '../ingest/source-probe.ts';
import { createWatch, type WatchState, watchTag } from '../ingest/source-watch.ts';

/** Where the encoder takes its input. */
export interface EncoderInput {
  write(pieces: readonly Buffer[]): void;
}

export interface FeedEvents {
  /** Enough was seen to choose a ladder. */
  readonly onKnown: () => void;
  /** The source is no longer what was described. */
  readonly onChanged: () => void;
  /** A keyframe goes into the encoder; presentation time, ms since the broadcast began. */
  readonly onKeyframe: (atMs: number) => void;
  /** Keyframes come at another interval than described, ms. */
  readonly onKeyframeInterval: (intervalMs: number) => void;
  /** Captions have begun in channels that had none when the source was described: all channels so far. */
  readonly onCaptions: (channels: readonly CaptionChannel[]) => void;
  readonly onFinding: (code: FindingCode) => void;
}

/** A source as an earlier publisher of the same broadcast showed it. */
export interface KnownSource {
  readonly description: SourceDescription;
  readonly configs: { readonly video: Buffer | null; readonly audio: Buffer | null };
}

interface TimedTag {
  readonly type: 'audio' | 'video';
  /** ms since the broadcast began, clean */
  readonly timestampMs: number;
  readonly arrivalMs: number;
  readonly body: Buffer;
}

/**
 * One publisher's side of a broadcast: repairs timestamps, looks at the source until a ladder can be chosen, then
 * feeds the encoder. A restarted encoder begins at the next keyframe; nothing before the first keyframe is fed.
 */
export class PublisherFeed {
  readonly #events: FeedEvents;
  readonly #baseMs: number;
  #sanitiser: SanitiserState = createSanitiser();
  #probe: ProbeState = createProbe();
  #watch: WatchState | null = null;
  #probing = false;
  #held: TimedTag[] = [];
  #heldBytes = 0;
  #configs: { video: Buffer | null; audio: Buffer | null } = { video: null, audio: null };
  #input: EncoderInput | null = null;
  #awaitsKeyframe = false;
  #jumped = false;
  #lastMs: number;
  readonly #known: KnownSource | null;

  /**
   * @param baseMs where in the broadcast this publisher's first tag lies, ms
   * @param known the source before a reconnect: when this one has the same decoder configuration, it is taken to be the
   *   same and not looked at for long
   */
  constructor(baseMs: number, known: KnownSource | null, events: FeedEvents) {
    this.#baseMs = baseMs;
    this.#lastMs = baseMs;
    this.#known = known;
    this.#events = events;
  }

  /** Time of the newest tag, ms since the broadcast began. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Wall-clock time of the broadcast's media time zero as this publisher shows it, ms. */
  get anchorMs(): number {
    return anchorMs(this.#probe);
  }

  get description(): SourceDescription {
    return this.#isKnown() ? (this.#known as KnownSource).description : describeSource(this.#probe);
  }

  /** What the next publisher of the broadcast is held against. */
  get source(): KnownSource {
    return { description: this.description, configs: { ...this.#configs } };
  }

  /** Looks at the source from here on, holding its tags back for the encoder. */
  startProbe(): void {
    this.#input = null;
    this.#probing = true;
    this.#probe = createProbe();
    this.#held = [];
    this.#heldBytes = 0;
    for (const type of ['video', 'audio'] as const) {
      const body = this.#configs[type];
      if (body) this.#probe = probeTag(this.#probe, this.#configTag(type, body));
    }
  }

  /** Feeds an encoder: first what was held while probing, else from the next keyframe on. */
  startFeeding(input: EncoderInput): void {
    this.#input = input;
    this.#probing = false;
    const { video, audio } = this.description;
    this.#watch = createWatch(this.description);
    this.#awaitsKeyframe = video !== null;
    input.write([flvHeader({ hasAudio: audio !== null, hasVideo: video !== null })]);
    for (const type of ['video', 'audio'] as const) {
      const body = this.#configs[type];
      if (body) input.write(flvTagBytes(type, this.#held[0]?.timestampMs ?? this.#lastMs, body));
    }
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const tag of held) this.#feed(tag);
  }

  /** The encoder is gone; tags are dropped until the next one is there. */
  stopFeeding(): void {
    this.#input = null;
  }

  /** Takes the publisher's next tag. */
  tag(tag: FlvTag): void {
    const { type, arrivalMs, body } = tag;
    if (type === 'script') {
      if (this.#probing) this.#probe = probeTag(this.#probe, tag);
      return;
    }
    const isConfig = isSequenceHeader(type, body);
    const clean = sanitise(this.#sanitiser, { type, timestampMs: tag.timestampMs, isSequenceHeader: isConfig });
    this.#sanitiser = clean.state;
    if (clean.event) {
      this.#events.onFinding(clean.event.code);
      this.#jumped = true;
    }
    const timestampMs = this.#baseMs + clean.timestampMs;
    this.#lastMs = Math.max(this.#lastMs, timestampMs);
    const timed = { type, timestampMs, arrivalMs, body };
    const changed = isConfig && this.#config(type, body);
    if (this.#probing) this.#hold(timed);
    else if (changed && this.#input) this.#events.onChanged();
    else if (this.#input) this.#feed(timed);
  }

  /** A configuration that came earlier: it tells what the track is and nothing about time. */
  #configTag(type: 'audio' | 'video', body: Buffer): FlvTag {
    return { type, timestampMs: this.#lastMs, arrivalMs: Number.POSITIVE_INFINITY, body };
  }

  /** Keeps the newest decoder configuration; true when it is news. */
  #config(type: 'audio' | 'video', body: Buffer): boolean {
    const known = this.#configs[type];
    if (known?.equals(body)) return false;
    this.#configs[type] = body;
    return true;
  }

  #hold(tag: TimedTag): void {
    this.#probe = probeTag(this.#probe, tag);
    if (isFrame(tag.type, tag.body)) {
      this.#held.push(tag);
      this.#heldBytes += tag.body.length;
    }
    const full = this.#heldBytes > probeLimits.bufferedBytesMax;
    if (full || this.#sawEnough() || probeVerdict(this.#probe) === 'ready') {
      this.#probing = false;
      this.#events.onKnown();
    }
  }

  /** A source that is known needs only so much of a look as tells when it was captured. */
  #sawEnough(): boolean {
    return this.#isKnown() && this.#lastMs - this.#baseMs >= probeLimits.knownSourceMs;
  }

  #isKnown(): boolean {
    if (!this.#known) return false;
    const { description, configs } = this.#known;
    return (['video', 'audio'] as const).every((type) => {
      const before = configs[type];
      const now = this.#configs[type];
      return description[type] === null ? now === null : before !== null && now?.equals(before) === true;
    });
  }

  #feed(tag: TimedTag): void {
    const { type, timestampMs, body } = tag;
    if (!isFrame(type, body)) return;
    const keyframe = type === 'video' && isKeyframe(body);
    if (this.#awaitsKeyframe && !keyframe) return;
    this.#awaitsKeyframe = false;
    if (keyframe) this.#events.onKeyframe(timestampMs + compositionTimeMs(body));
    this.#input?.write(flvTagBytes(type, timestampMs, body));
    if (this.#watch) this.#look(this.#watch, tag);
  }

  #look(watch: WatchState, tag: TimedTag): void {
    const { state, events } = watchTag(watch, tag);
    this.#watch = state;
    for (const event of events) {
      // An interval with a repaired jump in it says nothing about the encoder's keyframes.
      if (event.kind === 'gop' && !this.#jumped) this.#events.onKeyframeInterval(event.gopMs);
      if (event.kind === 'captions') this.#events.onCaptions(event.channels);
      if (event.kind === 'keyframe') this.#jumped = false;
    }
  }
}
