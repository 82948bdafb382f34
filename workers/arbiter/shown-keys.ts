import { arbiterLimits } from '#shared/limits/control.ts';
import type { Arbitration, Claim } from './arbitration.ts';

/** An origin that had a publisher with a right stream key of the channel. */
export interface ShownKey {
  readonly origin: string;
  /** It counts until then, ms since the Unix epoch. */
  readonly untilMs: number;
}

/** Whether a claim without a stream key goes on with something: a broadcast, a place, or a publisher that showed one lately. */
export function mayGoOn(
  { holder, waiting }: Arbitration,
  shown: readonly ShownKey[],
  { origin, known }: Claim,
  nowMs: number,
): boolean {
  const hasShown = shown.some((one) => one.origin === origin && one.untilMs > nowMs);
  const hasPlace = [holder, ...waiting].some((place) => place?.origin === origin);
  return hasShown || hasPlace || known?.origin === origin;
}

/** Remembers that an origin showed one, or goes on with it. */
export function noteShown(shown: readonly ShownKey[], origin: string, nowMs: number): readonly ShownKey[] {
  const others = shown.filter((one) => one.origin !== origin && one.untilMs > nowMs);
  return [...others, { origin, untilMs: nowMs + arbiterLimits.forgetMs }].slice(-arbiterLimits.shownKeysMax);
}
