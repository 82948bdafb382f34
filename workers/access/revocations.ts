import { deskLimits } from '#shared/limits/access.ts';
import { SingleFlight } from '../cache/single-flight.ts';
import type { Env } from '../env.ts';
import type { Changes } from './desk/revocation-book.ts';
import { RevocationView } from './desk/revocation-view.ts';
import type { RevocationSubject, Revocations } from './ports.ts';

type DeskEnv = Pick<Env, 'REVOCATIONS' | 'REVOCATIONS_AWAY'>;
type WaitUntil = (work: Promise<unknown>) => void;

/** Nothing is known of revocations, and the deployment does not play on without. */
export class RevocationsUnknown extends Error {
  constructor(cause: unknown) {
    super('the revocation desk has not answered for too long', { cause });
    this.name = 'RevocationsUnknown';
  }
}

const view = new RevocationView();
const flights = new SingleFlight<void>();
/** As of when the view is complete, ms since the Unix epoch. */
let asOfMs = Number.NEGATIVE_INFINITY;
let nextAskMs = 0;
let lastFailure: unknown = null;

/** What is revoked, as this isolate knows it: asked for by changes, behind a request where what is known is young enough. */
export function revocations(env: DeskEnv, waitUntil: WaitUntil): Revocations {
  return { isRevoked: (subject) => isRevoked(env, waitUntil, subject) };
}

async function isRevoked(env: DeskEnv, waitUntil: WaitUntil, subject: RevocationSubject): Promise<boolean> {
  const nowMs = Date.now();
  const ageMs = nowMs - asOfMs;
  const mayAsk = nowMs >= nextAskMs;
  // After a failure nobody waits for the next attempt while what is known counts.
  const mustWait = lastFailure === null || (mayAsk && ageMs >= deskLimits.awayMsMax);
  if (ageMs >= deskLimits.viewMsMax && mustWait) await refresh(env, waitUntil);
  else if (ageMs >= deskLimits.refreshMs && mayAsk) waitUntil(refresh(env, waitUntil));
  const isKnown = Date.now() - asOfMs < deskLimits.awayMsMax;
  if (!isKnown && env.REVOCATIONS_AWAY !== 'open') throw new RevocationsUnknown(lastFailure);
  return view.isRevoked(subject, nowMs);
}

/** One call for all requests that want it; never throws. */
async function refresh(env: DeskEnv, waitUntil: WaitUntil): Promise<void> {
  const askedMs = Date.now();
  nextAskMs = askedMs + deskLimits.refreshMs;
  try {
    await flights.run('revocations', deskLimits.callMsMax, () => ask(env, askedMs), waitUntil);
    lastFailure = null;
  } catch (error) {
    nextAskMs = Date.now() + deskLimits.retryMs;
    lastFailure = error;
    console.warn(JSON.stringify({ event: 'revocations_not_read', error: String(error) }));
  }
}

async function ask(env: DeskEnv, askedMs: number): Promise<void> {
  const desk = env.REVOCATIONS.get(env.REVOCATIONS.idFromName('revocations'));
  const changes = (await desk.changesSince(view.epoch, view.version)) as Changes;
  // An answer that comes after its time must not undo a later one.
  if (askedMs < asOfMs) return;
  view.apply(changes, askedMs);
  view.expire(askedMs);
  asOfMs = askedMs;
}
