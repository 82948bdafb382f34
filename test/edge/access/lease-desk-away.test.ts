import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { deskLimits } from '#shared/limits/access.ts';
import { noSessions, type PlaceRequest, takePlace } from '../../../workers/access/desk/lease-state.ts';
import type { LeaseRequest, Leases } from '../../../workers/access/ports.ts';

const running: LeaseRequest = {
  session: 's',
  owner: null,
  viewer: 'v',
  streamsMax: 1,
  whenFull: 'refuse-newest',
  link: null,
  isNew: false,
};
const beginning = { ...running, isNew: true };

/** A desk that can be away. */
class Desk {
  state = noSessions;
  calls = 0;
  isAway = false;
  readonly background: Promise<unknown>[] = [];

  async take(request: PlaceRequest): Promise<number | null> {
    this.calls++;
    if (this.isAway) throw new Error('away');
    const { state, untilMs } = takePlace(this.state, request, Date.now());
    this.state = state;
    return untilMs;
  }

  async isolate(): Promise<Leases> {
    vi.resetModules();
    const { leases } = await import('../../../workers/access/leases.ts');
    const env = { LEASES: { idFromName: () => 'id', get: () => this }, DB: null };
    return leases(env as never, (work) => this.background.push(work));
  }
}

let desk: Desk;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  desk = new Desk();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a session is told of once in twenty seconds, behind its requests, and keeps its place', async () => {
  const { renew } = await desk.isolate();
  await renew(beginning);
  for (let second = 0; second < 120; second++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => renew(running)));
    expect(answers.every((answer) => answer.granted && answer.untilMs > Date.now())).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(desk.calls).toBe(6);
  expect(desk.background).toHaveLength(5);
});

test('a session that was ended learns so with its next call', async () => {
  const { renew } = await desk.isolate();
  await renew({ ...beginning, whenFull: 'end-oldest' });
  await renew({ ...beginning, session: 'newer', whenFull: 'end-oldest' });
  expect(await renew(running)).toMatchObject({ granted: true });
  await vi.advanceTimersByTimeAsync(deskLimits.touchMs);
  await renew(running);
  await Promise.all(desk.background);
  expect(await renew(running)).toEqual({ granted: false, code: 'too_many_streams' });
});

test('while the desk is away running sessions go on for five minutes, new ones that must be counted do not begin', async () => {
  const { renew } = await desk.isolate();
  await renew(beginning);
  desk.isAway = true;
  await expect(renew({ ...beginning, session: 'new' })).rejects.toThrow('lease desk does not answer');
  expect(await renew({ ...beginning, session: 'free', streamsMax: null })).toMatchObject({ granted: true });
  let playedMs = 0;
  for (; playedMs < 600_000; playedMs += 5_000) {
    await vi.advanceTimersByTimeAsync(5_000);
    if ((await renew(running).catch(() => null)) === null) break;
    await Promise.allSettled(desk.background);
  }
  expect(playedMs).toBeGreaterThanOrEqual(deskLimits.leaseAwayMsMax - 5_000);
  expect(playedMs).toBeLessThanOrEqual(deskLimits.leaseAwayMsMax + deskLimits.leaseMs);
  desk.isAway = false;
  await vi.advanceTimersByTimeAsync(deskLimits.touchMs);
  expect(await renew(running)).toMatchObject({ granted: true });
});

test('an isolate that does not know a running session asks, and believes it while the desk is away', async () => {
  const { renew } = await desk.isolate();
  expect(await renew(running)).toMatchObject({ granted: true });
  expect(await renew({ ...running, session: 'second' })).toEqual({ granted: false, code: 'too_many_streams' });
  desk.isAway = true;
  expect(await renew({ ...running, session: 'third' })).toMatchObject({ granted: true });
});
