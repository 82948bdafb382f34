import { deskLimits } from '#shared/limits/access.ts';
import type { Env } from '../env.ts';
import { withinCall } from './desk-call.ts';
import { LinkUses } from './link-uses.ts';
import type { LeaseAnswer, LeaseRequest, Leases } from './ports.ts';

type DeskEnv = Pick<Env, 'LEASES' | 'DB'>;
type WaitUntil = (work: Promise<unknown>) => void;

/** A session that has to be counted could not be: the desk does not answer. */
export class LeaseDeskAway extends Error {
  constructor(cause: unknown) {
    super('the lease desk does not answer, so a new session cannot be counted', { cause });
    this.name = 'LeaseDeskAway';
  }
}

interface Held {
  readonly answer: LeaseAnswer;
  /** When the desk was last asked, and when it last answered; ms since the Unix epoch. */
  readonly askedMs: number;
  readonly heardMs: number;
}

const held = new Map<string, Held>();
const linkUses = new LinkUses();

/** The leases of this isolate's sessions: from memory while they hold, told to the desk every twenty seconds. */
export function leases(env: DeskEnv, waitUntil: WaitUntil): Leases {
  return {
    renew: async (request) => {
      linkUses.flushSoon(env.DB, Date.now(), waitUntil);
      return request.isNew ? begin(env, waitUntil, request) : goOn(env, waitUntil, request);
    },
  };
}

async function begin(env: DeskEnv, waitUntil: WaitUntil, request: LeaseRequest): Promise<LeaseAnswer> {
  const { link } = request;
  const nowMs = Date.now();
  const isCounted = link !== null && link.usesMax !== null;
  if (link && !isCounted) linkUses.note(env.DB, link.id, nowMs, waitUntil);
  if (!isLimited(request) && !isCounted) return unlimited(nowMs);
  try {
    const answer = await withinCall(ask(env, request));
    if (isLimited(request)) remember(request.session, { answer, askedMs: nowMs, heardMs: nowMs });
    return answer;
  } catch (cause) {
    throw new LeaseDeskAway(cause);
  }
}

async function goOn(env: DeskEnv, waitUntil: WaitUntil, request: LeaseRequest): Promise<LeaseAnswer> {
  const nowMs = Date.now();
  if (!isLimited(request)) return unlimited(nowMs);
  const known = held.get(request.session);
  const isDue = !known || nowMs - known.askedMs >= deskLimits.touchMs;
  if (known && !isDue) return prolonged(known, nowMs);
  // Noted before it is asked, so that a thousand requests of one session are one call.
  remember(request.session, {
    answer: known?.answer ?? unlimited(nowMs),
    heardMs: known?.heardMs ?? nowMs,
    askedMs: nowMs,
  });
  const touching = touch(env, request, nowMs);
  const isHolding = known?.answer.granted === true && known.answer.untilMs > nowMs;
  if (!isHolding) return touching;
  waitUntil(touching);
  return known.answer;
}

/** Tells the desk that a session goes on. While the desk is away it does so without, but not for ever. */
async function touch(env: DeskEnv, request: LeaseRequest, nowMs: number): Promise<LeaseAnswer> {
  try {
    const answer = await withinCall(take(env, request));
    remember(request.session, { answer, askedMs: nowMs, heardMs: nowMs });
    return answer;
  } catch (error) {
    console.warn(JSON.stringify({ event: 'lease_not_renewed', error: String(error) }));
    const heardMs = held.get(request.session)?.heardMs ?? nowMs;
    if (nowMs - heardMs >= deskLimits.leaseAwayMsMax) throw new LeaseDeskAway(error);
    const answer = unlimited(nowMs);
    remember(request.session, { answer, heardMs, askedMs: nowMs });
    return answer;
  }
}

/** The answer of the last call, for as long as it tells something; a call that is under way prolongs. */
function prolonged({ answer, askedMs }: Held, nowMs: number): LeaseAnswer {
  if (!answer.granted || answer.untilMs > nowMs) return answer;
  return unlimited(askedMs);
}

/** First the place, then the use: a viewer who is refused for other screens has not used the link up. */
async function ask(env: DeskEnv, request: LeaseRequest): Promise<LeaseAnswer> {
  const { link, session } = request;
  const place = isLimited(request) ? await take(env, request) : unlimited(Date.now());
  if (!place.granted || !link || link.usesMax === null) return place;
  if (await deskOf(env, deskName('link', request, link.id)).use(link.id, session, link.usesMax)) return place;
  if (isLimited(request)) await deskOf(env, deskName('viewer', request, request.viewer)).leave(session);
  return { granted: false, code: 'link_used_up' };
}

async function take(env: DeskEnv, request: LeaseRequest): Promise<LeaseAnswer> {
  const { session, whenFull, isNew } = request;
  const streamsMax = request.streamsMax ?? 0;
  const untilMs = await deskOf(env, deskName('viewer', request, request.viewer)).take({
    session,
    streamsMax,
    whenFull,
    isNew,
  });
  return untilMs === null ? { granted: false, code: 'too_many_streams' } : { granted: true, untilMs };
}

/** The holder of one channel's key must not use up the links, or end the screens, of another's. */
function deskName(kind: 'viewer' | 'link', { owner }: LeaseRequest, name: string | null): string {
  return owner === null ? `${kind}:${name}` : `${kind}@${owner}:${name}`;
}

function deskOf(env: DeskEnv, name: string) {
  return env.LEASES.get(env.LEASES.idFromName(name));
}

/** Only the sessions of a named viewer can be counted. */
function isLimited({ viewer, streamsMax }: LeaseRequest): boolean {
  return viewer !== null && streamsMax !== null;
}

function unlimited(nowMs: number): LeaseAnswer {
  return { granted: true, untilMs: nowMs + deskLimits.leaseMs };
}

function remember(session: string, lease: Held): void {
  held.delete(session);
  held.set(session, lease);
  const [oldest] = held.keys();
  if (held.size > deskLimits.leasesRememberedMax && oldest !== undefined) held.delete(oldest);
}
