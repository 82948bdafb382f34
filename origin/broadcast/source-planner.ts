import { broadcastLimits } from '#shared/limits/origin.ts';
import type { FindingCode } from '#shared/model/finding.ts';
import type { SourceDescription } from '#shared/model/source.ts';
import type { Capacity, LadderPlan, LadderWish } from '../transcoder/ladder.ts';
import { inheritNames, type RungNames, withNames } from '../transcoder/rung-names.ts';
import { shedRungs } from '../transcoder/shed.ts';
import type { SourceChange } from './publisher-feed.ts';
import { planSource, type SourcePlan } from './source-plan.ts';

export interface SourcePlannerOptions {
  readonly ladder: LadderWish;
  readonly capacity: () => Capacity;
  readonly now: () => number;
}

/** What is remembered of a broadcast's sources from one encoder run to the next, and the ladders that follow from it. */
export class SourcePlanner {
  readonly #options: SourcePlannerOptions;
  #passthroughLost: FindingCode | null = null;
  #changesMs: number[] = [];
  #named: { readonly size: string; readonly names: RungNames } | null = null;

  constructor(options: SourcePlannerOptions) {
    this.#options = options;
  }

  /** A new publisher is judged afresh. */
  forgetPublisher(): void {
    this.#passthroughLost = null;
    this.#changesMs = [];
  }

  /** From here on this publisher's picture is encoded, and this is why. */
  losePassthrough(why: FindingCode): void {
    this.#passthroughLost = why;
  }

  /**
   * What a change asks for: another encoder run; nothing, as the encoder takes it as it comes; or an end, for an encoder
   * that changes its codec all the time would start encoders for ever.
   */
  judgeChange(change: SourceChange, plan: LadderPlan | null): 'restart' | 'carry_on' | 'refuse' {
    if (change === 'track' || change === 'none') return 'restart';
    this.#changesMs.push(this.#options.now());
    if (!this.#changesTooOften()) return 'restart';
    if (change === 'codec') return 'refuse';
    return plan?.keyframes === 'source' ? 'restart' : 'carry_on';
  }

  /** The ladder for a source, less the rungs that are shed. */
  plan(source: SourceDescription, shed: number): SourcePlan {
    const { ladder, capacity } = this.#options;
    const wish = this.#changesTooOften() ? { ...ladder, passthrough: false } : ladder;
    const planned = planSource(source, capacity(), wish, this.#passthroughLost);
    if (!planned.plan) return planned;
    const named = withNames(planned.plan, this.#namesFor(source, planned.plan));
    return { ...planned, plan: shedRungs(named, source, shed) };
  }

  #changesTooOften(): boolean {
    const sinceMs = this.#options.now() - 60_000;
    this.#changesMs = this.#changesMs.filter((atMs) => atMs > sinceMs);
    return this.#changesMs.length > broadcastLimits.sourceChangesPerMinuteMax;
  }

  /** A picture of another size goes on under the names that are played. */
  #namesFor({ video }: SourceDescription, plan: LadderPlan): RungNames {
    if (!video) return new Map();
    const size = `${video.width}x${video.height}`;
    if (this.#named?.size !== size) {
      this.#named = { size, names: inheritNames(plan, this.#named?.names ?? new Map()) };
    }
    return this.#named.names;
  }
}
