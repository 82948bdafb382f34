import { arbiterLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import type { BroadcastState, LatencyMode } from '#shared/model/broadcast.ts';
import type { PublishQuestion, PublishRefusalCode } from '#shared/wire/control.ts';
import { hasBackup } from './backups.ts';
import { isOriginDead, stateAt } from './liveness.ts';

/** What the catalogue knows about a stream key, its channel and the channel's open broadcast. */
export interface PublishRow {
  readonly streamKey: string;
  readonly channel: string;
  readonly latency: LatencyMode;
  readonly reconnectWindowMs: number;
  readonly slate: 0 | 1;
  readonly disabled: 0 | 1;
  /** Open broadcasts of the origin that asks. */
  readonly held: number;
  /** That origin takes no new broadcasts. */
  readonly draining: 0 | 1;
  /** The channel's open broadcast; all null when there is none. */
  readonly broadcast: string | null;
  readonly origin: string | null;
  readonly state: BroadcastState | null;
  readonly stateMs: number | null;
  readonly signMs: number | null;
  /** When a backup was last waiting for it. */
  readonly backupMs: number | null;
}

export type PublishDecision =
  | { readonly kind: 'refuse'; readonly code: PublishRefusalCode }
  /** The origin that makes it lives. */
  | { readonly kind: 'elsewhere'; readonly broadcast: string }
  /** `from`: the origin that made it, which is dead or has lost its lease if it is not the one that asks. */
  | { readonly kind: 'resume'; readonly broadcast: string; readonly from: string }
  /** `over`: an open broadcast that has to be ended first; `left`: a dead origin's, that nobody has finished. */
  | { readonly kind: 'start'; readonly over: string | null; readonly left: boolean };

/**
 * Decides whether a publisher at an origin is accepted, from the rows found for its key and the time.
 * @param isGranted the channel's arbiter says that this origin is the active one
 */
export function decidePublish(
  row: PublishRow | null,
  { origin, standsBy = false }: Pick<PublishQuestion, 'origin' | 'standsBy'>,
  isGranted: boolean,
  nowMs: number,
): PublishDecision {
  if (!row) return { kind: 'refuse', code: 'unknown_key' };
  if (row.disabled) return { kind: 'refuse', code: 'channel_disabled' };
  const { broadcast, state, stateMs, signMs, reconnectWindowMs } = row;
  let inherited: PublishDecision | null = null;
  if (broadcast !== null && row.origin !== null && state !== null && stateMs !== null && signMs !== null) {
    // One that its origin is finishing goes on there.
    const now = stateAt({ state, stateMs, signMs, lostMs: null, endedMs: null, reconnectWindowMs }, nowMs);
    const resume = { kind: 'resume', broadcast, from: row.origin } as const;
    if (row.origin === origin && now.state !== 'ended' && !(standsBy && isMoving(row, nowMs))) return resume;
    if (row.origin !== origin && !isGranted && !isOriginDead(signMs, nowMs)) {
      return unfit(row) ?? { kind: 'elsewhere', broadcast };
    }
    // The bucket has what the dead origin made.
    if (now.state !== 'ended') inherited = resume;
  }
  return (
    unfit(row) ?? inherited ?? { kind: 'start', over: broadcast, left: broadcast !== null && row.origin !== origin }
  );
}

/**
 * Whether its origin, which is being drained, lets go of it for the backup that waits. Where that has not come for long the
 * bucket may be away, and its own encoder goes on. An origin without a bucket hands nothing over.
 */
function isMoving({ draining, backupMs, state, stateMs, reconnectWindowMs }: PublishRow, nowMs: number): boolean {
  const { backupBelievedMs } = arbiterLimits;
  const isStuck = state === 'interrupted' && stateMs !== null && nowMs - stateMs > backupBelievedMs;
  return draining === 1 && hasBackup(backupMs, nowMs) && reconnectWindowMs >= backupBelievedMs && !isStuck;
}

/** Why an origin takes nothing that it does not have, and nobody who would wait for it; null: it does. */
function unfit({ draining, held }: PublishRow): PublishDecision | null {
  if (draining) return { kind: 'refuse', code: 'origin_draining' };
  return held >= broadcastLimits.broadcastsMax ? { kind: 'refuse', code: 'over_capacity' } : null;
}
