import type { Gate } from '../access/gate.ts';
import type { Env } from '../env.ts';
import type { ResolveBroadcast } from './broadcast-lookup.ts';
import type { ResolveChannel } from './channel-lookup.ts';
import type { ResolveClip } from './clip-lookup.ts';

/** What one playback request brings with it. */
export interface Visit {
  readonly request: Request;
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly resolve: ResolveChannel;
  readonly resolveClip: ResolveClip;
  readonly resolveBroadcast: ResolveBroadcast;
  /** Asked for what is signed only. */
  readonly access: Gate;
}
