import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import { Counters } from '../../../workers/cache/counters.ts';
import { mayAsk } from '../../../workers/shield/health.ts';
import { lostRace, OriginFetch } from '../../../workers/shield/origin-fetch.ts';
import { Race } from '../../../workers/shield/race.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const signalOf = (race: Race) => race.run(async ({ signal }) => signal);

test('the limit ends what is open, and what is begun after it before it asks anything', async () => {
  const race = new Race(100);
  const open = Promise.withResolvers<void>();
  let early: AbortSignal | null = null;
  const first = race.run(({ signal }) => {
    early = signal;
    return open.promise;
  });
  expect((await signalOf(race)).aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(early).toMatchObject({ aborted: true });
  const late = await signalOf(race);
  expect([late.aborted, late.reason === lostRace]).toEqual([true, false]);
  open.resolve();
  await first;
  race.end();
  expect((await signalOf(race)).reason).toBe(lostRace);
});

test('when one has come home the others are called off, and no timer is left', async () => {
  const race = new Race(100);
  race.end();
  expect((await signalOf(race)).reason).toBe(lostRace);
  expect(vi.getTimerCount()).toBe(0);
});

test('an attempt for which there is no time left asks nobody and blames nobody', async () => {
  const asked = vi.fn();
  vi.stubGlobal('fetch', asked);
  const counters = new Counters();
  const origin = new OriginFetch(`k1:${'s'.repeat(32)}`, () => {}, counters);
  const route = { kind: 'mpd', broadcast: `b_${'0'.repeat(20)}` } as const;
  const request = { route, path: formatPlaybackPath(route), directives: noDirectives };
  const address = { url: 'http://late.example', key: null };
  const control = new AbortController();
  control.abort();
  for (let i = 0; i < edgeLimits.breakerFailures; i++) {
    const { answer, mayRepeat } = await origin.attempt(address, request, control);
    expect([answer.status, mayRepeat]).toEqual([504, false]);
  }
  expect([asked.mock.calls.length, counters.take(), mayAsk(address.url)]).toEqual([0, null, true]);
});
