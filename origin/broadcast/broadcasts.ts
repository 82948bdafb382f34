import { broadcastLimits } from '#shared/limits/origin.ts';
import { storeLimits } from '#shared/limits/store.ts';
import { objectKey } from '#shared/model/object-name.ts';
import type { BroadcastReport, PublishAccepted, PublishAnswer, PublishQuestion } from '#shared/wire/control.ts';
import type { PublishDecision, Publisher, PublishRequest } from '../ingest/server.ts';
import type { Log } from '../observe/log.ts';
import type { TrackSink } from '../packager/packager.ts';
import type { LiveWindow } from '../packager/window.ts';
import type { LiveParts } from '../store/live-parts.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Uploader } from '../store/uploader.ts';
import type { Capacity, LadderPlan, LadderWish } from '../transcoder/ladder.ts';
import { createPictureMaker, type PictureMaker } from '../transcoder/picture.ts';
import { Adoptions } from './adoptions.ts';
import { Backups } from './backups.ts';
import type { ControlPlane } from './control-client.ts';
import type { Journal, JournalEntry, JournalState } from './journal.ts';
import { Leftovers } from './leftovers.ts';
import { LiveBroadcast } from './live-broadcast.ts';
import type { KnownSource } from './publisher-feed.ts';
import { sendingOf } from './record-keeper.ts';
import { refuse } from './refusals.ts';
import { Reporter } from './reporter.ts';
import type { StorageVerdict } from './storage-verdict.ts';

export interface BroadcastsOptions {
  readonly originId: string;
  readonly ffmpegPath: string;
  readonly ladder: LadderWish;
  /** The slate's picture, an absolute path. */
  readonly slateImage: string;
  /** What the machine encodes, given the plans that run now. */
  readonly capacity: (running: readonly LadderPlan[]) => Capacity;
  readonly sinkUrl: (broadcast: string, run: number, rendition: string) => string;
  readonly control: ControlPlane;
  readonly journal: Journal;
  /** Where media is that has left memory. */
  readonly store: ObjectStore;
  readonly dvrWindowS: number;
  /** The bucket, to read what other origins left there; null where there is none. */
  readonly bucket: Pick<ObjectStore, 'get' | 'list'> | null;
  /** Takes what is in the store to the bucket; null where there is none. */
  readonly uploader: Pick<
    Uploader,
    'add' | 'backlog' | 'confirmed' | 'drained' | 'drop' | 'keepBack' | 'reconcile' | 'stop' | 'takeUp' | 'uploaded'
  > | null;
  /** Takes parts of the live edge to the bucket too; null where they stay here. */
  readonly liveParts: Pick<LiveParts, 'add'> | null;
  /** Another origin may have taken over a broadcast unheard: what this one would put into the bucket may be in its way. */
  readonly onLeaseLapsed: () => void;
  readonly log: Log;
  readonly now: () => number;
  /** A shed rung may come back after this much calm, ms; a minute unless told. */
  readonly calmMsMin?: number | undefined;
}

interface Entry {
  readonly broadcast: LiveBroadcast;
  readonly reporter: Reporter<BroadcastReport>;
  forgetTimer: NodeJS.Timeout | null;
}

const forgottenMax = 1_000;

/** All broadcasts of this origin: accepts publishers, finds media, forgets what is long over. */
export class Broadcasts {
  readonly #options: BroadcastsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #forgotten = new Set<string>();
  readonly #pictures: PictureMaker;
  /** Ids of deleted broadcasts of which nothing is left here. */
  readonly #deleted = new Set<string>();
  readonly #adoptions: Adoptions;
  readonly #leftovers: Leftovers;
  readonly #backups: Backups;
  /** Broadcasts of other origins that are being read, for publishers who are here. */
  readonly #resuming = new Set<string>();
  /** Questions about publishers that the control plane has not answered. */
  #asking = 0;
  /** Of an earlier process, and perhaps no longer of this origin: the control plane has not said yet. */
  readonly #unconfirmed = new Set<string>();

  constructor(options: BroadcastsOptions) {
    this.#options = options;
    this.#pictures = createPictureMaker(options.ffmpegPath);
    this.#adoptions = new Adoptions(options);
    this.#backups = new Backups({
      ...options,
      takeOver: (...waiting) => this.#takeOver(...waiting),
      onLost: (id) => this.leave([id], 'Another origin has taken over this broadcast.'),
    });
    const isHeld = (id: string) => this.#entries.has(id);
    this.#leftovers = new Leftovers({ ...options, isHeld, isDeleted: (id) => this.#deleted.has(id) });
  }

  /** Ids of the broadcasts that are not over. */
  get running(): string[] {
    return [...this.#entries.values()].filter((one) => !one.broadcast.ended).map((one) => one.broadcast.id);
  }

  /** Those, what is being taken over, and what the control plane has yet to say whose it is. */
  get held(): string[] {
    return [...new Set([...this.running, ...this.#adoptions.running, ...this.#unconfirmed])];
  }

  /** Plans of all running encoders. */
  get plans(): LadderPlan[] {
    return [...this.#entries.values()].map((one) => one.broadcast.plan).filter((plan) => plan !== null);
  }

  /**
   * Takes up the broadcasts that a process before this one left: those within their reconnect windows wait for their
   * publishers, the others end in order. What had not reached the bucket goes there now.
   */
  async restore(): Promise<void> {
    const { journal, log } = this.#options;
    for (const entry of await journal.load()) {
      const { broadcast } = entry.accepted;
      log.info({ event: 'broadcast_restored', broadcast }, 'a broadcast of an earlier process is taken up');
      this.#unconfirmed.add(broadcast);
      if (entry.adopting) this.#adoptAgain(entry);
      else if (isRecordLost(entry)) this.#adoptOwn(entry);
      else this.#create(entry.accepted, entry);
    }
    void this.#leftovers.reconcile();
  }

  /** Decides on a publisher: the control plane knows the keys. */
  async decide(request: PublishRequest, publisher: Publisher): Promise<PublishDecision> {
    let answer: PublishAnswer;
    try {
      answer = await this.#ask(request);
    } catch (cause) {
      const fields = { event: 'publish_undecided', ip: request.ip, err: cause };
      this.#options.log.error(fields, 'the control plane did not decide on a publisher');
      return refuse('control_unreachable');
    }
    if (answer.accepted) this.#backups.replace(answer.channel);
    if (answer.accepted || !answer.standby) return this.#follow(answer, request, publisher);
    if (this.#backups.waiting >= broadcastLimits.broadcastsMax) return refuse('origin_full');
    return { accept: true, sink: this.#backups.standBy(answer.standby.channel, request, publisher) };
  }

  /** Goes on with what another origin made, for a publisher that waited here until it was its turn. */
  async #takeOver(request: PublishRequest, publisher: Publisher, source: KnownSource | null) {
    const answer = await this.#ask(request);
    if (!answer.accepted && answer.standby) return 'wait';
    const decision = this.#follow(answer, request, publisher, source);
    const entry = answer.accepted && decision.accept ? this.#entries.get(answer.broadcast) : null;
    // It holds a lease, which has to be kept while others wait.
    if (entry) this.#backups.contest(entry.broadcast);
    return decision;
  }

  #follow(answer: PublishAnswer, request: PublishRequest, publisher: Publisher, source?: KnownSource | null) {
    if (answer.accepted) return this.#accept(answer, request, publisher, source ?? undefined);
    const { log } = this.#options;
    log.warn({ event: 'publish_refused', ip: request.ip, code: answer.code }, 'a publisher was refused');
    return { accept: false, code: answer.code, sentence: answer.sentence } as const;
  }

  /** Where an HTTP request finds its media. */
  find(id: string): LiveWindow | 'gone' | 'soon' | null {
    const entry = this.#entries.get(id);
    if (entry) return entry.broadcast.window;
    if (this.#resuming.has(id)) return 'soon';
    if (this.#forgotten.has(id)) return 'gone';
    // PoPs may know from the catalogue whose it is now before this origin has heard it.
    return this.#asking > 0 ? 'soon' : null;
  }

  /** Where the encoder's bytes go. */
  openTrack(id: string, run: number, rendition: string): TrackSink | null {
    return this.#entries.get(id)?.broadcast.openTrack(run, rendition) ?? null;
  }

  /** Ends broadcasts that the control plane wants gone. */
  end(ids: readonly string[], sentence: string): void {
    for (const id of ids) this.#entries.get(id)?.broadcast.end(sentence);
  }

  /** The control plane has heard what is held here, and said what of it is not. */
  confirm(): void {
    this.#unconfirmed.clear();
  }

  /** Lets go of broadcasts that another origin has taken over: their record is no longer this one's to write. */
  leave(ids: readonly string[], sentence: string): void {
    for (const id of ids) {
      const { log } = this.#options;
      log.warn({ event: 'broadcast_moved', broadcast: id }, 'another origin has taken over a broadcast of this one');
      this.#entries.get(id)?.broadcast.disown(sentence);
    }
    this.#drop(ids);
  }

  /** Ends broadcasts in order that a dead origin left. */
  finish(left: readonly PublishAccepted[]): void {
    for (const accepted of left) {
      const { broadcast } = accepted;
      if (this.#entries.has(broadcast)) continue;
      // It may have been this one's before another took it over.
      this.#forgotten.delete(broadcast);
      this.#deleted.delete(broadcast);
      this.#followAdoption(accepted, this.#adoptions.finish(accepted));
    }
  }

  /** One that the process before this one was reading: its publisher may still come, or has long gone. */
  #adoptAgain(state: JournalState): void {
    const { accepted, complete } = state;
    const { broadcast } = accepted;
    if (!complete) this.#resuming.add(broadcast);
    const adopted = this.#adoptions.again(state).finally(() => this.#resuming.delete(broadcast));
    this.#followAdoption(accepted, adopted);
  }

  /**
   * Nothing here tells which numbers it has used, and their names may not be used again: it goes on from what the bucket has
   * of it, as one of a dead origin, or is over.
   */
  #adoptOwn(state: JournalState): void {
    const { bucket, log } = this.#options;
    const fields = { event: 'record_lost', broadcast: state.accepted.broadcast };
    log.error(fields, `the record of a broadcast is lost: it ${bucket ? 'is read from the bucket' : 'is over'}`);
    this.#adoptAgain({ ...state, complete: false });
  }

  #followAdoption(accepted: PublishAccepted, adopted: ReturnType<Adoptions['finish']>): void {
    const { broadcast } = accepted;
    void adopted
      .then(async (entry) => {
        if (this.#deleted.has(broadcast)) return this.#options.journal.forget(broadcast);
        // What the bucket has of it still becomes a replay once it says so.
        if (entry === 'unread') this.finish([accepted]);
        if (entry === null || entry === 'unread') await this.#reportLost(broadcast);
        else this.#createOnce(accepted, entry);
      })
      .catch((cause) => {
        const { log } = this.#options;
        log.error({ event: 'report_failed', broadcast, err: cause }, 'the end of a broadcast was not told');
      });
  }

  /** Tells running broadcasts what is to be said of the storage of this origin. */
  noteStorage(verdict: StorageVerdict): void {
    for (const { broadcast } of this.#entries.values()) broadcast.noteStorage(verdict);
  }

  /** Tells running broadcasts whether viewers get old playlists of them. */
  noteStale(ids: readonly string[]): void {
    for (const { broadcast } of this.#entries.values()) broadcast.note('edge.stale', ids.includes(broadcast.id));
  }

  /** Begins to hold running broadcasts under a lease that backups at other origins wait for; `drains`: hands them over. */
  noteContested(ids: readonly string[], drains: boolean): void {
    this.#backups.drains = drains;
    for (const { broadcast } of this.#entries.values())
      if (ids.includes(broadcast.id)) this.#backups.contest(broadcast);
  }

  /** Removes what is left of broadcasts that were deleted; one that still runs is asked again with the next heartbeat. */
  forget(ids: readonly string[]): void {
    const { log } = this.#options;
    for (const id of this.#drop(ids))
      log.info({ event: 'broadcast_deleted', broadcast: id }, 'what was left of a deleted broadcast is removed');
  }

  /** Removes what is here of broadcasts that are not this origin's any more. @returns those that were not removed before, and do not run */
  #drop(ids: readonly string[]): readonly string[] {
    const { uploader, journal } = this.#options;
    const dropped = ids.filter((id) => !this.#deleted.has(id) && this.#entries.get(id)?.broadcast.ended !== false);
    for (const id of dropped) {
      const entry = this.#entries.get(id);
      remember(this.#deleted, id, storeLimits.forgottenMax);
      if (entry?.forgetTimer) clearTimeout(entry.forgetTimer);
      this.#entries.delete(id);
      remember(this.#forgotten, id, forgottenMax);
      uploader?.drop(objectKey(id, ''));
      journal.forget(id);
      void this.#leftovers.remove(id);
    }
    return dropped;
  }

  /**
   * Hands everything over to the process that comes next; resolves when all encoders are gone, all media is stored and
   * the last reports are out, at most `timeoutMs` later.
   */
  async close(sentence: string, timeoutMs: number): Promise<void> {
    this.#backups.closeStandbys(sentence);
    const entries = [...this.#entries.values()];
    await Promise.all(
      entries.map(async ({ broadcast, reporter, forgetTimer }) => {
        if (forgetTimer) clearTimeout(forgetTimer);
        await broadcast.handOver(sentence);
        await reporter.flush(timeoutMs);
      }),
    );
    await this.#backups.giveUp(timeoutMs);
    for (const { forgetTimer } of entries) if (forgetTimer) clearTimeout(forgetTimer);
  }

  /**
   * A broadcast that the control plane resumes and this process has never had is one of a dead origin: it goes on from what
   * the bucket has of it. Where that is nothing, or the bucket does not say, it is ended, for its names may not be used again, and a
   * new one is asked for; what the bucket has of it becomes a replay once it says so.
   */
  async #ask({ session, streamKey, ip, encoder }: PublishRequest): Promise<PublishAnswer> {
    const { originId: origin, bucket } = this.#options;
    const question: PublishQuestion = { origin, streamKey, ip, encoder, session, standsBy: bucket !== null };
    const answer = await this.#publish(question);
    if (!answer.accepted || !answer.resumed || this.#entries.has(answer.broadcast)) return this.#withoutLeft(answer);
    const { broadcast } = answer;
    // It may have been this one's before another took it over.
    this.#forgotten.delete(broadcast);
    this.#deleted.delete(broadcast);
    this.#resuming.add(broadcast);
    const entry = await this.#adoptions.resume(answer).finally(() => this.#resuming.delete(broadcast));
    if (entry !== null && entry !== 'unread') {
      this.#createOnce(answer, entry);
      return answer;
    }
    if (entry === 'unread') this.finish([answer]);
    await this.#reportLost(broadcast);
    return this.#withoutLeft(await this.#publish(question));
  }

  #publish(question: PublishQuestion): Promise<PublishAnswer> {
    this.#asking++;
    return this.#options.control.publish(question).finally(() => {
      this.#asking--;
    });
  }

  /** A new broadcast may have ended one that a dead origin left. */
  #withoutLeft(answer: PublishAnswer): PublishAnswer {
    if (answer.accepted && answer.left) this.finish([{ ...answer, broadcast: answer.left }]);
    return answer;
  }

  async #reportLost(broadcast: string): Promise<void> {
    const { control, originId, now } = this.#options;
    const lost = { source: null, renditions: [], findings: [], health: null } as const;
    await control.report({ origin: originId, broadcast, state: 'ended', atMs: now(), ...lost });
  }

  #createOnce(accepted: PublishAccepted, entry: JournalEntry): void {
    if (!this.#entries.has(accepted.broadcast)) this.#create(accepted, entry);
  }

  #accept(
    accepted: PublishAccepted,
    request: PublishRequest,
    publisher: Publisher,
    source?: KnownSource,
  ): PublishDecision {
    const { log } = this.#options;
    const { broadcast: id, channel } = accepted;
    if (this.#forgotten.has(id) || this.#entries.get(id)?.broadcast.ended) {
      return refuse('broadcast_over');
    }
    if (!this.#entries.has(id) && this.running.length >= broadcastLimits.broadcastsMax) {
      return refuse('origin_full');
    }
    if (this.#entries.get(id)?.broadcast.mayTakeOver() === false) return refuse('takeover_flapping');
    const { ip, encoder } = request;
    log.info({ event: 'publisher_accepted', broadcast: id, channel, ip, encoder }, 'a publisher was accepted');
    if (this.#entries.has(id)) void this.#sendAgain(id);
    return { accept: true, sink: this.#entry(accepted).broadcast.join(publisher, accepted, source) };
  }

  /** What the bucket took from others only, until the control plane said that it is this origin's. */
  async #sendAgain(id: string): Promise<void> {
    const { uploader, log } = this.#options;
    const prefix = objectKey(id, '');
    if (!uploader?.takeUp(prefix)) return;
    try {
      await uploader.reconcile(prefix);
    } catch (cause) {
      log.error({ event: 'store_failed', broadcast: id, err: cause }, 'the spool cannot be compared to the bucket');
    }
  }

  #entry(accepted: PublishAccepted): Entry {
    const id = accepted.broadcast;
    return this.#entries.get(id) ?? this.#create(accepted, null);
  }

  #create(accepted: PublishAccepted, restored: JournalEntry | null): Entry {
    const id = accepted.broadcast;
    const { originId, ffmpegPath, ladder, slateImage, capacity, sinkUrl, control, log, now } = this.#options;
    const { journal, store, uploader, liveParts, dvrWindowS } = this.#options;
    const reporter = new Reporter<BroadcastReport>((report) => control.report(report), log);
    const around = {
      originId,
      ffmpegPath,
      ladder,
      slateImage,
      capacity: () => capacity(this.plans),
      sinkUrl,
      report: (report: BroadcastReport) => reporter.send(report),
      onEnded: () => this.#onEnded(id),
      journal,
      store,
      upload: (key: string) => uploader?.add(key),
      sending: uploader && sendingOf(uploader, id),
      uploadPart: (...part: Parameters<LiveParts['add']>) => liveParts?.add(...part),
      dvrWindowS,
      pictures: this.#pictures,
      log,
      now,
      random01: Math.random,
      calmMsMin: this.#options.calmMsMin,
    };
    uploader?.takeUp(objectKey(id, ''));
    const broadcast = new LiveBroadcast(accepted, around, restored);
    const entry: Entry = { broadcast, reporter, forgetTimer: null };
    this.#entries.set(id, entry);
    return entry;
  }

  #onEnded(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const { channel } = entry.broadcast;
    this.#options.log.info({ event: 'broadcast_ended', broadcast: id, channel }, 'the broadcast is over');
    entry.forgetTimer = setTimeout(() => this.#forget(id), broadcastLimits.lingerMs);
    // In the order in which they ended.
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    const over = [...this.#entries].filter(([, one]) => one.forgetTimer !== null);
    for (const [oldest] of over.slice(0, -broadcastLimits.lingeringMax)) this.#forget(oldest);
    void entry.broadcast.whenRecorded.then(async () => {
      if (entry.broadcast.window.isEmpty) this.#forget(id);
      await this.#leftovers.follow(id);
      // A record that could not be stored at once comes after its media has been removed.
      if (!this.#entries.has(id)) await this.#leftovers.release(id);
    });
  }

  #forget(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (entry.forgetTimer) clearTimeout(entry.forgetTimer);
    this.#entries.delete(id);
    void this.#leftovers.release(id);
    remember(this.#forgotten, id, forgottenMax);
  }
}

/** Whether media was made of which nothing here tells. */
function isRecordLost({ record, complete, unread = false }: JournalEntry): boolean {
  return unread || (record.tracks.size === 0 && !complete);
}

/** Adds to a set that forgets its oldest past a number. */
function remember(set: Set<string>, id: string, max: number): void {
  set.add(id);
  for (const oldest of set) {
    if (set.size <= max) return;
    set.delete(oldest);
  }
}
