import { arbiterLimits } from '#shared/limits/control.ts';

/**
 * Which origin is the active one of a channel that several have a publisher of, as a function of (state, claim, now). The one
 * that is active holds a lease; the others wait in the order in which they came. Each grant has a higher epoch than the one
 * before. Only the arbiter's clock counts here: an origin counts its lease from before it asked, and stops earlier.
 */
export interface Arbitration {
  /** Grants so far. */
  readonly epoch: number;
  /** Null: whoever the catalogue says, who has not been told that somebody waits. */
  readonly holder: Holder | null;
  readonly waiting: readonly Place[];
}

/** An origin's place, with the session of the publisher that it has. */
export interface Place {
  readonly origin: string;
  readonly session: string;
  /** Good until then unless it is claimed again, ms since the Unix epoch. */
  readonly untilMs: number;
}

interface Holder extends Place {
  /** The broadcast that was open when it was granted; null: none was. */
  readonly broadcast: string | null;
  /** Nobody waits and the catalogue names it too: once this lease has ended the catalogue's word is enough. */
  readonly isSettled: boolean;
}

/** An origin has a publisher of the channel, and says so again and again. */
export interface Claim {
  readonly origin: string;
  readonly session: string;
  /** Its publisher has left: only the place is kept, unless another publisher of the origin has it by now. Absent: false. */
  readonly isHeld?: boolean;
  /** Who makes the channel's open broadcast by the catalogue, and until when it counts as alive; null: there is none. */
  readonly known: { readonly origin: string; readonly untilMs: number; readonly broadcast?: string } | null;
}

/**
 * What a claim rests on: a stream key that was just shown, the keys of the deployment, or nothing but the origin's own key, which
 * says who it is and not that somebody publishes there.
 */
export type Proof = 'stream_key' | 'deployment_key' | 'own_key';

/** What an origin hears of its claim. */
export interface Standing {
  readonly role: 'active' | 'standby' | 'refused';
  readonly epoch: number;
  /** How many wait. */
  readonly standbys: number;
  /** Until the lease of the active one ends if it is not heard any more, ms; 0: it has ended. */
  readonly leftMs: number;
}

export const noArbitration: Arbitration = Object.freeze({ epoch: 0, holder: null, waiting: Object.freeze([]) });

/** Decides on a claim: it renews what its origin has, takes what is free if nobody waited longer, or waits. */
export function claimPlace(state: Arbitration, claim: Claim, nowMs: number): [Arbitration, Standing] {
  const { origin, session } = claim;
  const waiting = state.waiting.filter(({ untilMs }) => untilMs > nowMs);
  const others = waiting.filter((place) => place.origin !== origin);
  const place: Place = { origin, session, untilMs: nowMs + arbiterLimits.leaseMs };
  const active = activeAt(state, claim, nowMs);
  const holder = heldAt(state, claim, nowMs);
  if ((active ?? holder)?.origin === origin || (active === null && isNext(waiting, origin))) {
    const mine = holder?.origin === origin ? holder : null;
    const kept = claim.isHeld && mine ? mine.session : session;
    const isRenewal = active !== null && mine?.session === kept;
    const epoch = state.epoch + Number(!isRenewal);
    const isSettled = others.length === 0 && claim.known?.origin === origin;
    const standing = { role: 'active', epoch, standbys: others.length, leftMs: arbiterLimits.leaseMs } as const;
    const broadcast = claim.known?.broadcast ?? null;
    return [{ epoch, holder: { ...place, session: kept, broadcast, isSettled }, waiting: others }, standing];
  }
  const isListed = others.length < waiting.length;
  const queue = isListed ? waiting.map((one) => (one.origin === origin ? place : one)) : [...waiting, place];
  const isFull = queue.length > arbiterLimits.standbysMax;
  const leftMs = active ? active.untilMs - nowMs : 0;
  const kept = isFull ? waiting : queue;
  return [
    { ...state, waiting: kept },
    { role: isFull ? 'refused' : 'standby', epoch: state.epoch, standbys: kept.length, leftMs },
  ];
}

/** An origin has no publisher any more; one that has got another meanwhile keeps its place. */
export function leavePlace(state: Arbitration, origin: string, session: string, nowMs: number): Arbitration {
  const isIts = (place: Place) => place.origin === origin && place.session === session;
  const { holder } = state;
  return {
    ...state,
    // Not null: the catalogue still names it, and it has let go.
    holder: holder && isIts(holder) ? { ...holder, untilMs: nowMs, isSettled: false } : holder,
    waiting: state.waiting.filter((place) => !isIts(place)),
  };
}

/** Who may act now: the holder of a lease, or who the catalogue names while no lease was ever needed. */
function activeAt(state: Arbitration, claim: Claim, nowMs: number): Pick<Place, 'origin' | 'untilMs'> | null {
  const active = heldAt(state, claim, nowMs) ?? claim.known;
  return active && active.untilMs > nowMs ? active : null;
}

/** Its lease may have ended; one that the catalogue's word is enough for, or of a broadcast before this one, is none. */
function heldAt({ holder }: Arbitration, { known }: Claim, nowMs: number): Holder | null {
  if (!holder || holder.untilMs > nowMs) return holder;
  const isOfAnother =
    known?.broadcast !== undefined && holder.broadcast !== null && holder.broadcast !== known.broadcast;
  return holder.isSettled || isOfAnother ? null : holder;
}

/** Whether nobody waits longer than this origin. */
function isNext(waiting: readonly Place[], origin: string): boolean {
  const [first] = waiting;
  return first === undefined || first.origin === origin;
}
