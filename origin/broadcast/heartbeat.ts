import { broadcastLimits } from '#shared/limits/origin.ts';
import { adoptionLimits } from '#shared/limits/store.ts';
import type { Heartbeat, PublishAccepted } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import { ControlError, type ControlPlane } from './control-client.ts';

export interface HeartbeatOptions {
  readonly control: Pick<ControlPlane, 'heartbeat'>;
  readonly message: () => Heartbeat;
  /** Broadcasts that the control plane wants ended. */
  readonly onEnd: (broadcasts: readonly string[]) => void;
  /** Broadcasts that were deleted: what this origin has of them is to go. */
  readonly onForget: (broadcasts: readonly string[]) => void;
  /** Broadcasts of which viewers get old playlists; told with every answer. */
  readonly onStale: (broadcasts: readonly string[]) => void;
  /** Broadcasts that another origin has taken over. */
  readonly onMoved: (broadcasts: readonly string[]) => void;
  /** Broadcasts of which a backup waits at another origin, and whether they are to be handed over; told with every answer. */
  readonly onContested: (broadcasts: readonly string[], drains: boolean) => void;
  /** Broadcasts that a dead origin left, to be finished. */
  readonly onLeft: (left: readonly PublishAccepted[]) => void;
  /** How many uploaded files wait for an origin; told with every answer. */
  readonly onImports: (waiting: number) => void;
  /**
   * The control plane has said nothing for so long that it may take this origin for dead; it is heard again, after what it
   * said was passed on. At first it is silent.
   */
  readonly onSilence: (silent: boolean) => void;
  readonly log: Log;
  /** ms; only differences count. */
  readonly now: () => number;
}

export interface HeartbeatLoop {
  /** Settles after the first heartbeat, whether it was answered or not. */
  readonly first: Promise<void>;
  /** Takes the control plane for silent until it is heard again. */
  doubt(): void;
  stop(): void;
}

/** Tells the control plane every two seconds that this origin lives; says once when it stops being heard, or refuses this origin. */
export function startHeartbeat(options: HeartbeatOptions): HeartbeatLoop {
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  /** What was said of it last: silence, or why it refuses this origin; null: it answers. */
  let failure: string | null = null;
  let silent = true;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  const listen = (isSilent: boolean) => {
    if (isSilent !== silent) options.onSilence(isSilent);
    silent = isSilent;
  };
  const tellFailure = (cause: unknown) => {
    const { log } = options;
    const refused =
      cause instanceof ControlError && cause.code === 'control_refused' && !cause.retryable ? cause : null;
    const now = refused ? (refused.reason ?? 'refused') : 'silent';
    if (now === failure) return;
    failure = now;
    if (!refused) log.warn({ event: 'control_lost', err: cause }, 'the control plane does not answer');
    else {
      const { reason, message } = refused;
      log.error({ event: 'control_refused', reason }, `the control plane refuses this origin: ${message}`);
    }
  };
  const beat = async () => {
    try {
      // A control plane before this version says nothing of deletions.
      const {
        end,
        forget = [],
        moved = [],
        left = [],
        stale = [],
        contested = [],
        drains = false,
        imports = 0,
      } = await options.control.heartbeat(options.message());
      if (failure) options.log.info({ event: 'control_back' }, 'the control plane answers again');
      failure = null;
      heardAtMs = options.now();
      if (!stopped && moved.length > 0) options.onMoved(moved);
      const over = end.filter((id) => !moved.includes(id));
      if (!stopped && over.length > 0) options.onEnd(over);
      if (!stopped) options.onStale(stale);
      if (!stopped) options.onContested(contested, drains);
      if (!stopped && forget.length > 0) options.onForget(forget);
      if (!stopped && left.length > 0) options.onLeft(left);
      if (!stopped) options.onImports(imports);
      listen(false);
    } catch (cause) {
      tellFailure(cause);
      if (options.now() - heardAtMs >= adoptionLimits.silenceMsMax) listen(true);
    }
    if (!stopped) timer = setTimeout(beat, broadcastLimits.heartbeatMs);
  };
  return {
    first: beat(),
    doubt: () => listen(true),
    stop: () => {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
