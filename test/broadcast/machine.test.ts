import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BroadcastEvent,
  type BroadcastMachine,
  createMachine,
  nextTickMs,
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

const joined = (session: string): BroadcastEvent => ({
  kind: 'publisher_joined',
  session,
  reconnectWindowMs: 60_000,
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

  it('never has an encoder without a publisher, nor waits for ever without one', () => {
    const event: fc.Arbitrary<BroadcastEvent> = fc.oneof(
      fc.constantFrom('s1', 's2').map(joined),
      fc.constantFrom('s1', 's2').map(left),
      fc.constantFrom(known, media, tick, died, { kind: 'source_changed' } as const),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(90_000), event), { maxLength: 40 }), (steps) => {
        let machine = createMachine();
        let nowMs = t0;
        let seenPublisher = false;
        for (const [afterMs, one] of steps) {
          nowMs += afterMs;
          machine = stepBroadcast(machine, one, nowMs).machine;
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
