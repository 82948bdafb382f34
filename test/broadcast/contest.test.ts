import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { arbiterLimits } from '#shared/limits/control.ts';
import type { LeaseAnswer, LeaseQuestion } from '#shared/wire/control.ts';
import { Contest } from '../../origin/broadcast/contest.ts';
import { silentLog } from '../support/log.ts';

const { leaseMs, marginMs, renewMs, backupBelievedMs } = arbiterLimits;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const active = (standbys = 1): LeaseAnswer => ({ role: 'active', epoch: 1, standbys, leftMs: leaseMs });

/** A broadcast with a publisher, and an arbiter that says what the test wants. */
function begin(
  session: string | null = 's1',
  answer: (question: LeaseQuestion) => Promise<LeaseAnswer> = async () => active(),
) {
  const told: string[] = [];
  const asked: LeaseQuestion[] = [];
  const broadcast = {
    id: 'b_1',
    channel: 'demo',
    ended: false,
    session,
    isStarved: false,
    reconnectWindowMs: backupBelievedMs as number,
    note: (code: string, holds: boolean) => {
      if (holds !== told.includes(`${code} true`)) told.push(`${code} ${holds}`);
    },
    letGo: (sentence: string) => {
      told.push(`let go${sentence ? ' of the publisher' : ''}`);
      broadcast.session = null;
    },
    stored: async () => void told.push('stored'),
  };
  const stage = {
    told,
    asked,
    broadcast,
    answer,
    drained: async () => void told.push('drained'),
    isGivenAway: false,
  };
  const contest = new Contest({
    originId: 'o1',
    broadcast,
    control: {
      lease: (question) => {
        asked.push(question);
        if (question.wish === 'leave') told.push('left');
        return stage.answer(question);
      },
    },
    drained: () => stage.drained(),
    isGivenAway: () => stage.isGivenAway,
    onLapsed: () => void told.push('lapsed'),
    onLost: () => void told.push('lost'),
    onOver: () => void told.push('over'),
    log: silentLog,
    now: Date.now,
  });
  return { ...stage, stage, contest };
}

describe('a broadcast that a backup waits for', () => {
  it('is held under a lease, again every second, and its streamer is told', async () => {
    const { told, asked, contest } = begin();
    await vi.advanceTimersByTimeAsync(3 * renewMs);
    expect(asked).toEqual(Array(4).fill({ origin: 'o1', channel: 'demo', session: 's1', wish: 'claim' }));
    expect(told).toEqual(['ingest.backup true']);
    contest.stop();
  });

  it('stops before its lease can have ended: a second before it, counted from when it asked', async () => {
    const { told, stage } = begin();
    await vi.advanceTimersByTimeAsync(0);
    // Each of the answers that come is of a question from before.
    stage.answer = () => Promise.reject(new Error('away'));
    await vi.advanceTimersByTimeAsync(leaseMs - marginMs - 1);
    expect(told).toEqual(['ingest.backup true']);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['ingest.backup true', 'let go of the publisher', 'lapsed']);
  });

  it('counts nothing of an answer that was on its way for as long as a lease', async () => {
    const late = () =>
      new Promise<LeaseAnswer>((resolve) => setTimeout(() => resolve(active()), leaseMs - marginMs + 1));
    const { told } = begin('s1', late);
    await vi.advanceTimersByTimeAsync(leaseMs - marginMs);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(told).toContain('lapsed');
  });

  it('belongs to another once the arbiter says so', async () => {
    const { told, stage } = begin();
    await vi.advanceTimersByTimeAsync(0);
    stage.answer = async () => ({ ...active(), role: 'standby' });
    await vi.advanceTimersByTimeAsync(5 * leaseMs);
    expect(told).toEqual(['ingest.backup true', 'ingest.backup false', 'over', 'lost']);
  });

  it('needs no lease any more when nobody waits', async () => {
    const { told, asked, stage } = begin();
    await vi.advanceTimersByTimeAsync(0);
    stage.answer = async () => active(0);
    await vi.advanceTimersByTimeAsync(5 * leaseMs);
    expect(asked).toHaveLength(2);
    expect(told).toEqual(['ingest.backup true', 'ingest.backup false', 'over']);
  });
});

describe('a broadcast of an origin that is drained', () => {
  it('is let go though its publisher is there, and goes to the backup once all of it is in the bucket', async () => {
    const { told, asked, stage, contest } = begin();
    await vi.advanceTimersByTimeAsync(renewMs);
    stage.isGivenAway = true;
    await vi.advanceTimersByTimeAsync(3 * renewMs);
    const given = ['drained', 'let go of the publisher', 'let go', 'stored', 'drained', 'left'];
    expect(told).toEqual(['ingest.backup true', ...given]);
    expect(asked.slice(-2).map(({ wish }) => wish)).toEqual(['hold', 'leave']);
    contest.stop();
  });

  it('stays where it would be over before the backup can have come', async () => {
    const { told, stage, broadcast, contest } = begin();
    broadcast.reconnectWindowMs = backupBelievedMs - 1;
    stage.isGivenAway = true;
    await vi.advanceTimersByTimeAsync(5 * renewMs);
    expect(told).toEqual(['ingest.backup true']);
    contest.stop();
  });

  it('stays where the bucket takes nothing, which is asked once, or nobody waits any more', async () => {
    const { told, stage, contest } = begin();
    stage.isGivenAway = true;
    let waiters = 0;
    stage.drained = () => {
      waiters++;
      return new Promise(() => {});
    };
    await vi.advanceTimersByTimeAsync(5 * renewMs);
    expect(told).toEqual(['ingest.backup true']);
    expect(waiters).toBe(1);
    stage.drained = async () => {};
    stage.answer = async () => active(0);
    await vi.advanceTimersByTimeAsync(2 * renewMs);
    expect(told).toEqual(['ingest.backup true', 'ingest.backup false', 'over']);
    contest.stop();
  });
});

describe('a broadcast whose publisher has left', () => {
  it('is let go once all of it is in the bucket, and only once', async () => {
    const { told, asked, broadcast, contest } = begin();
    await vi.advanceTimersByTimeAsync(0);
    broadcast.session = null;
    await vi.advanceTimersByTimeAsync(5 * renewMs);
    expect(told).toEqual(['ingest.backup true', 'let go', 'stored', 'drained', 'left']);
    expect(asked.map(({ wish, session }) => `${wish} ${session}`)).toEqual(['claim s1', 'hold s1', 'leave s1']);
    contest.stop();
  });

  it('is let go too while its publisher is there and sends nothing', async () => {
    const { told, broadcast, contest } = begin();
    await vi.advanceTimersByTimeAsync(0);
    broadcast.isStarved = true;
    await vi.advanceTimersByTimeAsync(2 * renewMs);
    expect(told).toEqual(['ingest.backup true', 'let go of the publisher', 'let go', 'stored', 'drained', 'left']);
    contest.stop();
  });

  it('is not let go when another publisher came while it was asked', async () => {
    const { told, broadcast, stage, contest } = begin(null);
    stage.answer = async ({ wish }) => {
      if (wish === 'hold') broadcast.session = 's2';
      return active();
    };
    contest.stop();
    await vi.advanceTimersByTimeAsync(3 * renewMs);
    expect(told).not.toContain('left');
  });

  it('is held until the bucket has taken what was made, however long that is', async () => {
    const { told, asked, stage, contest } = begin(null);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    stage.drained = () => promise;
    await vi.advanceTimersByTimeAsync(10 * leaseMs);
    expect(told).not.toContain('left');
    expect(told).not.toContain('lapsed');
    expect(asked.every(({ wish }) => wish === 'hold')).toBe(true);
    resolve(undefined);
    await vi.advanceTimersByTimeAsync(2 * renewMs);
    expect(told).toContain('left');
    contest.stop();
  });

  it('is given up when its process stops, as soon as the bucket has it', async () => {
    const { told, contest } = begin(null);
    await contest.giveUp();
    expect(told.indexOf('left')).toBeGreaterThan(told.indexOf('drained'));
    contest.stop();
  });

  it('is not asked about without a pause where nobody answers', async () => {
    const { asked, contest } = begin(null, async () => {
      throw new Error('nobody');
    });
    const given = contest.giveUp();
    await vi.advanceTimersByTimeAsync(3 * renewMs);
    expect(asked.length).toBeLessThan(12);
    contest.stop();
    await vi.advanceTimersByTimeAsync(renewMs);
    await given;
  });

  it('is let go for nobody once the backup has left', async () => {
    const { told, contest } = begin(null, async () => active(0));
    await vi.advanceTimersByTimeAsync(3 * renewMs);
    expect(told).toEqual(['over']);
    contest.stop();
  });

  it('is held again when another publisher comes to it before the backup has taken over', async () => {
    const { asked, broadcast, contest } = begin(null);
    await vi.advanceTimersByTimeAsync(renewMs);
    expect(asked.at(-1)?.wish).toBe('leave');
    broadcast.session = 's2';
    await vi.advanceTimersByTimeAsync(renewMs);
    expect(asked.at(-1)).toMatchObject({ wish: 'claim', session: 's2' });
    contest.stop();
  });
});
