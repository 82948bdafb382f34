import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BroadcastEvent,
  type BroadcastMachine,
  createMachine,
  lastSignMs,
  nextTickMs,
  restoreMachine,
  stepBroadcast,
} from '../../origin/broadcast/machine.ts';

const t0 = 1_790_000_000_000;

/** Applies events in order; returns the last state and all effects by kind. */
function play(events: readonly (readonly [number, BroadcastEvent])[], from = createMachine()) {
  let machine: BroadcastMachine = from;
  const effects: string[] = [];
  for (const [atMs, event] of events) {
    const step = stepBroadcast(machine, event, t0 + atMs);
    machine = step.machine;
    effects.push(...step.effects.map((effect) => effect.kind));
  }
  return { machine, effects };
}

const joined = (session: string, slate = false): BroadcastEvent => ({
  kind: 'publisher_joined',
  session,
  reconnectWindowMs: 60_000,
  slate,
});
const left = (session: string): BroadcastEvent => ({ kind: 'publisher_left', session });
const known: BroadcastEvent = { kind: 'source_known' };
const media: BroadcastEvent = { kind: 'media' };
const tick: BroadcastEvent = { kind: 'tick' };
const died: BroadcastEvent = { kind: 'encoder_exited', random01: 0.5 };

const live = [
  [0, joined('s1')],
  [100, known],
  [500, media],
] as const;

describe('a broadcast', () => {
  it('goes live: probes the source, starts the encoder, reports', () => {
    const { machine, effects } = play(live);
    expect(machine).toMatchObject({ phase: 'live', publisher: 's1', encoder: 'running' });
    expect(effects).toEqual(['start_probe', 'report', 'start_encoder', 'report']);
  });

  it('survives a publisher that comes back inside the window', () => {
    const { machine } = play([...live, [1_000, left('s1')], [30_000, joined('s2')], [30_100, known], [30_500, media]]);
    expect(machine).toMatchObject({ phase: 'live', publisher: 's2', interruptedUntilMs: null });
  });

  it('ends when the window is over, and not before', () => {
    const { machine: waiting } = play([...live, [1_000, left('s1')], [60_999, tick]]);
    expect(waiting).toMatchObject({ phase: 'interrupted', interruptedUntilMs: t0 + 61_000 });
    expect(nextTickMs(waiting)).toBe(t0 + 61_000);
    const { machine, effects } = play([[61_000, tick]], waiting);
    expect(machine.phase).toBe('ended');
    expect(effects).toContain('end_timeline');
  });

  it('gives way to a new publisher at once', () => {
    const { machine, effects } = play([...live, [1_000, joined('s2')], [1_001, left('s1')]]);
    expect(machine).toMatchObject({ publisher: 's2', encoder: 'probing', interruptedUntilMs: null });
    expect(effects.slice(4)).toEqual(['close_publisher', 'stop_encoder', 'start_probe', 'report']);
  });

  it('restarts a dead encoder after a growing delay, reset by media', () => {
    const first = play([...live, [1_000, died]]).machine;
    expect(first).toMatchObject({ phase: 'live', encoder: 'waiting', attempt: 1 });
    const firstDelay = (first.restartAtMs ?? 0) - t0 - 1_000;
    const restarted = play([[1_000 + firstDelay, tick]], first);
    expect(restarted.machine.encoder).toBe('running');
    expect(restarted.effects).toEqual(['start_encoder']);
    const again = play([[20_000, died]], restarted.machine).machine;
    expect((again.restartAtMs ?? 0) - t0 - 20_000).toBeGreaterThan(firstDelay);
    const calm = play(
      [
        [40_000, tick],
        [40_500, media],
      ],
      again,
    ).machine;
    expect(calm.attempt).toBe(0);
  });

  it('looks at the source again when it changes', () => {
    const { machine, effects } = play([...live, [1_000, { kind: 'source_changed' }]]);
    expect(machine.encoder).toBe('probing');
    expect(effects.slice(-2)).toEqual(['stop_encoder', 'start_probe']);
  });

  it('has a slate while its publisher is gone, where the channel wants one', () => {
    const slated = [[0, joined('s1', true)], live[1], live[2], [1_000, left('s1')]] as const;
    const gone = play(slated);
    expect(gone.machine).toMatchObject({ phase: 'interrupted', slate: 'on', interruptedUntilMs: t0 + 61_000 });
    expect(gone.effects.slice(-3)).toEqual(['stop_encoder', 'start_slate', 'report']);
    expect(play([...live, [1_000, left('s1')]]).effects).not.toContain('start_slate');

    const back = play([[9_000, joined('s2', true)]], gone.machine);
    expect(back.machine).toMatchObject({ phase: 'interrupted', slate: 'off' });
    expect(back.effects).toEqual(['stop_slate', 'start_probe', 'report']);
    const goneAgain = play([[9_500, left('s2')]], back.machine);
    expect(goneAgain.machine).toMatchObject({ slate: 'on', interruptedUntilMs: t0 + 69_500 });

    const over = play([[61_000, tick]], gone.machine);
    expect(over.effects).toEqual(['stop_encoder', 'stop_slate', 'end_timeline', 'report']);
  });

  it('gives a slate that fails up until the next interruption', () => {
    const slated = [[0, joined('s1', true)], live[1], live[2], [1_000, left('s1')]] as const;
    const failed = play([...slated, [2_000, { kind: 'slate_failed' }]]);
    expect(failed.machine).toMatchObject({ phase: 'interrupted', slate: 'off', interruptedUntilMs: t0 + 61_000 });
    expect(failed.effects.at(-1)).toBe('stop_slate');
    expect(play([[3_000, { kind: 'slate_failed' }]], failed.machine).effects).toEqual([]);
    const next = [joined('s2', true), known, media, left('s2')] as const;
    expect(
      play(
        next.map((one, i) => [4_000 + i, one]),
        failed.machine,
      ).machine.slate,
    ).toBe('on');
  });

  it('has no slate before anybody saw it, nor without a window', () => {
    expect(play([[0, joined('s1', true)], live[1], [1_000, left('s1')]]).effects).not.toContain('start_slate');
    const noWindow = { kind: 'publisher_joined', session: 's1', reconnectWindowMs: 0, slate: true } as const;
    expect(play([[0, noWindow], live[1], live[2], [1_000, left('s1')]]).effects).not.toContain('start_slate');
  });

  it('goes on with its slate in another process, until the window that began in the one before is over', () => {
    const wishes = { reconnectWindowMs: 60_000, slate: true };
    const inTime = play([[59_999, { kind: 'taken_up' }]], restoreMachine(wishes, t0));
    expect(inTime.effects).toEqual(['start_slate']);
    expect(lastSignMs(inTime.machine, t0 + 59_999)).toBe(t0);
    expect(play([[60_000, { kind: 'taken_up' }]], restoreMachine(wishes, t0)).machine.phase).toBe('ended');
    const without = restoreMachine({ ...wishes, slate: false }, t0);
    expect(play([[1, { kind: 'taken_up' }]], without).effects).toEqual([]);
  });

  it('has no slate in a process that hands over', () => {
    const slated = [[0, joined('s1', true)], live[1], live[2]] as const;
    const handed = play([...slated, [1_000, { kind: 'handed_over' }]]);
    expect(handed.machine).toMatchObject({ phase: 'interrupted', slate: 'off', interruptedUntilMs: t0 + 61_000 });
    expect(handed.effects.slice(-2)).toEqual(['stop_encoder', 'report']);
    const gone = play([...slated, [1_000, left('s1')], [2_000, { kind: 'handed_over' }]]);
    expect(gone.machine).toMatchObject({ slate: 'off', interruptedUntilMs: t0 + 61_000 });
    expect(gone.effects.at(-1)).toBe('stop_slate');
  });

  it('stays ended', () => {
    const ended = play([...live, [1_000, { kind: 'end_asked', sentence: 'The channel was closed.' }]]).machine;
    const { machine, effects } = play(
      [
        [2_000, joined('s2')],
        [2_100, media],
        [2_200, died],
      ],
      ended,
    );
    expect(machine).toEqual(ended);
    expect(effects).toEqual(['close_publisher']);
  });

  it('never has an encoder without a publisher, nor one beside a slate, nor waits for ever', () => {
    const event: fc.Arbitrary<BroadcastEvent> = fc.oneof(
      fc.tuple(fc.constantFrom('s1', 's2'), fc.boolean()).map(([session, slate]) => joined(session, slate)),
      fc.constantFrom('s1', 's2').map(left),
      fc.constantFrom<BroadcastEvent>(known, media, tick, died, { kind: 'source_changed' }, { kind: 'slate_failed' }),
      fc.constantFrom<BroadcastEvent>({ kind: 'taken_up' }, { kind: 'handed_over' }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(90_000), event), { maxLength: 40 }), (steps) => {
        let machine = createMachine();
        let nowMs = t0;
        let seenPublisher = false;
        const running = { encoder: false, slate: false };
        for (const [afterMs, one] of steps) {
          nowMs += afterMs;
          const step = stepBroadcast(machine, one, nowMs);
          machine = step.machine;
          for (const { kind } of step.effects) {
            if (kind === 'start_slate' || kind === 'start_encoder')
              expect(running).toEqual({ encoder: false, slate: false });
            if (kind === 'start_slate' || kind === 'stop_slate') running.slate = kind === 'start_slate';
            if (kind === 'start_encoder' || kind === 'stop_encoder') running.encoder = kind === 'start_encoder';
          }
          expect(running.slate).toBe(machine.slate === 'on');
          if (machine.slate === 'on') expect(machine).toMatchObject({ phase: 'interrupted', publisher: null });
          seenPublisher ||= one.kind === 'publisher_joined';
          if (machine.publisher === null) expect(machine.encoder).toBe('off');
          if (machine.encoder === 'waiting') expect(machine.restartAtMs).not.toBeNull();
          const idle = machine.publisher === null && machine.phase !== 'ended' && seenPublisher;
          if (idle) expect(nextTickMs(machine)).not.toBeNull();
        }
      }),
    );
  });
});
