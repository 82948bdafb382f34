import { edgeOf, type InitMap, type MediaPlaylist, type Part, type PreloadHint, type Segment } from '../hls/model.ts';
import type { Purpose } from '../http/exchange.ts';
import { runLimits } from '../limits.ts';
import type { Track } from '../media/init-segment.ts';
import { readInitSegment } from '../media/init-segment.ts';
import { readMedia } from '../media/read-media.ts';
import { mayFetchMedia, Pending, type RunContext } from './context.ts';
import { type InitObject, type MediaObject, objectKey } from './observation.ts';

interface Wanted {
  readonly kind: 'segment' | 'part';
  readonly url: string;
  readonly range: { readonly offset: number; readonly length: number | null } | null;
  readonly msn: number;
  readonly part: number | null;
  readonly map: InitMap | null;
  readonly purpose: Purpose;
}

/** Fetches what versions of one media playlist list and hint, each object once. */
export class HlsMedia {
  readonly objects = new Map<string, MediaObject>();
  readonly inits = new Map<string, InitObject>();
  readonly #context: RunContext;
  readonly #pending = new Pending();
  readonly #known = new Set<string>();
  readonly #tracks = new Map<string, Promise<readonly Track[] | null>>();
  #isFirst = true;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Fetches what is new in a version. */
  take(playlist: MediaPlaylist): void {
    const listed = this.#isFirst ? sampled(playlist.segments) : playlist.segments;
    if (this.#isFirst) for (const segment of playlist.segments) this.#known.add(segmentKey(segment));
    for (const segment of listed) this.#segment(segment, this.#isFirst);
    const map = playlist.segments.at(-1)?.map ?? null;
    for (const segment of playlist.segments) for (const part of segment.parts) this.#part(part, segment.map);
    for (const part of playlist.openParts) this.#part(part, map);
    for (const hint of playlist.hints) if (hint.type === 'PART') this.#hint(playlist, hint, map);
    this.#isFirst = false;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#pending.settled();
  }

  #segment(segment: Segment, isSample: boolean): void {
    const key = segmentKey(segment);
    if (segment.gap || (!isSample && this.#known.has(key))) return;
    this.#fetch(key, { ...segment, kind: 'segment', part: null, purpose: 'segment' });
  }

  #part(part: Part, map: InitMap | null): void {
    const key = objectKey(part.url, part.range);
    if (part.gap || this.#known.has(key)) return;
    this.#fetch(key, { ...part, kind: 'part', part: part.index, map, purpose: 'part' });
  }

  #hint(playlist: MediaPlaylist, hint: PreloadHint, map: InitMap | null): void {
    const isRange = hint.start > 0 || hint.length !== null;
    const range = isRange ? { offset: hint.start, length: hint.length } : null;
    // A hint without a length is asked for to its open end; the part listed later names the bytes it had.
    const key =
      hint.length === null
        ? isRange
          ? `${hint.url}#${hint.start}`
          : hint.url
        : `${hint.url}#${hint.start}+${hint.length}`;
    if (this.#known.has(key)) return;
    const edge = edgeOf(playlist);
    this.#fetch(key, {
      kind: 'part',
      url: hint.url,
      range,
      msn: edge.msn,
      part: edge.part + 1,
      map,
      purpose: 'hinted-part',
    });
  }

  #fetch(key: string, wanted: Wanted): void {
    this.#known.add(key);
    if (mayFetchMedia(this.#context)) this.#pending.add(this.#get(key, wanted));
  }

  async #get(key: string, { range, map, purpose, url, ...rest }: Wanted): Promise<void> {
    const { client } = this.#context;
    const end = range?.length ? range.offset + range.length - 1 : '';
    const headers: Record<string, string> = range ? { range: `bytes=${range.offset}-${end}` } : {};
    const timeoutMs = runLimits.answerMsMax;
    const [tracks, { exchange, body }] = await Promise.all([
      map ? this.#init(map) : null,
      client.ask(url, { purpose, headers, timeoutMs }),
    ]);
    const facts =
      exchange.status === 200 || exchange.status === 206 ? readMedia(body, tracks ?? readInitSegment(body)) : null;
    const { kind, msn, part } = rest;
    this.objects.set(key, { kind, url, msn, part, hinted: purpose === 'hinted-part', exchange, facts });
  }

  #init(map: InitMap): Promise<readonly Track[] | null> {
    const key = objectKey(map.url, map.range);
    const known = this.#tracks.get(key);
    if (known) return known;
    const { range } = map;
    const headers: Record<string, string> = range
      ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
      : {};
    const asked = this.#context.client.ask(map.url, { purpose: 'init', headers }).then(({ exchange, body }) => {
      const tracks = exchange.status === 200 || exchange.status === 206 ? readInitSegment(body) : null;
      this.inits.set(key, { url: map.url, exchange, tracks });
      return tracks;
    });
    this.#tracks.set(key, asked);
    return asked;
  }
}

function segmentKey(segment: Segment): string {
  return objectKey(segment.url, segment.range);
}

/** The newest segments, and some spread over the rest. */
function sampled(segments: readonly Segment[]): Segment[] {
  const newest = segments.slice(-runLimits.newestSegments);
  const rest = segments.slice(0, -runLimits.newestSegments);
  const step = Math.max(1, Math.ceil(rest.length / runLimits.spreadSegments));
  return [...rest.filter((_, index) => index % step === 0), ...newest];
}
