import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbiterLimits } from '#shared/limits/control.ts';
import {
  type Arbitration,
  type Claim,
  claimPlace,
  leavePlace,
  noArbitration,
  type Standing,
} from '../../workers/arbiter/arbitration.ts';

const { leaseMs, marginMs, standbysMax } = arbiterLimits;

/** An arbiter with a clock that the test turns. */
class Desk {
  nowMs = 1_000_000;
  state: Arbitration = noArbitration;
  /** What the catalogue says. */
  known: Claim['known'] = null;

  claim(origin: string, session = `${origin}-1`, isHeld = false): Standing {
    const [state, standing] = claimPlace(this.state, { origin, session, isHeld, known: this.known }, this.nowMs);
    this.state = state;
    return standing;
  }

  leave(origin: string, session = `${origin}-1`): void {
    this.state = leavePlace(this.state, origin, session, this.nowMs);
  }
}

describe('a second publisher', () => {
  it('waits while the first is alive by the catalogue, and takes over once it is not', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: desk.nowMs + 10_000 };
    expect(desk.claim('b')).toEqual({ role: 'standby', epoch: 0, standbys: 1, leftMs: 10_000 });
    for (let i = 0; i < 4; i++) {
      desk.nowMs += 2_500;
      expect(desk.claim('b').role).toBe(i < 3 ? 'standby' : 'active');
    }
    expect(desk.state.epoch).toBe(1);
  });

  it('takes over as soon as the lease of the first has ended, whatever the catalogue says', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    desk.claim('b');
    expect(desk.claim('a')).toEqual({ role: 'active', epoch: 1, standbys: 1, leftMs: leaseMs });
    desk.nowMs += leaseMs - 1;
    expect(desk.claim('b')).toMatchObject({ role: 'standby', leftMs: 1 });
    desk.nowMs += 1;
    expect(desk.claim('b')).toMatchObject({ role: 'active', epoch: 2, standbys: 0 });
    expect(desk.claim('a')).toMatchObject({ role: 'standby', epoch: 2 });
  });

  it('takes over at once when the first lets go', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    desk.claim('b');
    desk.claim('a');
    desk.leave('a');
    expect(desk.claim('b')).toMatchObject({ role: 'active', epoch: 2 });
  });

  it('goes on waiting when the first has got another publisher before it let go of the old one', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    desk.claim('b');
    desk.claim('a', 'old');
    expect(desk.claim('a', 'new')).toMatchObject({ role: 'active', epoch: 2 });
    desk.leave('a', 'old');
    expect(desk.claim('b').role).toBe('standby');
  });

  it('goes on waiting when the first has got another publisher while the place of the old one was held', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    desk.claim('b');
    desk.claim('a', 'old');
    desk.claim('a', 'new');
    expect(desk.claim('a', 'old', true)).toMatchObject({ role: 'active', epoch: 2 });
    desk.leave('a', 'old');
    expect(desk.claim('b').role).toBe('standby');
  });

  it('is let in when a grant never reached the catalogue, which still names one that has left', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    desk.claim('b');
    desk.claim('a');
    desk.leave('a');
    desk.claim('b');
    desk.claim('b');
    desk.nowMs += leaseMs;
    expect(desk.claim('c').role).toBe('active');
  });

  it('comes before one that came later, and is passed over once it is not heard any more', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    desk.claim('b');
    desk.claim('c');
    desk.claim('a');
    desk.leave('a');
    expect(desk.claim('c').role).toBe('standby');
    desk.nowMs += leaseMs;
    expect(desk.claim('c')).toMatchObject({ role: 'active', standbys: 0 });
  });

  it('is refused where enough of them wait', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    const roles = Array.from({ length: standbysMax + 1 }, (_, i) => desk.claim(`o${i}`).role);
    expect(roles).toEqual([...Array(standbysMax).fill('standby'), 'refused']);
  });
});

describe('an active origin', () => {
  it('that was late goes on when nobody has taken over', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: Number.POSITIVE_INFINITY };
    desk.claim('b');
    desk.claim('a');
    desk.nowMs += leaseMs + 1;
    expect(desk.claim('a')).toMatchObject({ role: 'active', epoch: 2 });
  });

  it('whom nobody waits for needs no lease, once the catalogue names it', () => {
    const desk = new Desk();
    desk.known = { origin: 'a', untilMs: desk.nowMs - 1 };
    expect(desk.claim('b').role).toBe('active');
    // Its change of the catalogue has not gone through yet.
    expect(desk.claim('a').role).toBe('standby');
    desk.nowMs += leaseMs;
    desk.known = { origin: 'b', untilMs: desk.nowMs + 60_000 };
    desk.claim('b');
    desk.nowMs += 2 * leaseMs;
    expect(desk.claim('a').role).toBe('standby');
    expect(desk.claim('b').role).toBe('active');
  });

  it('is not replaced by one that read the catalogue a moment before it changed', () => {
    const desk = new Desk();
    const before = { origin: 'a', untilMs: desk.nowMs + 10_000 };
    desk.known = before;
    desk.claim('b');
    desk.claim('a');
    desk.leave('a');
    desk.claim('b');
    desk.known = { origin: 'b', untilMs: desk.nowMs + 10_000 };
    desk.claim('b');
    desk.known = before;
    expect(desk.claim('a').role).toBe('standby');
  });
});

/** An origin as the arbiter does not see it: it acts on answers that may come late, by its own clock. */
interface Actor {
  /** Until when it thinks that it is active, by true time. */
  activeUntilMs: number;
  epoch: number;
}

const step = fc.record({
  origin: fc.constantFrom('a', 'b', 'c'),
  waitMs: fc.integer({ min: 0, max: 2 * leaseMs }),
  /** Of the question and of the answer; an answer may be lost. */
  thereMs: fc.integer({ min: 0, max: leaseMs }),
  backMs: fc.integer({ min: 0, max: 2 * leaseMs }),
  isLost: fc.boolean(),
  leaves: fc.boolean(),
});

it('no two origins think at one moment that they are active, however late questions and answers are', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const desk = new Desk();
      // From here on everybody has been told that others wait.
      desk.known = { origin: 'a', untilMs: 0 };
      const actors = new Map<string, Actor>();
      let grantedEpoch = 0;
      let atMs = desk.nowMs;
      for (const { origin, waitMs, thereMs, backMs, isLost, leaves } of steps) {
        atMs = Math.max(atMs + waitMs, desk.nowMs);
        const sentMs = atMs;
        desk.nowMs = sentMs + thereMs;
        const actor = actors.get(origin) ?? { activeUntilMs: 0, epoch: 0 };
        actors.set(origin, actor);
        if (leaves) {
          // It stops before it says so.
          actor.activeUntilMs = Math.min(actor.activeUntilMs, sentMs);
          desk.leave(origin);
          continue;
        }
        const { role, epoch } = desk.claim(origin);
        if (role === 'active' && epoch !== grantedEpoch) {
          expect(epoch).toBeGreaterThan(grantedEpoch);
          grantedEpoch = epoch;
        }
        const heardMs = desk.nowMs + backMs;
        const untilMs = sentMs + leaseMs - marginMs;
        if (isLost || role !== 'active' || untilMs <= heardMs) continue;
        const rivals = [...actors].filter(([name, one]) => name !== origin && one.activeUntilMs > desk.nowMs);
        expect(rivals).toEqual([]);
        Object.assign(actor, { activeUntilMs: untilMs, epoch });
      }
    }),
    { numRuns: 500 },
  );
});

it('whoever keeps asking is active in the end, and only one of them', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.subarray(['a', 'b', 'c'], { minLength: 1 }), (steps, askers) => {
      const desk = new Desk();
      desk.known = { origin: 'a', untilMs: 0 };
      for (const { origin, waitMs, leaves } of steps) {
        desk.nowMs += waitMs;
        if (leaves) desk.leave(origin);
        else desk.claim(origin);
      }
      for (let round = 0; round < 4; round++) {
        desk.nowMs += arbiterLimits.renewMs;
        for (const origin of askers) desk.claim(origin);
      }
      desk.nowMs += arbiterLimits.renewMs;
      const roles = askers.map((origin) => desk.claim(origin).role);
      expect(roles.filter((role) => role === 'active')).toHaveLength(1);
    }),
  );
});
