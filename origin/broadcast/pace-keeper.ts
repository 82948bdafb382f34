import { paceLimits } from '#shared/limits/transcoder.ts';
import type { Dwell } from '#shared/model/broadcast.ts';
import type { LadderPlan } from '../transcoder/ladder.ts';
import { sheddableRungs } from '../transcoder/shed.ts';
import { type AnnouncedPart, DwellMeter } from './dwell.ts';
import { createLateness, type Lateness, settleLateness, watchLateness } from './lateness.ts';
import { createShedding, overrun, type Shedding, settle, stepShedding } from './shedding.ts';

export interface PaceKeeperOptions {
  readonly now: () => number;
  /** A shed rung may come back after this much calm, ms; a minute unless told. */
  readonly calmMsMin?: number | undefined;
  /** Another number of rungs is to be left out: the encoder has to be started again. */
  readonly onDecision: (decision: 'shed' | 'restore') => void;
  /** The encoder is too slow, or rungs are left out because it was; told again and again. */
  readonly onSlow: (slow: boolean) => void;
  /** Media reaches the window later than players allow for, or no longer does; told again and again. */
  readonly onLate: (late: boolean) => void;
  /** Now and then while an encoder runs: there is something to tell. */
  readonly onReport: () => void;
}

/** Measures the way of media through one broadcast and decides what is left out when the encoder is too slow. */
export class PaceKeeper {
  readonly #options: PaceKeeperOptions;
  readonly #meter = new DwellMeter();
  #shedding: Shedding;
  #lateness: Lateness = createLateness();
  #plan: LadderPlan | null = null;
  #timer: NodeJS.Timeout | null = null;
  #reportedMs = 0;
  readonly #firstByteMs = new Map<string, number>();

  constructor(options: PaceKeeperOptions) {
    this.#options = options;
    this.#shedding = createShedding(options.calmMsMin);
  }

  /** Rungs that are to be left out of the next plan. */
  get shed(): number {
    return this.#shedding.shed;
  }

  get dwell(): Dwell {
    return this.#meter.summary(this.#options.now());
  }

  /** An encoder starts with a plan from which rungs were left out already. */
  beginRun(plan: LadderPlan): void {
    const nowMs = this.#options.now();
    this.#plan = plan;
    this.#shedding = settle(this.#shedding, nowMs);
    this.#lateness = settleLateness(this.#lateness, nowMs);
    this.#reportedMs = nowMs;
    this.#firstByteMs.clear();
    this.#meter.beginRun(plan.video.map((rung) => rung.name));
    this.#timer ??= setInterval(() => this.#look(), paceLimits.sampleMs);
  }

  endRun(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#lateness = createLateness();
    this.#options.onLate(false);
  }

  /** The encoder was ended because its input overflowed. */
  overrun(): void {
    const sheddable = this.#plan ? sheddableRungs(this.#plan) : 0;
    this.#shedding = overrun(this.#shedding, sheddable, this.#options.now());
  }

  fed(mediaMs: number, arrivedAtMs: number): void {
    this.#meter.fed(mediaMs, arrivedAtMs, this.#options.now());
  }

  /** Bytes of a rendition came out of the encoder. */
  bytes(rendition: string): void {
    if (!this.#firstByteMs.has(rendition)) this.#firstByteMs.set(rendition, this.#options.now());
  }

  announced({ rendition, endMs, capturedAtMs }: Pick<AnnouncedPart, 'rendition' | 'endMs' | 'capturedAtMs'>): void {
    const announcedAtMs = this.#options.now();
    const firstByteAtMs = this.#firstByteMs.get(rendition) ?? announcedAtMs;
    this.#firstByteMs.delete(rendition);
    this.#meter.announced({ rendition, endMs, firstByteAtMs, announcedAtMs, capturedAtMs });
  }

  #look(): void {
    const nowMs = this.#options.now();
    const plan = this.#plan;
    if (!plan) return;
    const sample = { waitingMs: this.#meter.waitingMs(nowMs), sheddable: sheddableRungs(plan) };
    this.#lateness = watchLateness(this.#lateness, sample.waitingMs, nowMs);
    this.#options.onLate(this.#lateness.late);
    const { state, decision } = stepShedding(this.#shedding, sample, nowMs);
    this.#shedding = state;
    if (decision !== 'keep') this.#options.onDecision(decision);
    const { slowSinceMs, calmSinceMs, shed } = state;
    if (shed > 0 || (slowSinceMs !== null && nowMs - slowSinceMs >= paceLimits.slowForMs)) this.#options.onSlow(true);
    else if (calmSinceMs !== null) this.#options.onSlow(false);
    if (nowMs - this.#reportedMs < paceLimits.reportMs) return;
    this.#reportedMs = nowMs;
    this.#options.onReport();
  }
}
