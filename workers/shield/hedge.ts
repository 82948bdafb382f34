/** How the second of two attempts comes about. */
interface HedgeOptions<Outcome> {
  /** The first attempt may take this long alone. */
  readonly afterMs: number;
  /** Called when a second one is begun. */
  readonly onHedge: () => void;
  /** Whether an outcome ends the race; else the other attempt is waited for. */
  readonly isGood: (outcome: Outcome) => boolean;
}

/** One attempt; a second beside it when the first is slow. The good outcome that comes first, else the last bad one. */
export async function hedged<Outcome>(
  attempt: () => Promise<Outcome>,
  { afterMs, onHedge, isGood }: HedgeOptions<Outcome>,
): Promise<Outcome> {
  const first = attempt();
  if (!(await isPendingAfter(first, afterMs))) return first;
  onHedge();
  const both = [first, attempt()];
  const early = await Promise.race(both);
  if (isGood(early)) return early;
  const [one, other] = await Promise.all(both);
  return isGood(one as Outcome) ? (one as Outcome) : (other as Outcome);
}

async function isPendingAfter(work: Promise<unknown>, afterMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<true>();
  const timer = setTimeout(() => resolve(true), afterMs);
  try {
    return (await Promise.race([work.then(() => false), promise])) as boolean;
  } finally {
    clearTimeout(timer);
  }
}
