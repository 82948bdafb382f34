import type { PlaybackRoute } from '#shared/route/route.ts';
import type { Answer } from '../cache/answer.ts';
import type { Carry, RewriteOptions, TimeRange } from '../manifest/options.ts';
import { formatRewriteQuery } from '../manifest/rewrite-query.ts';
import type { PlaybackLimits } from '../token/claims.ts';
import { type Rewriting, writeCarriedManifest } from './rewrite.ts';

type ManifestKind = 'multivariant' | 'mpd' | 'foreign';

/** How the URIs of a manifest get the token in front of them. */
export interface TokenCarry {
  /** Null: nothing is put in front. */
  readonly token: string | null;
  /** Relative URIs do already, for the manifest's own URL has it. */
  readonly isInherited: boolean;
  /** Folder that relative URIs lead to: `/b/b_…/`. */
  readonly folder: string;
  /** Path and query of the manifest itself, where it may be asked for again. */
  readonly self: string;
  readonly query: string;
  /** Base URLs of other pathways. */
  readonly bases: readonly string[];
}

/**
 * The manifest for one viewer: after everything that viewers share, and kept nowhere.
 * @param carry null: nobody's token, the answer as it is
 */
export function carryToken(answer: Answer, kind: ManifestKind, carry: TokenCarry | null): Answer {
  if (!carry || answer.status !== 200) return answer;
  const { token, isInherited, folder, bases } = carry;
  if (token === null) return answer;
  if (isInherited && bases.length === 0) return answer;
  const root = `/t/${token}`;
  const hosts = Object.fromEntries(bases.map((base) => [base.toLowerCase(), base + root]));
  const options: Carry = { root, hosts, ...(isInherited ? {} : { prefix: root + folder }) };
  return {
    ...answer,
    body: writeCarriedManifest(
      answer,
      kind,
      options,
      isInherited ? null : root + carry.self + withoutToken(carry.query),
    ),
  };
}

function withoutToken(query: string): string {
  const kept = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('token='));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

/**
 * What a token limits is done to the manifest as if it had been asked for; viewers with the same limits share it.
 * @param limits null: nobody's token
 */
export function limitRewriting(
  rewriting: Rewriting | null,
  kind: PlaybackRoute['kind'] | 'foreign',
  limits: PlaybackLimits | null,
): Rewriting | null | { readonly fault: string } {
  if (!limits) return rewriting;
  const { heightMax, startMs, endMs } = limits;
  const asked = rewriting?.options ?? {};
  const isFiltered = heightMax !== null && filtered.has(kind);
  const isCut = (startMs !== null || endMs !== null) && cut.has(kind);
  if (!isFiltered && !isCut) return rewriting;
  const range = isCut ? within(asked.range, startMs, endMs) : asked.range;
  if (range && 'fault' in range) return range;
  const options: RewriteOptions = {
    ...asked,
    ...(isFiltered
      ? { filter: { ...asked.filter, maxHeight: Math.min(heightMax, asked.filter?.maxHeight ?? heightMax) } }
      : {}),
    ...(range ? { range } : {}),
  };
  return { ...rewriting, options, key: `${rewriting?.key ?? ''}!${formatRewriteQuery(options)}` };
}

const filtered: ReadonlySet<string> = new Set(['live-multivariant', 'live-mpd', 'multivariant', 'mpd', 'foreign']);
const cut: ReadonlySet<string> = new Set(['live-mpd', 'mpd', 'media-playlist', 'iframe-playlist', 'foreign']);

/** The part of an asked range that lies in the token's. */
function within(
  asked: TimeRange | undefined,
  startMs: number | null,
  endMs: number | null,
): TimeRange | { readonly fault: string } {
  if (asked?.base === 'timeline')
    return { fault: 'This token is for a time range: give start and end as times of day.' };
  const from = Math.max(startMs ?? 0, asked?.startMs ?? 0);
  const until = Math.min(endMs ?? Number.POSITIVE_INFINITY, asked?.endMs ?? Number.POSITIVE_INFINITY);
  if (until <= from) return { fault: 'The range lies outside of what this token is for.' };
  return { base: 'clock', startMs: from === 0 ? null : from, endMs: until === Number.POSITIVE_INFINITY ? null : until };
}
