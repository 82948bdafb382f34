import { edgeLimits } from '#shared/limits/edge.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { admit, type Breaker, closedBreaker, settle } from './breaker.ts';

/** Breakers by upstream host, for all shields of this isolate: what one found out, the others need not. */
const breakers = new ByteLru<Breaker>(edgeLimits.breakersMax, edgeLimits.breakersMax);

/** Whether a request may go to this host now. */
export function mayAsk(host: string): boolean {
  const next = admit(breakers.get(host) ?? closedBreaker, Date.now());
  if (next) breakers.set(host, next, 1);
  return next !== null;
}

/** Notes how a request to this host ended. */
export function noteOutcome(host: string, answered: boolean): void {
  const before = breakers.get(host) ?? closedBreaker;
  const after = settle(before, answered, Date.now());
  if (after.kind !== before.kind) {
    const level = after.kind === 'open' ? 'warn' : 'info';
    console[level](JSON.stringify({ event: 'origin_breaker', host, from: before.kind, to: after.kind }));
  }
  breakers.set(host, after, 1);
}
