import { packagerLimits } from '#shared/limits/packager.ts';
import type { TranscoderHealth } from '#shared/model/broadcast.ts';
import type { FindingCode, FindingSeverity } from '#shared/model/finding.ts';
import type { CaptionChannel, SourceAudio, SourceDescription } from '#shared/model/source.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import type { Publisher, PublisherSink } from '../ingest/server.ts';
import type { AnnouncedMedia, TrackSink } from '../packager/packager.ts';
import type { LiveWindow } from '../packager/window.ts';
import type { LadderPlan } from '../transcoder/ladder.ts';
import { BroadcastMedia } from './broadcast-media.ts';
import { type EncoderDeath, EncoderRun } from './encoder-run.ts';
import { Findings } from './findings.ts';
import type { JournalEntry } from './journal.ts';
import {
  type BroadcastEffect,
  type BroadcastEvent,
  createMachine,
  lastSignMs,
  nextTickMs,
  restoreMachine,
  stepBroadcast,
  wishesOf,
} from './machine.ts';
import { MediaClock } from './media-clock.ts';
import { PaceKeeper } from './pace-keeper.ts';
import { type KnownSource, PublisherFeed, type SourceChange } from './publisher-feed.ts';
import { SilenceWatch } from './silence.ts';
import { SlateRun } from './slate-run.ts';
import { SourceHealth } from './source-health.ts';
import { isResampled, plannedRenditions } from './source-plan.ts';
import { SourcePlanner } from './source-planner.ts';
import { markStorage } from './storage-findings.ts';
import type { StorageVerdict } from './storage-verdict.ts';
import type { BroadcastSurroundings } from './surroundings.ts';
import { TakeoverGuard } from './takeover-guard.ts';

/** A publisher and what it sends, on its way into a broadcast or in it. */
interface Joining {
  readonly handle: Publisher;
  readonly feed: PublisherFeed;
}

/** One live run of a channel: carries out what the state machine decides. */
export class LiveBroadcast {
  readonly id: string;
  readonly channel: string;
  readonly #around: BroadcastSurroundings;
  readonly #media: BroadcastMedia;
  readonly #findings = new Findings(() => this.#report());
  readonly #silence = new SilenceWatch((silent) => this.#mark('ingest.starved', silent));
  readonly #sourceHealth = new SourceHealth((code, holds) => this.#mark(code, holds));
  readonly #pace: PaceKeeper;
  readonly #planner: SourcePlanner;
  readonly #takeovers = new TakeoverGuard();
  readonly #clock: MediaClock;
  #machine;
  #publisher: Joining | null = null;
  #encoder: EncoderRun | null = null;
  #slate: SlateRun | null = null;
  #timer: NodeJS.Timeout | null = null;
  #source: SourceDescription | null = null;
  #health: TranscoderHealth | null = null;
  #known: KnownSource | null = null;
  #restarts = 0;
  #plan: LadderPlan | null = null;
  #stopping: Promise<unknown> = Promise.resolve();

  /** @param restored how far the broadcast was in a process before this one */
  constructor(accepted: PublishAccepted, around: BroadcastSurroundings, restored: JournalEntry | null = null) {
    this.id = accepted.broadcast;
    this.channel = accepted.channel;
    this.#around = around;
    this.#machine = restored ? restoreMachine(wishesOf(accepted), restored.savedMs) : createMachine();
    this.#clock = new MediaClock(restored?.record.runs[0]?.anchorMs ?? null, around.now());
    this.#planner = new SourcePlanner(around);
    this.#pace = new PaceKeeper({
      ...{ now: around.now, calmMsMin: around.calmMsMin },
      onDecision: (decision) => this.#onPace(decision),
      onSlow: (slow) => this.#mark('transcode.slow', slow),
      onLate: (late) => this.#mark('segment.late', late),
      onReport: () => this.#report(),
    });
    const { journal, store, upload, sending, uploadPart, dvrWindowS, pictures, log, now } = around;
    const shared = { journal, store, upload, sending, uploadPart, dvrWindowS, pictures, log, now };
    this.#media = new BroadcastMedia({
      ...shared,
      accepted,
      restored,
      isBusy: () => this.#pace.shed > 0 || this.#findings.has('transcode.slow'),
      events: {
        onMedia: (first, part) => this.#onMedia(first, part),
        // A hole in the picture leaves a segment without a keyframe however steady the encoder's own are.
        onMisaligned: () => this.#publisher?.feed.isBroken || this.#raise('video.gop_irregular'),
      },
      onTrouble: (why) => this.#mark('storage.failed', why !== null),
      lastSignMs: () => lastSignMs(this.#machine, now()),
    });
    if (restored) this.#step({ kind: 'taken_up' });
  }

  /** What it has to offer over HTTP. */
  get window(): LiveWindow {
    return this.#media.window;
  }

  /** Settles when its encoder is gone and, once it has ended, when all that is known of it is stored. */
  get whenRecorded(): Promise<unknown> {
    return this.#stopping;
  }

  get ended(): boolean {
    return this.#machine.phase === 'ended';
  }

  /** Of the publisher that feeds it. */
  get session(): string | null {
    return this.#machine.publisher;
  }

  get isStarved(): boolean {
    return this.#findings.has('ingest.starved');
  }

  get reconnectWindowMs(): number {
    return this.#machine.reconnectWindowMs;
  }

  /** The ladder that its encoder runs now, if one does. */
  get plan(): LadderPlan | null {
    return this.#encoder ? this.#plan : (this.#slate?.plan ?? null);
  }

  /** Whether one more encoder may take over. */
  mayTakeOver(): boolean {
    return this.#machine.publisher === null || this.#takeovers.allows(this.#around.now());
  }

  /**
   * Takes an accepted publisher; the one before it, if any, is closed.
   * @param known what it is known to send
   */
  join(handle: Publisher, accepted: PublishAccepted, known: KnownSource | null = this.#known): PublisherSink {
    this.#media.accept(accepted);
    this.#known = known;
    this.#rememberFeed();
    if (this.#machine.publisher !== null) this.#takeovers.note(this.#around.now());
    const feed = this.#createFeed();
    const previous = this.#publisher;
    this.#planner.forgetPublisher();
    this.#sourceHealth.reset();
    const wishes = wishesOf(accepted);
    this.#step({ kind: 'publisher_joined', session: handle.session, ...wishes }, { handle, feed });
    previous?.feed.stopFeeding();
    return {
      tag: (tag) => {
        if (this.#publisher?.feed !== feed) return;
        this.#silence.heard();
        feed.tag(tag);
      },
      end: (reason) => {
        if (this.#publisher?.feed === feed) {
          this.#silence.stop();
          this.#sourceHealth.reset();
        }
        this.#around.log.info(
          { event: 'publisher_left', broadcast: this.id, channel: this.channel, reason },
          'the publisher left',
        );
        this.#step({ kind: 'publisher_left', session: handle.session });
      },
    };
  }

  /** Ends the broadcast at once; the sentence is shown to the streamer. */
  end(sentence: string): void {
    this.#step({ kind: 'end_asked', sentence });
  }

  /** Ends the broadcast here only: another origin goes on with it. */
  disown(sentence: string): void {
    this.#media.disown();
    this.#step({ kind: 'end_asked', sentence });
  }

  /** What is to be said of the storage of its origin; how long its own record is comes with it. */
  noteStorage(verdict: StorageVerdict): void {
    if (this.ended) return;
    markStorage(this.#findings, verdict, this.#media.recordVerdict, this.#around.now());
  }

  /** What others tell: viewers get old playlists of it, or a backup waits at another origin. */
  note(code: 'edge.stale' | 'ingest.backup', holds: boolean): void {
    if (!this.ended) this.#mark(code, holds);
  }

  /** Accepts a rendition's byte stream from the encoder. */
  openTrack(run: number, rendition: string): TrackSink | null {
    const sink = this.#media.packager.openTrack(run, rendition);
    return (
      sink && {
        data: (bytes) => {
          this.#pace.bytes(rendition);
          sink.data(bytes);
        },
      }
    );
  }

  /** Lets the publisher go, and makes nothing more until another one comes. */
  letGo(sentence: string): void {
    const { publisher } = this.#machine;
    if (publisher !== null) this.#closePublisher(publisher, sentence);
    this.#silence.stop();
    this.#step({ kind: 'handed_over' });
  }

  /** Settles when what was made so far is in the store, and the record of it. */
  async stored(): Promise<void> {
    await this.#stopping;
    await this.#media.stored();
  }

  /**
   * Lets the publisher go and the encoder finish, so that another process can go on with the broadcast; settles when
   * all that was made is stored.
   */
  async handOver(sentence: string): Promise<void> {
    this.letGo(sentence);
    if (this.#timer) clearTimeout(this.#timer);
    this.#findings.stop();
    this.#media.leave();
    await this.#stopping;
    if (this.ended) await this.#media.settled();
    else await this.#media.handOver();
  }

  #createFeed(): PublisherFeed {
    return new PublisherFeed(this.#clock.baseMs(this.#around.now()), this.#known, {
      onKnown: () => this.#step({ kind: 'source_known' }),
      onChanged: (change, track) => this.#onSourceChanged(change, track),
      onUnsteady: () => this.#onUnsteady(),
      onMissing: (track, missing) => {
        this.#mark(`${track}.none`, missing);
        if (track === 'audio') this.#sourceHealth.hear({ missing });
        if (track === 'audio' && !missing) this.#findings.clear('audio.codec_unsupported');
      },
      onKeyframe: (atMs, still) => this.#media.packager.keyframe(atMs, still),
      onKeyframeInterval: (intervalMs) => this.#onKeyframeInterval(intervalMs),
      onCaptions: (channels) => this.#onCaptions(channels),
      onSound: (audio) => this.#onSound(audio),
      onFinding: (code) => this.#raise(code),
      onTag: (tag) => this.#sourceHealth.tag(tag),
      onBreak: () => this.#sourceHealth.interrupt(),
      onFed: (timestampMs, arrivalMs) => this.#pace.fed(timestampMs, arrivalMs),
    });
  }

  #step(event: BroadcastEvent, joining?: Joining): void {
    const { machine, effects } = stepBroadcast(this.#machine, event, this.#around.now());
    this.#machine = machine;
    for (const effect of effects) this.#carryOut(effect, joining);
    if (this.#timer) clearTimeout(this.#timer);
    const tickMs = nextTickMs(this.#machine);
    this.#timer = tickMs === null ? null : setTimeout(() => this.#step({ kind: 'tick' }), tickMs - this.#around.now());
  }

  #carryOut(effect: BroadcastEffect, joining?: Joining): void {
    if (effect.kind === 'close_publisher') this.#closePublisher(effect.session, effect.sentence, joining);
    else if (effect.kind === 'start_probe') this.#startProbe(joining);
    else if (effect.kind === 'start_encoder') this.#startEncoder();
    else if (effect.kind === 'stop_encoder') this.#stopEncoder();
    else if (effect.kind === 'start_slate') this.#startSlate();
    else if (effect.kind === 'stop_slate') this.#stopSlate();
    else if (effect.kind === 'end_timeline') this.#endTimeline();
    else this.#report();
  }

  #startProbe(joining?: Joining): void {
    if (joining) this.#publisher = joining;
    this.#publisher?.feed.startProbe();
  }

  /** The encoder's last media still counts. */
  #endTimeline(): void {
    const finish = () => {
      this.#silence.stop();
      this.#findings.stop();
      const recorded = this.#media.end();
      this.#around.onEnded();
      return recorded;
    };
    this.#stopping = this.#stopping.then(finish);
  }

  #closePublisher(session: string, sentence: string, joining?: Joining): void {
    if (joining?.handle.session === session) joining.handle.close(sentence);
    if (this.#publisher?.handle.session !== session) return;
    this.#rememberFeed();
    this.#publisher.handle.close(sentence);
    this.#publisher = null;
  }

  #rememberFeed(): void {
    if (this.#publisher) this.#clock.reach(this.#publisher.feed.lastMs);
  }

  #startEncoder(): void {
    const publisher = this.#publisher;
    if (!publisher) return;
    const { feed } = publisher;
    const plan = this.#planFor(feed.description);
    if (!plan) return;
    this.#plan = plan;
    const { id } = this;
    const { ffmpegPath, sinkUrl, log, now, random01 } = this.#around;
    this.#clock.anchor(feed.anchorMs);
    this.#known = plan.passthroughRefusal === null ? feed.source : null; // one that was not fit may be mended meanwhile
    this.#sourceHealth.beginRun(feed.description.video);
    this.#media.packager.declareCaptions(feed.description.video?.captions ?? []);
    const run = this.#media.packager.beginRun({
      renditions: plannedRenditions(plan),
      keyframes: plan.keyframes,
      gopMs: feed.description.video?.gopMs ?? packagerLimits.segmentTargetMs,
      partTargetMs: plan.partTargetMs,
      anchorMs: feed.anchorMs,
    });
    this.#encoder = new EncoderRun({
      ffmpegPath,
      plan,
      baseMs: feed.runBaseMs,
      sinkUrl: (rendition) => sinkUrl(id, run, rendition),
      log,
      now,
      onHealth: (health) => {
        this.#health = { ...health, restarts: this.#restarts };
      },
      onSilence: (silent) => this.#sourceHealth.hear({ silent }),
      onDied: (why) => this.#onEncoderDied(why, random01()),
    });
    this.#pace.beginRun(plan);
    const renditions = plan.video.map((rung) => `${rung.name}:${rung.mode}`);
    log.info({ event: 'encoder_started', broadcast: id, run, renditions }, 'the encoder starts');
    feed.startFeeding(this.#encoder);
  }

  /** Captions began after the ladder was chosen: whoever comes from now on finds them declared. */
  #onCaptions(captions: readonly CaptionChannel[]): void {
    this.#media.packager.declareCaptions(captions);
    const { video } = this.#source ?? {};
    if (this.#source && video) this.#source = { ...this.#source, video: { ...video, captions } };
    this.#report();
  }

  /** Sound goes on in another shape, which the encoder takes as it comes. */
  #onSound(audio: SourceAudio): void {
    this.#source &&= { ...this.#source, audio };
    this.#mark('audio.sample_rate', isResampled(audio));
    this.#report();
  }

  /** False when the encoder takes it as it comes. */
  #onSourceChanged(change: SourceChange, track: 'audio' | 'video'): boolean {
    const { log } = this.#around;
    if (track === 'video' && (change === 'shape' || change === 'codec')) this.#raise('video.changed_midstream');
    const answer = this.#planner.judgeChange(change, this.#plan);
    if (answer === 'refuse') this.#refuse('The encoder keeps changing its codec. Choose one and publish again.');
    if (answer !== 'restart') return false;
    log.info({ event: 'source_changed', broadcast: this.id, change, track }, 'another encoder run begins');
    this.#step({ kind: 'source_changed' });
    return true;
  }

  /** Passthrough cuts at the source's keyframes: when they come too rarely for that, all rungs are encoded. */
  #onKeyframeInterval(intervalMs: number): void {
    if (this.#plan?.keyframes !== 'source') return;
    this.#raise('video.gop_irregular');
    if (intervalMs <= this.#media.packager.keyframeMsMax) return;
    this.#planner.losePassthrough('video.gop_long');
    this.#raise('video.gop_long');
    this.#step({ kind: 'source_changed' });
  }

  /** Pictures at no steady rate make parts of no steady length. */
  #onUnsteady(): void {
    if (this.#plan?.keyframes !== 'source') return;
    this.#planner.losePassthrough('video.fps_mismatch');
    this.#publisher?.feed.endRunAtKeyframe();
  }

  #planFor(source: SourceDescription): LadderPlan | null {
    this.#source = source;
    const { plan, refusal, findings } = this.#planner.plan(source, this.#pace.shed);
    for (const [code, holds] of findings) this.#mark(code, holds);
    if (refusal !== null) this.#refuse(refusal);
    return plan;
  }

  #refuse(refusal: string): void {
    const { log } = this.#around;
    log.warn({ event: 'source_refused', broadcast: this.id, refusal }, 'the source cannot be transcoded');
    if (this.#publisher) this.#closePublisher(this.#publisher.handle.session, refusal);
  }

  #onPace(decision: 'shed' | 'restore'): void {
    const { log } = this.#around;
    const { dwell, shed } = this.#pace;
    log.warn({ event: 'ladder_changed', broadcast: this.id, decision, shed, dwell }, 'the ladder follows the machine');
    this.#publisher?.feed.endRunAtKeyframe();
  }

  #onMedia(firstOfRun: boolean, part: AnnouncedMedia): void {
    this.#clock.reach(Math.ceil(part.endMs));
    if (part.slate) {
      this.#slate?.announced(part.endMs);
      return;
    }
    this.#encoder?.sawMedia();
    this.#pace.announced(part);
    if (!firstOfRun) return;
    const { log } = this.#around;
    log.info({ event: 'broadcast_live', broadcast: this.id, channel: this.channel }, 'the broadcast is live');
    this.#step({ kind: 'media' });
  }

  #onEncoderDied(why: EncoderDeath, random01: number): void {
    this.#restarts++;
    const { log } = this.#around;
    log.error({ event: 'encoder_died', broadcast: this.id, why }, 'the encoder died and will be started again');
    this.#raise(why === 'behind' ? 'transcode.slow' : 'transcode.restarted');
    if (why === 'behind') this.#pace.overrun();
    this.#step({ kind: 'encoder_exited', random01 });
  }

  #stopEncoder(): void {
    this.#rememberFeed();
    this.#publisher?.feed.stopFeeding();
    const encoder = this.#encoder;
    this.#encoder = null;
    if (!encoder) return;
    this.#pace.endRun();
    const { dwell } = this.#pace;
    this.#around.log.info({ event: 'encoder_stopped', broadcast: this.id, dwell }, 'the encoder is stopped');
    this.#endRunAfter(encoder.stop());
  }

  /** What a process still delivers while it stops counts, unless another run has begun. */
  #endRunAfter(gone: Promise<void>): void {
    const stopped = gone.then(() => {
      if (!this.#encoder && !this.#slate?.plan) this.#media.packager.endRun();
    });
    this.#stopping = Promise.allSettled([this.#stopping, stopped]);
  }

  #startSlate(): void {
    const { anchorMs } = this.#clock;
    if (anchorMs === null) return;
    const { id: broadcast } = this;
    const { ffmpegPath, slateImage: image, ladder: wish, sinkUrl, log, now } = this.#around;
    this.#slate = new SlateRun({
      ...{ broadcast, ffmpegPath, image, wish, log, now },
      packager: this.#media.packager,
      sinkUrl: (run, rendition) => sinkUrl(broadcast, run, rendition),
      anchorMs,
      freeFromMs: () => this.#clock.reachedMs,
      after: this.#stopping,
      onFailed: () => this.#step({ kind: 'slate_failed' }),
    });
  }

  #stopSlate(): void {
    const slate = this.#slate;
    this.#slate = null;
    if (!slate) return;
    this.#around.log.info({ event: 'slate_stopped', broadcast: this.id }, 'the slate is taken away');
    this.#endRunAfter(slate.stop());
  }

  #raise(code: FindingCode): void {
    this.#findings.raise(code, this.#around.now());
  }

  #mark(code: FindingCode, holds: FindingSeverity | boolean): void {
    this.#findings.mark(code, holds, this.#around.now());
  }

  #report(): void {
    const renditions = this.#media.packager.current.map((track) => track.rendition);
    this.#around.report({
      origin: this.#around.originId,
      broadcast: this.id,
      state: this.#machine.phase,
      atMs: this.#around.now(),
      source: this.#source,
      renditions,
      findings: this.#findings.list(),
      health: this.#encoder && this.#health && { ...this.#health, dwell: this.#pace.dwell, shedRungs: this.#pace.shed },
    });
  }
}
