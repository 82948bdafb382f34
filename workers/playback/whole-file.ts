import type { PlaybackLimits } from '../token/claims.ts';
import type { ResolvedClip } from './clip-lookup.ts';

/**
 * Whether a token's limits leave a file whole: it is made of what its query asks for, and cut to nothing else.
 * @param clip null: the file of a broadcast
 */
export function mayHaveFile(
  { heightMax, startMs, endMs }: PlaybackLimits,
  clip: Pick<ResolvedClip, 'startMs' | 'endMs'> | null,
): boolean {
  if (heightMax !== null) return false;
  const [from, until] = [clip?.startMs ?? Number.NEGATIVE_INFINITY, clip?.endMs ?? Number.POSITIVE_INFINITY];
  return (startMs === null || startMs <= from) && (endMs === null || endMs >= until);
}

/** The refusal where {@link mayHaveFile} says no. */
export const noFile = Object.freeze({
  code: 'wrong_scope',
  detail: 'This token is for a part of it, which cannot be had as a file.',
} as const);
