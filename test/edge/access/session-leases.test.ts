import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tokenLimits } from '#shared/limits/access.ts';
import type { Keeping, SessionLeases } from '../../../workers/access/ports.ts';

const { leaseMsDefault: leaseMs, mediaGraceMs, leaseClosedMs } = tokenLimits;
const startMs = Date.UTC(2026, 0, 1);

/** The desk of one session, as lease-desk.ts keeps it, that can be away. */
class Desk {
  heldMs = 0;
  calls = 0;
  isAway = false;
  readonly background: Promise<unknown>[] = [];

  async prolong(knownUntilMs: number, wishMs: number): Promise<number> {
    this.calls++;
    if (this.isAway) throw new Error('away');
    const heldMs = Math.max(this.heldMs, knownUntilMs);
    if (wishMs > 0 && heldMs > Date.now()) this.heldMs = Math.max(heldMs, Date.now() + wishMs);
    return Math.max(this.heldMs, heldMs);
  }

  /** An isolate that has heard of nothing yet. */
  async isolate(setting?: string) {
    vi.resetModules();
    const { sessionLeases } = await import('../../../workers/access/session-leases.ts');
    const env = { LEASES: { idFromName: () => 'id', get: () => this }, ...(setting && { SESSION_LEASE_S: setting }) };
    return asked(sessionLeases(env as never, (work) => this.background.push(work)));
  }
}

function asked({ holds }: SessionLeases) {
  const session = { id: 'ss_1', beganMs: startMs };
  const ask = (isMedia: boolean, keeping: Keeping) => holds(session, isMedia, keeping, Date.now());
  return { playlist: () => ask(false, 'lease'), media: () => ask(true, 'nothing'), ask };
}

let desk: Desk;
beforeEach(() => {
  vi.useFakeTimers({ now: startMs });
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  desk = new Desk();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = async (ms: number) => {
  await Promise.all(desk.background.splice(0));
  await vi.advanceTimersByTimeAsync(ms);
};

test('playlists keep a session for a whole evening, and the desk hears of it every few minutes, behind them', async () => {
  const { playlist, media } = await desk.isolate();
  let behind = 0;
  for (let minute = 0; minute < 300; minute++) {
    const open = await Promise.all([playlist(), media(), playlist(), media()]);
    expect(open).toEqual([true, true, true, true]);
    behind += desk.background.length;
    await pass(60_000);
  }
  expect(desk.calls).toBe(behind);
  expect(desk.calls).toBeGreaterThan(20);
  expect(desk.calls).toBeLessThan(45);
});

test('without playlists media ends a little after the lease, a playlist at its end, and nothing brings it back', async () => {
  const { playlist, media } = await desk.isolate();
  await playlist();
  await pass(leaseMs - 1);
  expect([await media()]).toEqual([true]);
  await pass(1);
  expect([await media(), await playlist(), await media()]).toEqual([true, false, true]);
  await pass(mediaGraceMs - 1);
  expect(await media()).toBe(true);
  await pass(1);
  expect([await media(), await playlist()]).toEqual([false, false]);
  const { calls } = desk;
  for (let i = 0; i < 100; i++) expect(await playlist()).toBe(false);
  expect(desk.calls).toBe(calls);
  const { playlist: elsewhere, media: mediaElsewhere } = await desk.isolate();
  expect([await elsewhere(), await mediaElsewhere()]).toEqual([false, false]);
});

test('an isolate that sees media only learns from the desk that playlists are asked for at another one', async () => {
  const { playlist } = await desk.isolate();
  const other = await desk.isolate();
  for (let minute = 0; minute < 120; minute++) {
    expect([await playlist(), await other.media()]).toEqual([true, true]);
    await pass(60_000);
  }
  await pass(leaseMs + mediaGraceMs);
  expect(await other.media()).toBe(false);
});

test('media of what is read once keeps the session, and a slice keeps it for its hours', async () => {
  const replay = await desk.isolate();
  for (let minute = 0; minute < 120; minute += 20) {
    expect(await replay.ask(true, 'lease')).toBe(true);
    await pass(20 * 60_000);
  }
  await replay.ask(false, 'long-lease');
  await pass(leaseClosedMs - 1_000);
  expect([await replay.media(), await (await desk.isolate()).media()]).toEqual([true, true]);
});

test('a desk that is away ends nobody, is not asked by every request, and believes what went on without it', async () => {
  const { playlist } = await desk.isolate();
  desk.isAway = true;
  for (let second = 0; second < 7_200; second += 10) {
    expect(await playlist()).toBe(true);
    await pass(10_000);
  }
  expect(desk.calls).toBeLessThan(7_200 / 15);
  desk.isAway = false;
  await pass(20_000);
  expect(await playlist()).toBe(true);
  await pass(1_000);
  expect(await (await desk.isolate()).playlist()).toBe(true);
});

test.each([
  ['60', 60_000],
  ['0', leaseMs],
  ['soon', leaseMs],
  ['0.1', tokenLimits.leaseMsMin],
  ['9999999', tokenLimits.sessionMsMax],
])('SESSION_LEASE_S = %s is a lease of %i ms', async (setting, ms) => {
  const { media, playlist } = await desk.isolate(setting);
  vi.setSystemTime(startMs + ms - 1);
  expect([await media(), await playlist()]).toEqual([true, true]);
  await pass(0);
  desk.heldMs = 0;
  const other = await desk.isolate(setting);
  vi.setSystemTime(startMs + ms);
  expect(await other.playlist()).toBe(false);
});

test('a session of a version without leases goes on until its end', async () => {
  vi.resetModules();
  const { sessionLeases } = await import('../../../workers/access/session-leases.ts');
  const { holds } = sessionLeases({ LEASES: null } as never, () => {});
  expect(await holds({ id: 'ss_1', beganMs: null }, false, 'lease', Number.MAX_SAFE_INTEGER)).toBe(true);
});
