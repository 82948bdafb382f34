import type { Env } from '../env.ts';
import { createGate, type Gate } from './gate.ts';
import { keyRing } from './key-ring.ts';
import { leases } from './leases.ts';
import { rates } from './rates.ts';
import { revocations } from './revocations.ts';
import { sessionLeases } from './session-leases.ts';

/** The gate of this deployment; made when the first request of something signed needs it. */
export function gateFor(env: Env, ctx: Pick<ExecutionContext, 'waitUntil'>): Gate {
  const waitUntil = (work: Promise<unknown>) => ctx.waitUntil(work);
  let made: Gate | null = null;
  const gate = () => {
    made ??= createGate({
      keyRing: keyRing(env, waitUntil),
      revocations: revocations(env, waitUntil),
      leases: leases(env, waitUntil),
      sessionLeases: sessionLeases(env, waitUntil),
      rates: rates(env),
      secret: env.ACCESS_KEYS,
      audience: env.DEPLOYMENT ?? 'headwater',
    });
    return made;
  };
  return {
    admit: (visitor, nowMs) => gate().admit(visitor, nowMs),
    sitesOf: (token, channel) => gate().sitesOf(token, channel),
  };
}
