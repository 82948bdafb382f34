import { sleep } from '../clock.ts';
import type { DashSegment, Mpd, Representation } from '../dash/model.ts';
import { runLimits } from '../limits.ts';
import { readInitSegment, type Track } from '../media/init-segment.ts';
import { readMedia } from '../media/read-media.ts';
import { mayFetchMedia, Pending, type RunContext } from './context.ts';
import type { DashObject, InitObject } from './observation.ts';

/** Fetches the segments that versions of an MPD list, each once. */
export class DashMedia {
  readonly objects: DashObject[] = [];
  readonly inits = new Map<string, InitObject>();
  readonly #context: RunContext;
  readonly #pending = new Pending();
  readonly #known = new Set<string>();
  readonly #tracks = new Map<string, Promise<readonly Track[] | null>>();
  readonly #started = new Set<string>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Fetches what is new in a version. */
  take(mpd: Mpd): void {
    for (const representation of mpd.representations.slice(0, runLimits.renditionsMax * 4)) {
      const isFirst = !this.#started.has(representation.key);
      this.#started.add(representation.key);
      const chosen = isFirst ? sampled(representation.segments) : representation.segments;
      const fresh = chosen.filter(({ url }) => !this.#known.has(url));
      for (const { url } of representation.segments) this.#known.add(url);
      for (const segment of fresh) {
        if (mayFetchMedia(this.#context)) this.#pending.add(this.#get(mpd, representation, segment));
      }
    }
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#pending.settled();
  }

  async #get(mpd: Mpd, representation: Representation, segment: DashSegment): Promise<void> {
    const { url, number, startTicks, durationTicks, line } = segment;
    const wholeAtMs = availableAtMs(mpd, representation, segment);
    await this.#untilOffered(representation, segment, wholeAtMs);
    const [tracks, { exchange, body }] = await Promise.all([
      this.#init(representation),
      this.#context.client.ask(url, { purpose: 'segment' }),
    ]);
    const facts = exchange.status === 200 ? readMedia(body, tracks ?? readInitSegment(body)) : null;
    this.objects.push({
      ...{ kind: 'segment', url, msn: number, part: null, hinted: false, exchange, facts, line },
      ...{ representation, startTicks, durationTicks, availableAtMs: wholeAtMs },
    });
  }

  /** With low latency a segment may be listed before it begins: as a player does, waits for it, a segment at most. */
  async #untilOffered(
    { availabilityTimeOffsetS, timescale }: Representation,
    { durationTicks }: DashSegment,
    wholeAtMs: number | null,
  ): Promise<void> {
    if (wholeAtMs === null || availabilityTimeOffsetS <= 0) return;
    const { clock } = this.#context;
    const earlyMs = wholeAtMs - availabilityTimeOffsetS * 1000 - clock.nowMs();
    if (earlyMs > 0) await sleep(clock, Math.min(earlyMs, (1000 * durationTicks) / timescale));
  }

  #init({ initUrl }: Representation): Promise<readonly Track[] | null> {
    if (initUrl === null) return Promise.resolve(null);
    const known = this.#tracks.get(initUrl);
    if (known) return known;
    const asked = this.#context.client.ask(initUrl, { purpose: 'init' }).then(({ exchange, body }) => {
      const tracks = exchange.status === 200 ? readInitSegment(body) : null;
      this.inits.set(initUrl, { url: initUrl, exchange, tracks });
      return tracks;
    });
    this.#tracks.set(initUrl, asked);
    return asked;
  }
}

/** When the whole of a segment is promised, ms since the Unix epoch; null when static (ISO/IEC 23009-1, 5.3.9.5.3). */
export function availableAtMs(mpd: Mpd, representation: Representation, segment: DashSegment): number | null {
  if (!mpd.dynamic || mpd.availabilityStartMs === null) return null;
  const { timescale, presentationTimeOffsetTicks, periodStartS } = representation;
  const endTicks = segment.startTicks + segment.durationTicks - presentationTimeOffsetTicks;
  return mpd.availabilityStartMs + (periodStartS + endTicks / timescale) * 1000;
}

function sampled(segments: readonly DashSegment[]): readonly DashSegment[] {
  const newest = segments.slice(-runLimits.newestSegments);
  const rest = segments.slice(0, -runLimits.newestSegments);
  const step = Math.max(1, Math.ceil(rest.length / runLimits.spreadSegments));
  return [...rest.filter((_, index) => index % step === 0), ...newest];
}
