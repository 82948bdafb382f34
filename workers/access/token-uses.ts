import { tokenLimits } from '#shared/limits/access.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import type { Rates } from './ports.ts';

/** An address that plays with a token; times in ms since the Unix epoch. */
interface Player {
  /** When it was last counted by the rate limiters. */
  readonly countedMs: number;
  readonly seenMs: number;
}

const players = new ByteLru<Player>(tokenLimits.verifiedEntriesMax, tokenLimits.verifiedEntriesMax);

/**
 * Whether a token that is never exchanged may be played with from an address, and whether that begins now: after as long a
 * silence as ends a session. A player asks for manifests several times a second: an address is counted with a token once a
 * minute, as one that begins a session is.
 * @param name id of the token or its digest
 */
export async function useToken(
  rates: Rates,
  name: string,
  address: string | null,
  nowMs: number,
): Promise<'begins' | 'goes-on' | 'refused'> {
  const pair = `${address} ${name}`;
  const known = players.get(pair);
  const isCounted = known !== undefined && nowMs - known.countedMs < tokenLimits.usedAgainMs;
  if (!isCounted && !(await rates.mayBegin(address, name))) return 'refused';
  players.set(pair, { countedMs: isCounted ? known.countedMs : nowMs, seenMs: nowMs }, 1);
  return known && nowMs - known.seenMs < tokenLimits.leaseMsDefault ? 'goes-on' : 'begins';
}
