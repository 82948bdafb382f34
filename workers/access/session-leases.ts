import { deskLimits, tokenLimits } from '#shared/limits/access.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import type { Env } from '../env.ts';
import { withinCall } from './desk-call.ts';
import type { SessionLeases } from './ports.ts';

type DeskEnv = Pick<Env, 'LEASES' | 'SESSION_LEASE_S'>;
type WaitUntil = (work: Promise<unknown>) => void;

/** What an isolate knows of a session's lease. Times in ms since the Unix epoch. */
interface Known {
  readonly untilMs: number;
  /** The desk is not told again before. */
  readonly nextMs: number;
  /** It lapsed: nothing brings it back. */
  readonly isOver: boolean;
}

const known = new ByteLru<Known>(deskLimits.leasesRememberedMax, deskLimits.leasesRememberedMax);

/**
 * The leases of sessions. A session begins with one, by its sealed beginning; from its first quarter on the desk is told
 * that it goes on, behind the request. So a request asks the desk only where its isolate has not heard of the session.
 */
export function sessionLeases(env: DeskEnv, waitUntil: WaitUntil): SessionLeases {
  const leaseMs = leaseMsOf(env.SESSION_LEASE_S);
  return {
    async holds(session, isMedia, keeping, nowMs) {
      const { id, beganMs } = session;
      // Sealed by a version that had no leases.
      if (beganMs === null) return true;
      const lease = known.get(id) ?? { untilMs: beganMs + leaseMs, nextMs: 0, isOver: false };
      const wishMs = { nothing: 0, lease: leaseMs, 'long-lease': tokenLimits.leaseClosedMs }[keeping];
      if (nowMs < lease.untilMs) {
        if (wishMs > 0 && nowMs >= lease.nextMs && nowMs + wishMs >= lease.untilMs + leaseMs / 4) {
          known.set(id, { ...lease, nextMs: nowMs + deskLimits.touchMs }, 1);
          waitUntil(ask(env, id, wishMs, lease));
        }
        return true;
      }
      const graceMs = isMedia ? tokenLimits.mediaGraceMs : 0;
      const mayRun = !lease.isOver && (wishMs > 0 || nowMs >= lease.untilMs + graceMs);
      const untilMs = mayRun ? await ask(env, id, wishMs, lease) : lease.untilMs;
      return nowMs < untilMs + graceMs;
    },
  };
}

/** How long a session goes on without a playlist: `SESSION_LEASE_S`, held to what makes sense. */
function leaseMsOf(setting: string | undefined): number {
  const given = Number(setting) * 1_000;
  if (!(given > 0)) return tokenLimits.leaseMsDefault;
  return Math.min(Math.max(given, tokenLimits.leaseMsMin), tokenLimits.sessionMsMax);
}

/** Until when the lease runs, as the desk says; while the desk is away every session goes on. */
async function ask(env: DeskEnv, id: string, wishMs: number, lease: Known): Promise<number> {
  const nowMs = Date.now();
  try {
    const desk = env.LEASES.get(env.LEASES.idFromName(`session:${id}`));
    const untilMs = await withinCall(desk.prolong(lease.untilMs, wishMs));
    known.set(id, { untilMs, nextMs: 0, isOver: untilMs + tokenLimits.leewayMs <= nowMs }, 1);
    return untilMs;
  } catch (error) {
    console.warn(JSON.stringify({ event: 'session_lease_not_told', error: String(error) }));
    const untilMs = Math.max(lease.untilMs, nowMs + deskLimits.leaseAwayMsMax);
    known.set(id, { untilMs, nextMs: nowMs + deskLimits.touchMs, isOver: false }, 1);
    return untilMs;
  }
}
