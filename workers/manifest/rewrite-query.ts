import {
  type CodecFamily,
  codecFamilies,
  type RenditionFilter,
  type RewriteOptions,
  type TimeRange,
} from './options.ts';

/** What is wrong with the query of a manifest request, as a sentence that names the parameter. */
export interface QueryFault {
  readonly fault: string;
}

/** The parameters of our own; everything else in a query is ignored, `_HLS_` is reserved (rfc8216bis 6.2.5). */
const names = ['codecs', 'end', 'll', 'max_bitrate', 'max_height', 'start'] as const;

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const secondsPattern = /^(?:0|[1-9]\d{0,8})(?:\.\d{1,6})?$/;
const numberPattern = /^[1-9]\d{0,9}$/;

const namesPattern = new RegExp(`(?:^|&)(?:${names.join('|')})(?:=|&|$)`);

/** Whether a query holds any of the parameters: most do not, and are not worth parsing. */
export function hasRewriteQuery(query: string): boolean {
  return query !== '' && namesPattern.test(query);
}

/** Reads the parameters of a playlist or MPD request; empty options when there are none of ours. */
export function parseRewriteQuery(query: URLSearchParams): RewriteOptions | QueryFault {
  const values: Partial<Record<(typeof names)[number], string>> = {};
  for (const name of names) {
    const given = query.getAll(name);
    if (given.length > 1) return { fault: `${name} is given once.` };
    if (given[0] !== undefined) values[name] = given[0];
  }
  const filter = parseFilter(values.max_height, values.max_bitrate, values.codecs);
  if ('fault' in filter) return filter;
  const range = parseRange(values.start, values.end);
  if (range && 'fault' in range) return range;
  if (values.ll !== undefined && values.ll !== '0' && values.ll !== '1') return { fault: 'll is 0 or 1.' };
  return Object.freeze({
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...(range ? { range } : {}),
    ...(values.ll === '0' ? { lowLatency: false } : {}),
  });
}

function parseFilter(height?: string, bitrate?: string, codecs?: string): RenditionFilter | QueryFault {
  for (const [name, value] of [['max_height', height] as const, ['max_bitrate', bitrate] as const]) {
    if (value !== undefined && !numberPattern.test(value)) return { fault: `${name} is a whole number above 0.` };
  }
  const families = codecs === undefined ? [] : [...new Set(codecs.split(','))].sort();
  const stranger = families.find((family) => !Object.hasOwn(codecFamilies, family));
  if (stranger !== undefined) return { fault: `codecs is a list of ${Object.keys(codecFamilies).join(', ')}.` };
  return {
    ...(height === undefined ? {} : { maxHeight: Number(height) }),
    ...(bitrate === undefined ? {} : { maxBitrate: Number(bitrate) }),
    ...(families.length === 0 ? {} : { codecs: families as CodecFamily[] }),
  };
}

function parseRange(start?: string, end?: string): TimeRange | QueryFault | null {
  if (start === undefined && end === undefined) return null;
  const from = start === undefined ? null : parseMoment(start);
  const until = end === undefined ? null : parseMoment(end);
  if ((start !== undefined && !from) || (end !== undefined && !until)) {
    const name = start !== undefined && !from ? 'start' : 'end';
    return { fault: `${name} is a time like 2026-11-21T12:00:00Z or seconds from the beginning like 90.5.` };
  }
  if (from && until && from.base !== until.base) return { fault: 'start and end are both times or both seconds.' };
  if (from && until && until.ms <= from.ms) return { fault: 'end lies after start.' };
  return {
    base: (from ?? until)?.base ?? 'clock',
    startMs: from?.ms ?? null,
    endMs: until?.ms ?? null,
  };
}

function parseMoment(text: string): { readonly base: TimeRange['base']; readonly ms: number } | null {
  if (secondsPattern.test(text)) return { base: 'timeline', ms: Math.round(Number(text) * 1_000) };
  const ms = timePattern.test(text) && isDay(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : { base: 'clock', ms };
}

/** Whether the month has that day: `Date` takes the 31st of February for the 3rd of March. */
function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The canonical query of options, also of those that only a token may set: sorted, one spelling for each meaning, empty when there are none. */
export function formatRewriteQuery({ filter, range, lowLatency }: RewriteOptions): string {
  const pairs: string[] = [];
  if (filter?.codecs) pairs.push(`codecs=${filter.codecs.join(',')}`);
  if (range && range.endMs !== null) pairs.push(`end=${formatMoment(range.base, range.endMs)}`);
  if (lowLatency === false) pairs.push('ll=0');
  if (filter?.maxBitrate !== undefined) pairs.push(`max_bitrate=${filter.maxBitrate}`);
  if (filter?.maxHeight !== undefined) pairs.push(`max_height=${filter.maxHeight}`);
  if (filter?.minHeight !== undefined) pairs.push(`min_height=${filter.minHeight}`);
  if (range && range.startMs !== null) pairs.push(`start=${formatMoment(range.base, range.startMs)}`);
  return pairs.join('&');
}

/** What media playlists must be asked with, so that options given for a multivariant playlist hold for them too. */
export function carriedQuery({ range, lowLatency }: RewriteOptions): string {
  return formatRewriteQuery({ ...(range ? { range } : {}), ...(lowLatency === false ? { lowLatency } : {}) });
}

function formatMoment(base: TimeRange['base'], ms: number): string {
  return base === 'clock' ? new Date(ms).toISOString() : String(ms / 1_000);
}
