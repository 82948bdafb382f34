/** Delivery directives of a playlist request (rfc8216bis 6.2.5). */
export interface Directives {
  readonly msn: number | null;
  readonly part: number | null;
  readonly skip: 'YES' | 'v2' | null;
}

export type DirectiveFault = 'part_without_msn' | 'not_an_integer' | 'bad_skip' | 'repeated';

export const noDirectives: Directives = Object.freeze({ msn: null, part: null, skip: null });

/** Parses the three directives of a query; unknown parameters are ignored. */
export function parseDirectives(query: URLSearchParams): Directives | DirectiveFault {
  for (const name of ['_HLS_msn', '_HLS_part', '_HLS_skip']) {
    if (query.getAll(name).length > 1) return 'repeated';
  }
  const msn = integer(query.get('_HLS_msn'));
  const part = integer(query.get('_HLS_part'));
  if (msn === undefined || part === undefined) return 'not_an_integer';
  if (part !== null && msn === null) return 'part_without_msn';
  const skip = query.get('_HLS_skip');
  if (skip !== null && skip !== 'YES' && skip !== 'v2') return 'bad_skip';
  return { msn, part, skip };
}

function integer(text: string | null): number | null | undefined {
  if (text === null) return null;
  return /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined;
}

/** The canonical query of a playlist request, keys sorted, everything else dropped: `''` or `?_HLS_msn=…`. */
export function formatDirectives(directives: Directives): string {
  const pairs: string[] = [];
  if (directives.msn !== null) pairs.push(`_HLS_msn=${directives.msn}`);
  if (directives.part !== null) pairs.push(`_HLS_part=${directives.part}`);
  if (directives.skip !== null) pairs.push(`_HLS_skip=${directives.skip}`);
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

/** What is known of a rendition when a blocking request comes in. */
export interface BlockingState {
  /** Last listed msn, its last part (-1: none) and whether it is complete. */
  readonly msn: number;
  readonly part: number;
  readonly complete: boolean;
  readonly partTargetS: number;
  readonly ended: boolean;
}

export type BlockingVerdict = 'now' | 'hold' | 'too_far';

/**
 * What a blocking request gets: rules of rfc8216bis 6.2.5.2.
 * `too_far` is a 400: msn beyond last + 2, or a part beyond the advance limit.
 */
export function judgeBlocking(state: BlockingState, directives: Directives): BlockingVerdict {
  if (directives.msn === null || state.ended) return 'now';
  if (isListed(state, directives.msn, directives.part)) return 'now';
  if (directives.msn > state.msn + 2) return 'too_far';
  const advance = state.partTargetS < 1 ? Math.ceil(3 / state.partTargetS) : 3;
  const lastPart = state.complete ? -1 : state.part;
  const current = state.complete ? state.msn + 1 : state.msn;
  if (directives.part !== null && directives.msn === current && directives.part > lastPart + advance) return 'too_far';
  return 'hold';
}

/** Whether the playlist already holds what was asked for: a whole segment, or a part or what comes after it. */
export function isListed(state: Omit<BlockingState, 'partTargetS' | 'ended'>, msn: number, part: number | null) {
  if (msn < state.msn) return true;
  if (msn > state.msn) return false;
  if (state.complete) return part === null || part <= state.part;
  return part !== null && part <= state.part;
}
