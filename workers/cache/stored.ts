import { noDirectives } from '#shared/hls/directives.ts';
import type { TierRequest } from './answer.ts';

/** Under a path of its own, which no viewer can ask for, so that no memory takes one for the other. */
const mark = '?stored';

/** The same object as the bucket has it: of a broadcast that goes on, also what has left its window. */
export function asStored(request: TierRequest): TierRequest {
  return { ...request, path: request.path + mark, directives: noDirectives };
}

/** Whether an object is asked of the bucket alone. */
export function isStored({ path }: TierRequest): boolean {
  return path.endsWith(mark);
}
