import { tokenLimits } from '#shared/limits/access.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import type { Rates } from './ports.ts';

/** When an address was last counted with a token, ms since the Unix epoch. */
const counted = new ByteLru<number>(tokenLimits.verifiedEntriesMax, tokenLimits.verifiedEntriesMax);

/**
 * Whether a token that is never exchanged may be played with from an address. A player asks for manifests several times a
 * second: an address is counted with a token once a minute, as one that begins a session is.
 * @param name id of the token or its digest
 */
export async function mayUse(rates: Rates, name: string, address: string | null, nowMs: number): Promise<boolean> {
  const pair = `${address} ${name}`;
  const lastMs = counted.get(pair);
  if (lastMs !== undefined && nowMs - lastMs < tokenLimits.usedAgainMs) return true;
  if (!(await rates.mayBegin(address, name))) return false;
  counted.set(pair, nowMs, 1);
  return true;
}
