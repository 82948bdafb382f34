import type { SourceDescription } from '#shared/model/source.ts';
import { ladderCost } from './cost.ts';
import type { LadderPlan, RungPlan } from './ladder.ts';

/** How many rungs of a plan can be left out: all encoded ones, but one rung stays in any case. */
export function sheddableRungs(plan: LadderPlan): number {
  const encoded = plan.video.filter((rung) => rung.mode === 'encode').length;
  return Math.max(0, Math.min(encoded, plan.video.length - 1));
}

/** The plan without its `count` most expensive encoded rungs; what is passed through stays, and one rung in any case. */
export function shedRungs(plan: LadderPlan, source: SourceDescription, count: number): LadderPlan {
  const encoded = plan.video.filter((rung) => rung.mode === 'encode').sort((a, b) => pixels(b) - pixels(a));
  const gone = new Set(encoded.slice(0, Math.min(count, sheddableRungs(plan))));
  if (gone.size === 0) return plan;
  const video = plan.video.filter((rung) => !gone.has(rung));
  return { ...plan, video, cost: Math.round(ladderCost(video, source.video)) };
}

function pixels(rung: RungPlan): number {
  return rung.width * rung.height * rung.frameRate;
}
