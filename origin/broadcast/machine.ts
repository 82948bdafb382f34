import { broadcastLimits } from '#shared/limits/origin.ts';
import type { BroadcastState } from '#shared/model/broadcast.ts';
import type { PublishAccepted } from '#shared/wire/control.ts';
import { restartDelayMs } from '../transcoder/backoff.ts';

/**
 * One live run of a channel as a function of (state, event, now). Effects are values; the conductor carries them out.
 *
 *   starting ─media→ live ─publisher left→ interrupted ─publisher back, media→ live
 *        └────────────── end asked, or reconnect window over ──────────────→ ended
 *
 * While it is interrupted a slate may stand in for the publisher; it changes nothing about the reconnect window.
 */
export interface BroadcastMachine {
  readonly phase: BroadcastState;
  /** As the channel had it when the newest publisher joined. */
  readonly reconnectWindowMs: number;
  /** Session that feeds the broadcast. */
  readonly publisher: string | null;
  /** `probing`: the source is being looked at; `waiting`: the encoder died and comes back at `restartAtMs`. */
  readonly encoder: 'off' | 'probing' | 'running' | 'waiting';
  readonly restartAtMs: number | null;
  /** Encoder deaths since media last flowed. */
  readonly attempt: number;
  readonly interruptedUntilMs: number | null;
  /** Whether a slate is wished for, as the channel had it when the newest publisher joined. */
  readonly slateWished: boolean;
  /** `on` only while nobody publishes; a slate that failed stays `off` until the next interruption. */
  readonly slate: 'off' | 'on';
}

/** What the channel says about its interruptions. */
export interface ChannelWishes {
  readonly reconnectWindowMs: number;
  readonly slate: boolean;
}

export type BroadcastEvent =
  | ({ readonly kind: 'publisher_joined'; readonly session: string } & ChannelWishes)
  | { readonly kind: 'publisher_left'; readonly session: string }
  /** Enough of the source was seen to choose a ladder. */
  | { readonly kind: 'source_known' }
  /** The source is no longer what the ladder was chosen for. */
  | { readonly kind: 'source_changed' }
  /** All renditions of the present encoder run have media. */
  | { readonly kind: 'media' }
  | { readonly kind: 'encoder_exited'; readonly random01: number }
  /** The slate cannot be made. */
  | { readonly kind: 'slate_failed' }
  /** A broadcast of an earlier process goes on in this one. */
  | { readonly kind: 'taken_up' }
  /** This process stops; another one goes on with the broadcast. */
  | { readonly kind: 'handed_over' }
  | { readonly kind: 'end_asked'; readonly sentence: string }
  | { readonly kind: 'tick' };

export type BroadcastEffect =
  | { readonly kind: 'close_publisher'; readonly session: string; readonly sentence: string }
  | { readonly kind: 'start_probe' }
  | { readonly kind: 'start_encoder' }
  | { readonly kind: 'stop_encoder' }
  | { readonly kind: 'start_slate' }
  | { readonly kind: 'stop_slate' }
  | { readonly kind: 'end_timeline' }
  | { readonly kind: 'report' };

export interface Step {
  readonly machine: BroadcastMachine;
  readonly effects: readonly BroadcastEffect[];
}

/** A broadcast that waits for its publisher's first media; it ends by itself if none comes. */
export function createMachine(): BroadcastMachine {
  return {
    phase: 'starting',
    reconnectWindowMs: broadcastLimits.reconnectWindowMsDefault,
    publisher: null,
    encoder: 'off',
    restartAtMs: null,
    attempt: 0,
    interruptedUntilMs: null,
    slateWished: false,
    slate: 'off',
  };
}

/** A broadcast whose process died: it waits for its publisher until the window that began at its last sign is over. */
export function restoreMachine(wishes: ChannelWishes, lastSignMs: number): BroadcastMachine {
  const { reconnectWindowMs, slate: slateWished } = wishes;
  const interruptedUntilMs = lastSignMs + reconnectWindowMs;
  return { ...createMachine(), phase: 'interrupted', reconnectWindowMs, interruptedUntilMs, slateWished };
}

/** The next state and what has to be done about it. An ended broadcast stays ended. */
export function stepBroadcast(machine: BroadcastMachine, event: BroadcastEvent, nowMs: number): Step {
  if (machine.phase === 'ended') return endedStep(machine, event);
  switch (event.kind) {
    case 'publisher_joined':
      return publisherJoined(machine, event.session, event);
    case 'publisher_left':
      return publisherLeft(machine, event.session, nowMs);
    case 'source_known':
      if (machine.encoder !== 'probing') return stay(machine);
      return { machine: { ...machine, encoder: 'running' }, effects: [{ kind: 'start_encoder' }] };
    case 'source_changed':
      if (machine.encoder !== 'running') return stay(machine);
      return {
        machine: { ...machine, encoder: 'probing' },
        effects: [{ kind: 'stop_encoder' }, { kind: 'start_probe' }],
      };
    case 'media':
      return media(machine);
    case 'encoder_exited':
      return encoderExited(machine, event.random01, nowMs);
    case 'slate_failed':
      return machine.slate === 'on' ? stopSlate(machine) : stay(machine);
    case 'taken_up':
      return takenUp(machine, nowMs);
    case 'handed_over':
      return handedOver(machine, nowMs);
    case 'end_asked':
      return end(machine, event.sentence);
    case 'tick':
      return tick(machine, nowMs);
  }
}

/** When the publisher was last there, ms since the Unix epoch: the reconnect window began then. */
export function lastSignMs(machine: BroadcastMachine, nowMs: number): number {
  return machine.interruptedUntilMs === null ? nowMs : machine.interruptedUntilMs - machine.reconnectWindowMs;
}

/** When the machine wants its next tick, ms since the Unix epoch; null when time changes nothing. */
export function nextTickMs(machine: BroadcastMachine): number | null {
  const times = [machine.restartAtMs, machine.interruptedUntilMs].filter((time) => time !== null);
  return times.length > 0 ? Math.min(...times) : null;
}

function publisherJoined(machine: BroadcastMachine, session: string, wishes: ChannelWishes): Step {
  const effects: BroadcastEffect[] = [];
  if (machine.publisher !== null) {
    const sentence = 'Another encoder has taken over with this stream key.';
    effects.push({ kind: 'close_publisher', session: machine.publisher, sentence });
  }
  if (machine.encoder !== 'off') effects.push({ kind: 'stop_encoder' });
  if (machine.slate === 'on') effects.push({ kind: 'stop_slate' });
  effects.push({ kind: 'start_probe' }, { kind: 'report' });
  const { reconnectWindowMs, slate: slateWished } = wishes;
  const joined = { ...machine, publisher: session, encoder: 'probing', restartAtMs: null, attempt: 0 } as const;
  const waitsNoMore = { interruptedUntilMs: null, slate: 'off' } as const;
  return { machine: { ...joined, ...waitsNoMore, reconnectWindowMs, slateWished }, effects };
}

function publisherLeft(machine: BroadcastMachine, session: string, nowMs: number): Step {
  if (machine.publisher !== session) return stay(machine);
  const left: BroadcastMachine = {
    ...machine,
    phase: machine.phase === 'live' ? 'interrupted' : machine.phase,
    publisher: null,
    encoder: 'off',
    restartAtMs: null,
    interruptedUntilMs: nowMs + machine.reconnectWindowMs,
  };
  const slated = startSlate(left);
  return { machine: slated.machine, effects: [{ kind: 'stop_encoder' }, ...slated.effects, { kind: 'report' }] };
}

/** A broadcast that nobody has seen yet has nothing to stand in for. */
function startSlate(machine: BroadcastMachine): Step {
  const waits = machine.phase === 'interrupted' && machine.publisher === null && machine.reconnectWindowMs > 0;
  if (!waits || !machine.slateWished) return stay(machine);
  return { machine: { ...machine, slate: 'on' }, effects: [{ kind: 'start_slate' }] };
}

function stopSlate(machine: BroadcastMachine): Step {
  return { machine: { ...machine, slate: 'off' }, effects: [{ kind: 'stop_slate' }] };
}

function takenUp(machine: BroadcastMachine, nowMs: number): Step {
  const ticked = tick(machine, nowMs);
  return ticked.machine.slate === 'off' && ticked.effects.length === 0 ? startSlate(ticked.machine) : ticked;
}

function handedOver(machine: BroadcastMachine, nowMs: number): Step {
  if (machine.slate === 'on') return stopSlate(machine);
  return machine.publisher === null
    ? stay(machine)
    : publisherLeft({ ...machine, slateWished: false }, machine.publisher, nowMs);
}

function media(machine: BroadcastMachine): Step {
  if (machine.encoder !== 'running') return stay(machine);
  return { machine: { ...machine, phase: 'live', attempt: 0 }, effects: [{ kind: 'report' }] };
}

function encoderExited(machine: BroadcastMachine, random01: number, nowMs: number): Step {
  if (machine.encoder !== 'running') return stay(machine);
  const restartAtMs = nowMs + restartDelayMs(machine.attempt, random01);
  const waiting = { ...machine, encoder: 'waiting', restartAtMs, attempt: machine.attempt + 1 } as const;
  return { machine: waiting, effects: [{ kind: 'stop_encoder' }, { kind: 'report' }] };
}

function tick(machine: BroadcastMachine, nowMs: number): Step {
  if (machine.interruptedUntilMs !== null && nowMs >= machine.interruptedUntilMs) {
    return end(machine, 'The reconnect window is over.');
  }
  if (machine.encoder === 'waiting' && machine.restartAtMs !== null && nowMs >= machine.restartAtMs) {
    return { machine: { ...machine, encoder: 'running', restartAtMs: null }, effects: [{ kind: 'start_encoder' }] };
  }
  return stay(machine);
}

function end(machine: BroadcastMachine, sentence: string): Step {
  const effects: BroadcastEffect[] = [];
  if (machine.publisher !== null) effects.push({ kind: 'close_publisher', session: machine.publisher, sentence });
  effects.push({ kind: 'stop_encoder' });
  if (machine.slate === 'on') effects.push({ kind: 'stop_slate' });
  effects.push({ kind: 'end_timeline' }, { kind: 'report' });
  const ended = { ...machine, phase: 'ended', publisher: null, encoder: 'off', slate: 'off' } as const;
  return { machine: { ...ended, restartAtMs: null, interruptedUntilMs: null }, effects };
}

function endedStep(machine: BroadcastMachine, event: BroadcastEvent): Step {
  if (event.kind !== 'publisher_joined') return stay(machine);
  const { session } = event;
  return { machine, effects: [{ kind: 'close_publisher', session, sentence: 'This broadcast is over.' }] };
}

function stay(machine: BroadcastMachine): Step {
  return { machine, effects: [] };
}

/** What a channel wishes. A control plane or a journal that is older than this origin says nothing of a slate. */
export function wishesOf({ reconnectWindowMs, slate }: PublishAccepted): ChannelWishes {
  return { reconnectWindowMs, slate: slate === true };
}
