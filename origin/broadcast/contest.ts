import { arbiterLimits } from '#shared/limits/control.ts';
import type { Log } from '../observe/log.ts';
import type { ControlPlane } from './control-client.ts';

/** A running broadcast as its contest needs it. */
export interface ContestedBroadcast {
  readonly id: string;
  readonly channel: string;
  readonly ended: boolean;
  /** Session of the publisher; null while nobody publishes. */
  readonly session: string | null;
  /** The publisher is connected and sends nothing. */
  readonly isStarved: boolean;
  /** It ends when it has had no publisher for so long. */
  readonly reconnectWindowMs: number;
  note(code: 'ingest.backup', holds: boolean): void;
  letGo(sentence: string): void;
  stored(): Promise<void>;
}

export interface ContestOptions {
  readonly originId: string;
  readonly broadcast: ContestedBroadcast;
  readonly control: Pick<ControlPlane, 'lease'>;
  /** Settles when all that is in the store of the broadcast is in the bucket. */
  readonly drained: () => Promise<unknown>;
  /** It is to go to the other one, though its publisher is there. */
  readonly isGivenAway: () => boolean;
  /** The lease has ended unheard: another origin may be the active one, and nothing more of this one's may go into the bucket. */
  readonly onLapsed: () => void;
  /** Another origin is the active one. */
  readonly onLost: () => void;
  readonly onOver: () => void;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * A broadcast of this origin that a publisher at another one waits for: goes on under a lease, stops before that can have
 * ended, and lets go once its own publisher has left.
 */
export class Contest {
  readonly #options: ContestOptions;
  readonly #timer: NodeJS.Timeout;
  #lapse: NodeJS.Timeout | null = null;
  #heldUntilMs = 0;
  #asking: Promise<void> = Promise.resolve();
  #isWorking = false;
  /** Of the publisher that it had last. */
  #session: string | null = null;
  /** Its publisher has left, and the other may come. */
  #hasLeft = false;
  #isOver = false;
  #isYielding = false;
  /** What is to be given away is on its way into the bucket. */
  #taken: Promise<unknown> | null = null;
  /** What was made is on its way into the bucket. */
  #sent: Promise<unknown> | null = null;

  constructor(options: ContestOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#beat(), arbiterLimits.renewMs);
    this.#beat();
  }

  /** Lets go of a broadcast that nobody publishes here any more; settles when the other may come, or this one may not give it. */
  async giveUp(): Promise<void> {
    const { broadcast } = this.#options;
    while (!this.#isOver && !this.#hasLeft && !broadcast.ended && broadcast.session === null) {
      this.#isWorking = true;
      await this.#letGo();
      // Nobody may have answered.
      if (!this.#hasLeft) await pause(arbiterLimits.renewMs);
    }
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    if (this.#lapse) clearTimeout(this.#lapse);
    this.#options.broadcast.note('ingest.backup', false);
    this.#options.onOver();
  }

  #beat(): void {
    const { broadcast } = this.#options;
    if (broadcast.ended) {
      this.stop();
    } else if (broadcast.session !== null && broadcast.isStarved) {
      broadcast.letGo('Nothing came from your encoder, and another one was ready.');
    } else if (broadcast.session !== null) {
      this.#hasLeft = false;
      this.#sent = null;
      this.#session = broadcast.session;
      // Not one after the other: one that is slow must not keep the next from coming in time.
      const asked = this.#renew(broadcast.session);
      this.#asking = Promise.allSettled([this.#asking, asked]).then(() => {});
    } else if (!this.#hasLeft && !this.#isWorking) {
      this.#isWorking = true;
      void this.#letGo().finally(() => {
        this.#isWorking = false;
      });
    }
  }

  async #renew(session: string): Promise<void> {
    const { broadcast, onLost, log } = this.#options;
    try {
      const { role, standbys } = await this.#claim(session, 'claim');
      if (this.#isOver || broadcast.session !== session) return;
      if (role === 'active' && standbys > 0) broadcast.note('ingest.backup', true);
      if (role !== 'active') {
        this.stop();
        onLost();
      } else if (standbys === 0) this.stop();
      else if (this.#isGivenAway) await this.#yield(session);
    } catch (cause) {
      log.warn({ event: 'lease_unheard', broadcast: broadcast.id, err: cause }, 'a lease was not renewed');
    }
  }

  /** Not where it would be over before the other one can have come: that one would begin anew. */
  get #isGivenAway(): boolean {
    const { broadcast, isGivenAway } = this.#options;
    return isGivenAway() && broadcast.reconnectWindowMs >= arbiterLimits.backupBelievedMs;
  }

  /** Lets its publisher go so that the other goes on; not while the bucket takes nothing, for then that one could not. */
  async #yield(session: string): Promise<void> {
    if (this.#isYielding) return;
    this.#isYielding = true;
    const { broadcast, drained, log } = this.#options;
    // One for all beats: the bucket may be slow for long.
    this.#taken ??= drained().finally(() => {
      this.#taken = null;
    });
    const taken = this.#taken.then(() => true);
    const takes = await Promise.race([taken, pause(arbiterLimits.renewMs).then(() => false)]).finally(() => {
      this.#isYielding = false;
    });
    if (!takes || this.#isOver || !this.#isGivenAway || broadcast.session !== session) return;
    log.info(
      { event: 'broadcast_given_away', broadcast: broadcast.id },
      'this origin is drained, and a backup goes on',
    );
    broadcast.letGo('This ingest server is being serviced. Your other encoder goes on.');
  }

  async #claim(session: string, wish: 'claim' | 'hold') {
    const { control, originId: origin, broadcast, now } = this.#options;
    const sentMs = now();
    const answer = await control.lease({ origin, channel: broadcast.channel, session, wish });
    if (answer.role === 'active') this.#holdUntil(sentMs + arbiterLimits.leaseMs - arbiterLimits.marginMs);
    return answer;
  }

  /** Answers may come in another order than their questions went. */
  #holdUntil(untilMs: number): void {
    if (this.#isOver || untilMs <= this.#heldUntilMs) return;
    this.#heldUntilMs = untilMs;
    if (this.#lapse) clearTimeout(this.#lapse);
    this.#lapse = setTimeout(() => this.#onLapsed(), Math.max(0, untilMs - this.#options.now()));
  }

  #onLapsed(): void {
    const { broadcast, onLapsed, log } = this.#options;
    if (this.#hasLeft) return;
    log.warn({ event: 'lease_lapsed', broadcast: broadcast.id }, 'this origin may not be the active one any more');
    broadcast.letGo('The server has lost its contact. Your encoder connects again by itself.');
    onLapsed();
  }

  /**
   * The other may go on from all that was made here, and from nothing less: while the bucket does not take it the lease is
   * held, to be looked at again with the next beat. Without the bucket the other could not go on at all.
   */
  async #letGo(): Promise<void> {
    const { control, originId: origin, broadcast, drained, log } = this.#options;
    const session = this.#session ?? broadcast.id;
    try {
      await this.#asking;
      const { role, standbys } = await this.#claim(session, 'hold');
      if (role === 'active' && standbys === 0) return this.stop();
      if (role === 'active' && broadcast.session === null) {
        broadcast.letGo('');
        this.#sent ??= broadcast.stored().then(drained);
        const isSent = await Promise.race([
          this.#sent.then(() => true),
          pause(arbiterLimits.renewMs).then(() => false),
        ]);
        if (!isSent || broadcast.session !== null) return;
        this.#sent = null;
        await control.lease({ origin, channel: broadcast.channel, session, wish: 'leave' });
        log.info({ event: 'broadcast_let_go', broadcast: broadcast.id }, 'a backup at another origin may take over');
      }
      this.#hasLeft = broadcast.session === null;
    } catch (cause) {
      log.warn({ event: 'lease_unheard', broadcast: broadcast.id, err: cause }, 'a lease was not given up');
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
