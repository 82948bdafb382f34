import { broadcastLimits } from '#shared/limits/origin.ts';
import type { BroadcastState } from '#shared/model/broadcast.ts';

/** What the catalogue knows about whether a broadcast still runs. All times in ms since the Unix epoch. */
export interface BroadcastSigns {
  readonly state: BroadcastState;
  /** Since when it is in this state. */
  readonly stateMs: number;
  /** When its origin was last heard. */
  readonly signMs: number;
  /** Since when it is over though its row is open: another origin finishes what its own one left; null: it is not. */
  readonly lostMs: number | null;
  readonly endedMs: number | null;
  readonly reconnectWindowMs: number;
}

/** SQL: `lostMs` of a broadcast `b`. */
export const lostMsOf = 'CASE WHEN b.origin <> b.lost_origin THEN b.lost_ms END';

export interface StateNow {
  readonly state: BroadcastState;
  /** While interrupted: when it is over unless it comes back. */
  readonly interruptedUntilMs: number | null;
  readonly endedMs: number | null;
}

/** Whether an origin has been silent for so long that its broadcasts do not run any more. */
export function isOriginDead(signMs: number, nowMs: number): boolean {
  return nowMs - signMs > broadcastLimits.originDeadMsMin;
}

/**
 * The state to tell viewers: with a dead origin an open broadcast is interrupted, and over when it stays dead
 * past the reconnect window, and stays over while another one finishes it. The row is left alone, so that an origin that was
 * only cut off goes on where it was.
 */
export function stateAt(signs: BroadcastSigns, nowMs: number): StateNow {
  const { state, signMs, lostMs, reconnectWindowMs } = signs;
  if (state === 'ended') return { state, interruptedUntilMs: null, endedMs: signs.endedMs };
  if (lostMs !== null) return { state: 'ended', interruptedUntilMs: null, endedMs: lostMs };
  if (!isOriginDead(signMs, nowMs)) {
    const interruptedUntilMs = state === 'interrupted' ? signs.stateMs + reconnectWindowMs : null;
    return { state, interruptedUntilMs, endedMs: null };
  }
  const untilMs = signMs + broadcastLimits.originDeadMsMin + reconnectWindowMs;
  if (nowMs >= untilMs) return { state: 'ended', interruptedUntilMs: null, endedMs: untilMs };
  return { state: 'interrupted', interruptedUntilMs: untilMs, endedMs: null };
}
