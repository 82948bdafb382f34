import { arbiterLimits } from '#shared/limits/control.ts';
import { standbyLimits } from '#shared/limits/ingest.ts';
import type { LeaseAnswer } from '#shared/wire/control.ts';
import type { FlvTag } from '../ingest/flv.ts';
import { isFrame } from '../ingest/flv-body.ts';
import type { EndReason, PublishDecision, Publisher, PublisherSink } from '../ingest/publisher.ts';
import type { Log } from '../observe/log.ts';
import type { ControlPlane } from './control-client.ts';
import type { KnownSource } from './publisher-feed.ts';
import { StandbyTape } from './standby-tape.ts';

export interface StandbyOptions {
  readonly originId: string;
  readonly channel: string;
  readonly publisher: Publisher;
  readonly control: Pick<ControlPlane, 'lease'>;
  /** Asks for the channel once more, now that this origin is the active one; `wait`: it no longer is. Throws when nobody answers. */
  readonly take: (source: KnownSource | null) => Promise<PublishDecision | 'wait'>;
  /** It waits no more: it has taken over, or is gone. */
  readonly onOver: () => void;
  readonly log: Log;
  /** ms; only differences count. */
  readonly now: () => number;
}

/** A publisher of a channel that another origin is active of: received and looked at, and nothing of it is published until its turn. */
export class Standby implements PublisherSink {
  readonly #options: StandbyOptions;
  readonly #tape = new StandbyTape();
  #sink: PublisherSink | null = null;
  #over: EndReason | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** When its encoder sent media last; at first, when it came. */
  #heardMs: number;

  constructor(options: StandbyOptions) {
    this.#options = options;
    this.#heardMs = options.now();
    void this.#turn();
  }

  tag(tag: FlvTag): void {
    if (isFrame(tag.type, tag.body)) this.#heardMs = this.#options.now();
    if (this.#sink) this.#sink.tag(tag);
    else this.#tape.tag(tag);
  }

  end(reason: EndReason): void {
    if (this.#over !== null) return;
    this.#over = reason;
    if (this.#sink) this.#sink.end(reason);
    else this.#leave();
  }

  /** Lets the publisher go; the sentence is shown to the streamer. */
  close(sentence: string): void {
    this.#options.publisher.close(sentence);
    this.end('kicked');
  }

  /** Claims its place, takes over when it is its turn, and else comes again in a moment. */
  async #turn(): Promise<void> {
    const { log, channel, now } = this.#options;
    let waitMs: number = arbiterLimits.renewMs;
    // Its place is kept for a moment longer, and then it is as if nobody waited.
    const isSilent = now() - this.#heardMs > standbyLimits.silentMsMax;
    try {
      const { role, leftMs } = isSilent ? absent : await this.#claim();
      if (this.#over !== null) return this.#leave();
      if (role === 'refused') return this.close('No more backup encoders can wait here. Use another server.');
      if (role === 'active') await this.#takeOver();
      // A lease that ends before the next claim is what it waits for.
      else waitMs = Math.min(waitMs, leftMs + standbyMarginMs);
    } catch (cause) {
      log.warn({ event: 'standby_undecided', channel, err: cause }, 'a backup heard nothing of its turn');
    }
    if (this.#over === null && !this.#sink) this.#timer = setTimeout(() => void this.#turn(), waitMs);
  }

  async #takeOver(): Promise<void> {
    const { take, onOver, publisher } = this.#options;
    // Reading what is there of the broadcast may take longer than a lease.
    const keep = setInterval(() => void this.#claim().catch(() => {}), arbiterLimits.renewMs);
    const decision = await take(this.#tape.source).finally(() => clearInterval(keep));
    if (decision === 'wait') return;
    if (!decision.accept) {
      publisher.close(decision.sentence);
      return this.end('kicked');
    }
    for (const tag of this.#tape.replay()) decision.sink.tag(tag);
    this.#sink = decision.sink;
    onOver();
    if (this.#over !== null) this.#sink.end(this.#over);
  }

  #claim(): Promise<LeaseAnswer> {
    const { control, originId: origin, channel, publisher } = this.#options;
    return control.lease({ origin, channel, session: publisher.session, wish: 'claim' });
  }

  #leave(): void {
    const { control, originId: origin, channel, publisher, onOver } = this.#options;
    if (this.#timer) clearTimeout(this.#timer);
    onOver();
    // Whoever is not heard loses the place all the same.
    control.lease({ origin, channel, session: publisher.session, wish: 'leave' }).catch(() => {});
  }
}

/** It asks for nothing, and looks again after the usual time. */
const absent = { role: 'standby', leftMs: arbiterLimits.renewMs } as const;

/** So that a lease has ended for certain when it is asked for. */
const standbyMarginMs = 20;
