import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { sitesOfPlayed } from '../../../workers/playback/embed-sites.ts';
import type { Visit } from '../../../workers/playback/visit.ts';

/** What the PoP keeps, by path. */
const kept = new Map<string, string>();
let sites: readonly string[] | null = null;
let isAway = false;

const find = async () => {
  if (isAway) throw new Error('D1 is away');
  return { sites };
};
const visit = {
  ...{ request: {}, env: { POP: 'fra' }, ctx: { waitUntil: () => undefined } },
  ...{ resolve: find, resolveBroadcast: find, resolveClip: find },
} as unknown as Visit;
const pathOf = (kind: string, id: string) => `/embed-sites/${kind}/${id}`;

beforeEach(() => {
  vi.useFakeTimers();
  isAway = false;
  const keyOf = (key: string) => new URL(key).pathname;
  vi.stubGlobal('caches', {
    open: async () => ({
      match: async (key: string) => (kept.has(keyOf(key)) ? new Response(kept.get(keyOf(key))) : undefined),
      put: async (key: string, response: Response) => void kept.set(keyOf(key), await response.text()),
    }),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each(['channel', 'replay', 'clip'] as const)(
  'a %s whose list another isolate noted later is for the sites of that one while D1 is away, and not for older ones',
  async (kind) => {
    const played = { kind, id: `${kind}-1` } as const;
    const path = pathOf(kind, played.id);
    sites = ['old.example'];
    expect(await sitesOfPlayed(visit, played)).toEqual(['old.example']);
    await vi.advanceTimersByTimeAsync(edgeLimits.resolveStaleMsMax + 1);
    isAway = true;
    expect(await sitesOfPlayed(visit, played)).toEqual(['old.example']);
    const news = JSON.stringify({ sites: ['new.example'], atMs: Date.now() });
    kept.set(path, news);
    expect(await sitesOfPlayed(visit, played)).toEqual(['new.example']);
    // Nor once what this isolate knew itself is older than an hour.
    await vi.advanceTimersByTimeAsync(edgeLimits.embedSitesMsMax - edgeLimits.resolveStaleMsMax);
    kept.set(path, JSON.stringify({ sites: ['newest.example'], atMs: Date.now() }));
    expect(await sitesOfPlayed(visit, played)).toEqual(['newest.example']);
    kept.set(path, JSON.stringify({ sites: ['older.example'], atMs: 0 }));
    await expect(sitesOfPlayed(visit, played)).rejects.toThrow();
  },
);

test.each(['channel', 'replay', 'clip'] as const)(
  'what is remembered of a %s is not noted as found now',
  async (kind) => {
    const played = { kind, id: `${kind}-2` } as const;
    sites = ['a.example'];
    await sitesOfPlayed(visit, played);
    await vi.advanceTimersByTimeAsync(edgeLimits.embedSitesNotedMs);
    const before = kept.get(pathOf(kind, played.id));
    isAway = true;
    expect(await sitesOfPlayed(visit, played)).toEqual(['a.example']);
    await vi.advanceTimersByTimeAsync(0);
    expect(before).toBeDefined();
    expect(kept.get(pathOf(kind, played.id))).toBe(before);
    await vi.advanceTimersByTimeAsync(edgeLimits.embedSitesMsMax - edgeLimits.embedSitesNotedMs);
    await expect(sitesOfPlayed(visit, played)).rejects.toThrow();
    isAway = false;
    sites = null;
    expect(await sitesOfPlayed(visit, played)).toBeNull();
  },
);
