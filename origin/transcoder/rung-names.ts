import type { LadderPlan } from './ladder.ts';

/** What the rungs of a ladder are called, by the names that it gives them itself. */
export type RungNames = ReadonlyMap<string, string>;

/**
 * Names for a plan whose picture has another size than before: from the top, rungs go on under the names that viewers
 * play already, for players do not look for new playlists. More rungs than before get names of their own.
 */
export function inheritNames(plan: LadderPlan, before: RungNames): RungNames {
  const played = [...before.values()];
  const free = new Set(played);
  const names = new Map<string, string>();
  for (const [i, rung] of plan.video.entries()) {
    let name = played[i] ?? rung.name;
    for (let number = 2; i >= played.length && free.has(name); number++) name = `${rung.name}-${number}`;
    free.add(name);
    names.set(rung.name, name);
  }
  return names;
}

/** The plan with its rungs under these names. */
export function withNames(plan: LadderPlan, names: RungNames): LadderPlan {
  return { ...plan, video: plan.video.map((rung) => ({ ...rung, name: names.get(rung.name) ?? rung.name })) };
}
