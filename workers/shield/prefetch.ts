import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { Answer, TierRequest } from '../cache/answer.ts';

/** A segment, or one of its parts. */
interface Announced {
  readonly msn: number;
  readonly part: number | null;
  /** Not there yet: the origin holds the request until it is (rfc8216bis 6.2.6). */
  readonly hinted: boolean;
}

/** What viewers of a rendition are after. */
interface Demand {
  readonly parts: boolean;
  readonly segments: boolean;
}

/** What a playlist that has just come announces and its viewers will ask for next, most urgent first. */
export function announcedMedia(state: PlaylistState, demand: Demand): readonly Announced[] {
  if (state.ended) return [];
  const media: Announced[] = [];
  if (demand.parts && state.partTargetS > 0) {
    const { msn, part, complete } = state;
    if (part >= 0) media.push({ msn, part, hinted: false });
    media.push(complete ? { msn: msn + 1, part: 0, hinted: true } : { msn, part: part + 1, hinted: true });
  }
  if (demand.segments && state.complete) media.push({ msn: state.msn, part: null, hinted: false });
  return media;
}

/** What a prefetch needs of its shield. */
interface PrefetchOptions {
  /** Asks the shield's own memory, where viewers' requests merge with it. */
  readonly ask: (request: TierRequest) => Promise<Answer>;
  /** Requests to the origin that have no answer yet. */
  readonly waiting: () => number;
  /** Only what is not made yet: the rest is looked for in the bucket, on its way to which it still is. */
  readonly hintsOnly: boolean;
  /** Called once per object that is asked for ahead of its viewers. */
  readonly count: () => void;
}

/**
 * Fetches what a new playlist announces before its first viewer asks. Only playlists that viewers asked for bring it
 * about, so a rendition that nobody watches costs nothing.
 */
export class Prefetch {
  readonly #options: PrefetchOptions;
  readonly #asked = new Set<string>();
  #segmentSeenMs = Number.NEGATIVE_INFINITY;
  #hintsOffMs = Number.NEGATIVE_INFINITY;

  constructor(options: PrefetchOptions) {
    this.#options = options;
  }

  /** Notes what a viewer asks for. */
  see(request: TierRequest): void {
    if (request.route.kind === 'segment') this.#segmentSeenMs = Date.now();
  }

  /** Begins to fetch what a playlist, just come from the origin, announces; settles when all of it is there. */
  async follow(request: TierRequest, { state }: Answer): Promise<void> {
    const { route, directives } = request;
    if (route.kind !== 'media-playlist' || !state) return;
    const sawSegment = Date.now() - this.#segmentSeenMs <= 3 * state.targetDurationS * 1_000;
    const segments = state.partTargetS === 0 || sawSegment || (directives.msn !== null && directives.part === null);
    const announced = announcedMedia(state, { parts: directives.part !== null, segments });
    const media = announced.filter(({ hinted }) => hinted || !this.#options.hintsOnly);
    await Promise.all(media.map((one) => this.#fetch(route, one)));
  }

  async #fetch(playlist: { broadcast: string; rendition: string }, { msn, part, hinted }: Announced): Promise<void> {
    const { broadcast, rendition } = playlist;
    const route = {
      broadcast,
      rendition,
      msn,
      ...(part === null ? { kind: 'segment' as const } : { kind: 'part' as const, part }),
    };
    const path = formatPlaybackPath(route);
    if (hinted && Date.now() - this.#hintsOffMs <= edgeLimits.prefetchHintsOffMs) return;
    if (this.#asked.has(path) || this.#options.waiting() > edgeLimits.prefetchWaitingMax) return;
    this.#remember(path);
    this.#options.count();
    const { status } = await this.#options.ask({ route, path, directives: noDirectives });
    if (hinted && status === 404) this.#hintsOffMs = Date.now(); // this origin does not hold hinted parts, or withdrew one
  }

  #remember(path: string): void {
    this.#asked.add(path);
    for (const oldest of this.#asked) {
      if (this.#asked.size <= edgeLimits.prefetchRememberedMax) break;
      this.#asked.delete(oldest);
    }
  }
}
