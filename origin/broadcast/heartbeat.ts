import { broadcastLimits } from '#shared/limits.ts';
import type { Heartbeat } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import type { ControlPlane } from './control-client.ts';

export interface HeartbeatOptions {
  readonly control: Pick<ControlPlane, 'heartbeat'>;
  readonly message: () => Heartbeat;
  /** Broadcasts that the control plane wants ended. */
  readonly onEnd: (broadcasts: readonly string[]) => void;
  /** Broadcasts that were deleted: what this origin has of them is to go. */
  readonly onForget: (broadcasts: readonly string[]) => void;
  /** Broadcasts of which viewers get old playlists; told with every answer. */
  readonly onStale: (broadcasts: readonly string[]) => void;
  readonly log: Log;
}

export interface HeartbeatLoop {
  /** Settles after the first heartbeat, whether it was answered or not. */
  readonly first: Promise<void>;
  stop(): void;
}

/** Tells the control plane every two seconds that this origin lives; says once when it stops being heard. */
export function startHeartbeat(options: HeartbeatOptions): HeartbeatLoop {
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let heard = true;
  const beat = async () => {
    try {
      // A control plane before this version says nothing of deletions.
      const { end, forget = [], stale = [] } = await options.control.heartbeat(options.message());
      if (!heard) options.log.info({ event: 'control_back' }, 'the control plane answers again');
      heard = true;
      if (!stopped && end.length > 0) options.onEnd(end);
      if (!stopped) options.onStale(stale);
      if (!stopped && forget.length > 0) options.onForget(forget);
    } catch (cause) {
      if (heard) options.log.warn({ event: 'control_lost', err: cause }, 'the control plane does not answer');
      heard = false;
    }
    if (!stopped) timer = setTimeout(beat, broadcastLimits.heartbeatMs);
  };
  return {
    first: beat(),
    stop: () => {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
