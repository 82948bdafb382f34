import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Changes, RevocationBook } from '../../../workers/access/desk/revocation-book.ts';
import type { Revocations } from '../../../workers/access/ports.ts';

const startMs = Date.UTC(2026, 0, 1);
const nobody = { kid: 'k', owner: null, link: null, viewer: null, channel: null, broadcast: null, issuedMs: 0 };
const subject = { ...nobody, session: 's' };

/** A desk that can be away, or answer never. */
class Desk {
  book = new RevocationBook({ epoch: 'e', version: 0, floor: 0 }, []);
  calls = 0;
  mood: 'well' | 'failing' | 'silent' = 'well';
  readonly background: Promise<unknown>[] = [];

  async changesSince(epoch: string, version: number): Promise<Changes> {
    this.calls++;
    if (this.mood === 'failing') throw new Error('away');
    if (this.mood === 'silent') return new Promise<Changes>(() => {});
    return this.book.changesSince(epoch, version);
  }

  revoke(session: string): void {
    const atMs = Date.now();
    this.book.add(
      { kind: 'session', value: session, issuedBeforeMs: null, untilMs: atMs + 1e9, atMs, label: '' },
      () => 'rv',
    );
  }

  /** An isolate of its own. */
  async isolate(away?: string): Promise<Revocations> {
    vi.resetModules();
    const { revocations } = await import('../../../workers/access/revocations.ts');
    const env = { REVOCATIONS: { idFromName: () => 'id', get: () => this }, REVOCATIONS_AWAY: away };
    return revocations(env as never, (work) => this.background.push(work));
  }
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

test('a thousand requests in three seconds are one call; the next one goes on behind a request', async () => {
  const { isRevoked } = await desk.isolate();
  await Promise.all(Array.from({ length: 1_000 }, () => isRevoked(subject)));
  expect(desk.calls).toBe(1);
  desk.revoke('s');
  await vi.advanceTimersByTimeAsync(2_999);
  expect([await isRevoked(subject), desk.calls]).toEqual([false, 1]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await Promise.all([isRevoked(subject), isRevoked(subject)])).toEqual([false, false]);
  await Promise.all(desk.background);
  expect([await isRevoked(subject), desk.calls]).toEqual([true, 2]);
});

test('what was heard too long ago is not answered from', async () => {
  const { isRevoked } = await desk.isolate();
  await isRevoked(subject);
  desk.revoke('s');
  await vi.advanceTimersByTimeAsync(8_000);
  expect(await Promise.all([isRevoked(subject), isRevoked(subject)])).toEqual([true, true]);
});

test.each(['failing', 'silent'] as const)(
  'while the desk is %s what is known counts for a minute, then nothing plays',
  async (mood) => {
    const { isRevoked } = await desk.isolate();
    desk.revoke('s');
    await isRevoked(subject);
    desk.mood = mood;
    const other = { ...subject, session: 'other' };
    const ask = async (one = subject): Promise<boolean | string> => {
      const asked = isRevoked(one).catch((error) => error.name);
      await vi.advanceTimersByTimeAsync(1_500);
      return asked;
    };
    await vi.advanceTimersByTimeAsync(20_000);
    expect([await ask(), await ask(other)]).toEqual([true, false]);
    const calls = desk.calls;
    // After a failure requests do not wait for the next attempt, and attempts are a second apart.
    for (let i = 0; i < 100; i++) expect(await isRevoked(other)).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    for (let i = 0; i < 100; i++) expect(await isRevoked(other)).toBe(false);
    expect(desk.calls - calls).toBeLessThanOrEqual(2);
    await vi.advanceTimersByTimeAsync(45_000);
    expect(await ask(other)).toBe('RevocationsUnknown');
    desk.mood = 'well';
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await ask(), await ask(other)]).toEqual([true, false]);
  },
);

test('a deployment can choose to play on', async () => {
  desk.mood = 'failing';
  const closed = await desk.isolate();
  await expect(closed.isRevoked(subject)).rejects.toThrow('has not answered');
  const open = await desk.isolate('open');
  expect(await open.isRevoked(subject)).toBe(false);
});
