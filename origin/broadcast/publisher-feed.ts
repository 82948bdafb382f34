import { probeLimits, sanitiserLimits } from '#shared/limits/ingest.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import type { FindingCode } from '#shared/model/finding.ts';
import type { CaptionChannel, SourceAudio, SourceDescription } from '#shared/model/source.ts';
import { createFill, type FillState, fillSoundWith, fillTag } from '../ingest/fill.ts';
import { type FlvTag, flvBaseMs, flvHeader, flvTagBytes } from '../ingest/flv.ts';
import { codecOf, compositionTimeMs, isFrame, isKeyframe, isSequenceHeader } from '../ingest/flv-body.ts';
import { createSanitiser, type SanitiserState, sanitise } from '../ingest/sanitiser.ts';
import { silentFrame } from '../ingest/silence.ts';
import { carryOver, describeAudio } from '../ingest/source-description.ts';
import {
  anchorMs,
  createProbe,
  describeSource,
  type ProbeState,
  probeTag,
  probeVerdict,
} from '../ingest/source-probe.ts';
import { createWatch, type WatchState, watchBreak, watchTag } from '../ingest/source-watch.ts';
import { isTrackKnown, probeTrack } from '../ingest/track-probe.ts';

/** Where the encoder takes its input. */
export interface EncoderInput {
  write(pieces: readonly Buffer[]): void;
}

/** Another configuration of the same codec, another codec, a track that was not there, or nothing but our own wish. */
export type SourceChange = 'shape' | 'codec' | 'track' | 'none';

export interface FeedEvents {
  /** Enough was seen to choose a ladder. */
  readonly onKnown: () => void;
  /** The source is no longer what was described. False: go on feeding, the encoder takes it as it comes. */
  readonly onChanged: (change: SourceChange, track: 'audio' | 'video') => boolean;
  /** A keyframe goes into the encoder; presentation time, ms since the broadcast began; `still`: in place of a picture. */
  readonly onKeyframe: (atMs: number, still: boolean) => void;
  /** Keyframes come at another interval than described, ms. */
  readonly onKeyframeInterval: (intervalMs: number) => void;
  /** Captions have begun in channels that had none when the source was described: all channels so far. */
  readonly onCaptions: (channels: readonly CaptionChannel[]) => void;
  /** Sound goes on in another shape of the same codec; the encoder takes it as it comes. */
  readonly onSound: (audio: SourceAudio) => void;
  /** Pictures come at another rate than described, or at none. */
  readonly onUnsteady: () => void;
  readonly onFinding: (code: FindingCode) => void;
  /** Whatever comes, before anything is decided on it. */
  readonly onTag: (tag: TimedTag) => void;
  /** The times of what comes next were moved, or there is a hole before it. */
  readonly onBreak: () => void;
  /** A track that was there is missing and filled from here on, or is back. */
  readonly onMissing: (track: 'audio' | 'video', missing: boolean) => void;
  /** Something went into the encoder: its time, ms since the broadcast began, and its arrival. */
  readonly onFed: (timestampMs: number, arrivalMs: number) => void;
}

/** A source as an earlier publisher of the same broadcast showed it. */
export interface KnownSource {
  readonly description: SourceDescription;
  readonly configs: { readonly video: Buffer | null; readonly audio: Buffer | null };
}

/** A tag with its repaired time. */
export interface TimedTag {
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
  #inputBaseMs = 0;
  #awaitsKeyframe = false;
  #lastVideoMs = 0;
  /** Where the picture was last broken by a hole, a repair or copies of itself. */
  #brokenMs = Number.NEGATIVE_INFINITY;
  #lastMs: number;
  #fill: FillState = createFill();
  /** What the encoder that runs now, or ran last, was planned for. */
  #described: SourceDescription | null = null;
  /** A track has come that the encoder does not know; it waits for the next keyframe. */
  #changePending = false;
  #endPending = false;
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

  /** What the times count from that an encoder is fed which starts now, ms since the broadcast began. */
  get runBaseMs(): number {
    return flvBaseMs(this.#firstMs);
  }

  /** Time of the first tag that such an encoder gets, or a little before it. */
  get #firstMs(): number {
    return this.#held[0]?.timestampMs ?? this.#lastMs;
  }

  /** Wall-clock time of the broadcast's media time zero as this publisher shows it, ms. */
  get anchorMs(): number {
    return anchorMs(this.#probe);
  }

  get description(): SourceDescription {
    if (this.#isKnown()) return (this.#known as KnownSource).description;
    const seen = describeSource(this.#probe);
    return this.#described ? carryOver(this.#described, seen) : seen;
  }

  /** A hole in the picture is so near that segments may lack their keyframes for it. */
  get isBroken(): boolean {
    return this.#lastMs - this.#brokenMs < broadcastLimits.brokenPictureMs;
  }

  /** What the next publisher of the broadcast is held against. */
  get source(): KnownSource {
    return { description: this.description, configs: { ...this.#configs } };
  }

  /** Looks at the source from here on, holding its tags back for the encoder. */
  startProbe(): void {
    this.#input = null;
    this.#probing = true;
    this.#probe = { ...createProbe(), metadata: this.#probe.metadata };
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
    this.#inputBaseMs = this.runBaseMs;
    this.#probing = false;
    this.#described = this.description;
    const { video, audio } = this.#described;
    this.#watch = createWatch(this.#described);
    this.#awaitsKeyframe = video !== null;
    this.#lastVideoMs = this.#firstMs;
    this.#changePending = false;
    this.#endPending = false;
    this.#fill = createFill();
    input.write([flvHeader({ hasAudio: audio !== null, hasVideo: video !== null })]);
    for (const type of ['video', 'audio'] as const) {
      const body = this.#configs[type];
      if (body && this.#described[type]) this.#writeConfig(type, this.#firstMs, body);
    }
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const tag of held) this.#feed(tag);
  }

  /** Tells a change with the next keyframe, though there is none: the encoder after it can begin without a gap. */
  endRunAtKeyframe(): void {
    this.#endPending = true;
  }

  /** The encoder is gone; tags are dropped until the next one is there. */
  stopFeeding(): void {
    this.#input = null;
  }

  /** Takes the publisher's next tag. */
  tag(tag: FlvTag): void {
    const { type, arrivalMs, body } = tag;
    if (type === 'script') {
      // Also while live: it is for a configuration that comes next.
      this.#probe = probeTag(this.#probe, tag);
      return;
    }
    const isConfig = isSequenceHeader(type, body);
    const head = { type, timestampMs: tag.timestampMs, arrivalMs, isSequenceHeader: isConfig };
    const clean = sanitise(this.#sanitiser, head);
    this.#sanitiser = clean.state;
    const timestampMs = this.#baseMs + clean.timestampMs;
    this.#lastMs = Math.max(this.#lastMs, timestampMs);
    if (clean.event) {
      this.#events.onFinding(clean.event.code);
      this.#noteBreak();
    }
    const timed = { type, timestampMs, arrivalMs, body };
    this.#events.onTag(timed);
    const changed = isConfig && this.#config(type, body);
    if (!this.#probing) this.#notice(timed, changed);
    if (this.#probing) this.#hold(timed);
    else if (this.#input) this.#feed(timed);
  }

  /** Tells a change of the source, after which this may be probing. */
  #notice(tag: TimedTag, changed: boolean): void {
    const { type, timestampMs, body } = tag;
    if (!this.#input) {
      // The encoder to come is planned for the source as it is then.
      if (changed) this.#probe = probeTag(this.#probe, this.#configTag(type, body));
      return;
    }
    const change = this.#changeWith(tag, changed);
    if (change === 'codec' && !changed) this.#configs[type] = null;
    const makesWay = change !== null && this.#events.onChanged(change, type);
    if (makesWay || !changed || !this.#described?.[type]) return;
    this.#writeConfig(type, timestampMs, body);
    if (type === 'audio') this.#describeSound(this.#described, body);
  }

  #describeSound(described: SourceDescription, config: Buffer): void {
    const track = probeTrack(null, 'audio', this.#lastMs, config);
    if (!track) return;
    const audio = { ...describeAudio(track), bitrate: described.audio?.bitrate ?? 0 };
    this.#described = { ...described, audio };
    this.#events.onSound(audio);
  }

  /**
   * Why the encoder has to make way with this tag: another picture does it at once, another codec too, a track that was
   * not there at the next keyframe. Sound of another shape is taken by the decoder as it comes.
   */
  #changeWith(tag: TimedTag, changed: boolean): SourceChange | null {
    const { type, body } = tag;
    const described = this.#described?.[type] ?? null;
    const codec = codecOf(type, body);
    if (changed || isFrame(type, body)) {
      if (described === null) this.#changePending ||= this.#configs[type] !== null && codec !== 'unsupported';
      else if (codec !== described.codec && this.#isLeftOut(type, codec)) return null;
      else if (codec !== described.codec) return 'codec';
      else if (type === 'video' && changed) return 'shape';
    }
    const inTime = this.#described?.video === null || (type === 'video' && isKeyframe(body));
    if (!inTime) return null;
    return this.#changePending ? 'track' : this.#endPending ? 'none' : null;
  }

  /** Sound in a codec that cannot be decoded is left out, and filled; the picture decides on the broadcast. */
  #isLeftOut(type: 'audio' | 'video', codec: string): boolean {
    if (type === 'video' || codec !== 'unsupported') return false;
    this.#events.onFinding('audio.codec_unsupported');
    return true;
  }

  #writeConfig(type: 'audio' | 'video', timestampMs: number, body: Buffer): void {
    if (type === 'audio') this.#fill = fillSoundWith(this.#fill, silentFrame(body));
    this.#input?.write(flvTagBytes(type, timestampMs - this.#inputBaseMs, body));
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
    if (full || this.#sawEnough() || this.#seesChange() || probeVerdict(this.#probe) === 'ready') {
      this.#probing = false;
      this.#events.onKnown();
    }
  }

  /** A source that is known needs only so much of a look as tells when it was captured. */
  #sawEnough(): boolean {
    return this.#isKnown() && this.#lastMs - this.#baseMs >= probeLimits.knownSourceMs;
  }

  /** A source that changed is described by its new configuration; only a picture that was not there is looked at. */
  #seesChange(): boolean {
    const described = this.#described;
    if (!described || (described.video === null && this.#configs.video !== null)) return false;
    return (['video', 'audio'] as const).every((type) => described[type] === null || isTrackKnown(this.#probe[type]));
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
    const described = this.#described?.[type];
    if (!isFrame(type, body) || !described || codecOf(type, body) !== described.codec) return;
    const keyframe = type === 'video' && isKeyframe(body);
    if (this.#awaitsKeyframe && !keyframe) return;
    this.#awaitsKeyframe = false;
    const filled = fillTag(this.#fill, tag);
    this.#fill = filled.state;
    if (filled.change) this.#events.onMissing(filled.change.track, filled.change.missing);
    if (type === 'video' && timestampMs - this.#lastVideoMs > sanitiserLimits.stepForwardMsMax) this.#noteBreak();
    if (type === 'video') this.#lastVideoMs = timestampMs;
    for (const one of filled.before) this.#write({ ...one, arrivalMs: tag.arrivalMs }, true);
    if (!filled.tag) return;
    this.#write(tag, false);
    if (this.#watch) this.#look(this.#watch, tag);
  }

  #noteBreak(): void {
    this.#watch &&= watchBreak(this.#watch);
    this.#events.onBreak();
    this.#brokenMs = this.#lastMs;
  }

  #write({ type, timestampMs, arrivalMs, body }: TimedTag, still: boolean): void {
    if (type === 'video' && still) this.#brokenMs = this.#lastMs;
    if (type === 'video' && isKeyframe(body)) this.#events.onKeyframe(timestampMs + compositionTimeMs(body), still);
    this.#input?.write(flvTagBytes(type, timestampMs - this.#inputBaseMs, body));
    this.#events.onFed(timestampMs, arrivalMs);
  }

  #look(watch: WatchState, tag: TimedTag): void {
    const { state, events } = watchTag(watch, tag);
    this.#watch = state;
    for (const event of events) {
      if (event.kind === 'gop') this.#events.onKeyframeInterval(event.gopMs);
      if (event.kind === 'captions') this.#events.onCaptions(event.channels);
      if (event.kind === 'unsteady') this.#events.onUnsteady();
    }
  }
}
