import { sleep } from '../clock.ts';
import { hlsCarriers } from '../hls/carriers.ts';
import { readMediaPlaylist } from '../hls/media-playlist.ts';
import { edgeOf, type MediaPlaylist, reaches } from '../hls/model.ts';
import { shareSegments } from '../hls/share-segments.ts';
import type { Answer, Exchange } from '../http/exchange.ts';
import { runLimits } from '../limits.ts';
import type { RunContext } from './context.ts';
import { HlsMedia } from './hls-media.ts';
import type { HlsRendition, Snapshot } from './observation.ts';

export type Description = Pick<HlsRendition, 'url' | 'label' | 'variants' | 'alternative' | 'iFramesOnly'>;

/** Follows one media playlist as a player does: blocking reloads where they are offered, else polls. */
export class HlsFollower implements HlsRendition {
  readonly url: string;
  readonly label: string;
  readonly variants: HlsRendition['variants'];
  readonly alternative: HlsRendition['alternative'];
  readonly iFramesOnly: boolean;
  readonly snapshots: Snapshot[] = [];
  readonly media: HlsMedia;
  readonly #pictures: HlsMedia;
  readonly #context: RunContext;

  constructor(description: Description, context: RunContext) {
    this.url = description.url;
    this.label = description.label;
    this.variants = description.variants;
    this.alternative = description.alternative;
    this.iFramesOnly = description.iFramesOnly;
    this.media = new HlsMedia(context);
    this.#pictures = new HlsMedia(context);
    this.#context = context;
  }

  get objects(): HlsRendition['objects'] {
    return this.media.objects;
  }

  get inits(): HlsRendition['inits'] {
    return this.media.inits;
  }

  get pictures(): HlsRendition['pictures'] {
    return this.#pictures.objects;
  }

  get newest(): MediaPlaylist | null {
    return this.snapshots.at(-1)?.playlist ?? null;
  }

  /** The first version; nothing else may be asked before it is there. */
  async start(known?: Answer): Promise<void> {
    const answer = known ?? (await this.#context.client.ask(this.url, { purpose: 'playlist' }));
    this.#keep(answer, null);
  }

  /** Takes every version until the deadline or the end of the stream, and fetches the media that they list. */
  async follow(): Promise<void> {
    const { clock, deadlineMs } = this.#context;
    while (
      !this.iFramesOnly &&
      clock.nowMs() < deadlineMs &&
      this.snapshots.length < runLimits.snapshotsPerRenditionMax
    ) {
      const playlist = this.newest;
      if (!playlist || playlist.ended || playlist.type === 'VOD') break;
      await this.#next(playlist);
    }
    await Promise.all([this.media.settled(), this.#pictures.settled()]);
  }

  async #next(playlist: MediaPlaylist): Promise<void> {
    const { client, clock } = this.#context;
    const pollMs = Math.max(runLimits.pollMsMin, ((playlist.targetDurationS || 2) * 1000) / 2);
    if (!playlist.control?.canBlock) {
      await sleep(clock, Math.min(pollMs, Math.max(0, this.#context.deadlineMs - clock.nowMs())));
      this.#keep(await client.ask(this.url, { purpose: 'playlist' }), null);
      return;
    }
    const edge = edgeOf(playlist);
    const asked = { msn: edge.msn, part: playlist.partTargetS === null ? null : edge.part + 1 };
    const answer = await client.ask(directed(this.url, asked), {
      purpose: 'blocking-playlist',
      timeoutMs: holdMs(playlist),
    });
    const next = this.#keep(answer, asked);
    // A server that does not block must not be asked in a tight loop.
    if (!next || !reaches(next, asked.msn, asked.part)) await sleep(clock, pollMs);
  }

  #keep({ exchange, body }: Answer, asked: Snapshot['asked']): MediaPlaylist | null {
    const read = readAnswer(exchange, body);
    if (!read || read.skipped) return read;
    this.#context.carriers.add(this.url, hlsCarriers(body.toString('utf8'), exchange.finalUrl));
    const playlist = shareSegments(this.newest ?? undefined, read);
    this.snapshots.push({ playlist, exchange, asked });
    (this.iFramesOnly ? this.#pictures : this.media).take(playlist);
    return playlist;
  }
}

/** The media playlist of a 200, or null. */
export function readAnswer(exchange: Exchange, body: Buffer): MediaPlaylist | null {
  if (exchange.status !== 200 || body.length === 0) return null;
  return readMediaPlaylist(body.toString('utf8'), exchange.finalUrl);
}

/** How long a blocking request is waited for: three target durations and a margin (rfc8216bis 6.2.5.2). */
export function holdMs(playlist: MediaPlaylist): number {
  return 3_000 * (playlist.targetDurationS || 2) + runLimits.holdMarginMs;
}

/** A playlist's URL with delivery directives (rfc8216bis 6.2.5), beside the query that it has. */
export function directed(
  url: string,
  directives: { readonly msn?: number | string; readonly part?: number | string | null; readonly skip?: string },
): string {
  const target = new URL(url);
  const { msn, part, skip } = directives;
  if (msn !== undefined) target.searchParams.set('_HLS_msn', String(msn));
  if (part !== undefined && part !== null) target.searchParams.set('_HLS_part', String(part));
  if (skip !== undefined) target.searchParams.set('_HLS_skip', skip);
  return target.href;
}
