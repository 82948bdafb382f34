import { type DirectiveFault, type Directives, parseDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';

const faultDetails: Readonly<Record<DirectiveFault | 'too_long', string>> = Object.freeze({
  part_without_msn: '_HLS_part needs _HLS_msn beside it.',
  not_an_integer: '_HLS_msn and _HLS_part are whole numbers from 0.',
  bad_skip: '_HLS_skip is YES or v2.',
  repeated: 'A directive is given once.',
  too_long: 'The query is too long.',
});

/** Of a playlist's query only the three directives count, nothing else is in a key or goes upstream; or what is wrong with them. */
export function readDirectives(query: string): Directives | { readonly fault: string } {
  if (query.length > edgeLimits.queryCharsMax) return { fault: faultDetails.too_long };
  const parsed = parseDirectives(new URLSearchParams(query));
  return typeof parsed === 'string' ? { fault: faultDetails[parsed] } : parsed;
}
