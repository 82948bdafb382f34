import { localStack } from '../local-stack.ts';
import type { Shell } from '../shell.ts';
import { type Answers, localPopUrl } from './answers.ts';

/** The control plane that an origin is to belong to, and who named it. */
export interface ControlPlane {
  readonly url: string;
  readonly from: string;
  /** Nobody named it and nothing runs there yet. */
  readonly isToStart?: true;
}

/**
 * The control plane that options, the environment or a stack that runs here name, in this order; where the PoPs are to run on
 * this machine and none does yet, where they start unless told otherwise. Null: at Cloudflare, and nobody named it.
 */
export function findControl(
  shell: Shell,
  { controlUrl }: { readonly controlUrl?: string },
  edge: Answers['edge'],
): ControlPlane | null {
  const { HEADWATER_CONTROL_URL: ofOrigin, HEADWATER_URL: ofDesk } = shell.env;
  if (controlUrl !== undefined) return { url: controlUrl, from: 'as --control-url says' };
  if (ofOrigin) return { url: ofOrigin, from: 'as HEADWATER_CONTROL_URL says' };
  if (edge === 'cloudflare') return ofDesk ? { url: ofDesk, from: 'as HEADWATER_URL says' } : null;
  const pop = localStack(shell)?.pops[0];
  if (pop) return { url: pop.url, from: 'the stack that runs here' };
  return {
    url: localPopUrl,
    from: 'no stack runs here: where "headwater up" starts one. With other ports or --data, add --control-url',
    isToStart: true,
  };
}
