import type { Answer } from './answer.ts';

/** The Cache API of one PoP. Named, because a local stack has one default cache for all its PoPs. */
export const cacheOfPop = (pop: string) => caches.open(`pop-${pop}`);

/** Nobody's real host: keys carry the canonical path alone, so no token, host or query can split or poison the cache. */
export const popKeyOf = (path: string) => `https://pop.headwater.invalid${path}`;

const bornHeader = 'headwater-born';
const foreignHeader = 'headwater-foreign';

/** The stored object, or null; a broken cache is a miss. */
export async function matchPopCache(pop: string, path: string): Promise<Answer | null> {
  try {
    const response = await (await cacheOfPop(pop)).match(popKeyOf(path));
    if (!response) return null;
    const bornMs = Number(response.headers.get(bornHeader));
    const foreign = response.headers.get(foreignHeader);
    const body = await response.arrayBuffer();
    return { status: 200, body, state: null, bornMs, from: 'pop', ...(foreign && { foreign: JSON.parse(foreign) }) };
  } catch (error) {
    console.error(JSON.stringify({ event: 'pop_cache_match_failed', path, error: String(error) }));
    return null;
  }
}

/** Stores an immutable object for as long as the PoP has room, a foreign one for what is left of its own time. */
export async function putPopCache(pop: string, path: string, answer: Answer): Promise<void> {
  const lifetime = popLifetime(answer, Date.now());
  if (lifetime === null) return;
  const headers = {
    'cache-control': lifetime,
    'content-length': String(answer.body.byteLength),
    [bornHeader]: String(answer.bornMs),
    ...(answer.foreign && { [foreignHeader]: JSON.stringify(answer.foreign) }),
  };
  try {
    await (await cacheOfPop(pop)).put(popKeyOf(path), new Response(answer.body, { headers }));
  } catch (error) {
    console.error(JSON.stringify({ event: 'pop_cache_put_failed', path, error: String(error) }));
  }
}

/** `Cache-Control` for the PoP's own cache, which counts from when it is given something; null: its time is over. */
export function popLifetime({ foreign, bornMs }: Pick<Answer, 'foreign' | 'bornMs'>, nowMs: number): string | null {
  if (!foreign) return 'public, max-age=31536000, immutable';
  const leftS = Math.floor((foreign.policy.freshMs - (nowMs - bornMs)) / 1_000);
  return leftS < 1 ? null : `public, max-age=${leftS}`;
}
