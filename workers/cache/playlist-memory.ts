import { type BlockingVerdict, type Directives, formatDirectives, judgeBlocking } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import { type Answer, type Call, refusal, type TierName, type TierRequest } from './answer.ts';
import { ByteLru } from './byte-lru.ts';
import type { Merge } from './merge.ts';
import { playlistPolicy } from './policy.ts';

/** A media playlist with the state that the origin sent beside it. */
interface Playlist extends Answer {
  readonly state: PlaylistState;
}

/**
 * The newest version of each media playlist, and the viewers that wait for the next one (rfc8216bis 6.2.5.2).
 * However many targets viewers ask for, a rendition has at most two holds upstream: see {@link nextTarget}.
 */
export class PlaylistMemory {
  readonly #name: TierName;
  readonly #merge: Merge;
  readonly #latest = new ByteLru<Playlist>(edgeLimits.playlistCacheBytesMax, edgeLimits.playlistCacheEntriesMax);

  constructor(name: TierName, merge: Merge) {
    this.#name = name;
    this.#merge = merge;
  }

  /** Answers a plain request with what is fresh, a blocking one when the playlist holds what was asked for. */
  async answer(request: TierRequest, call: Call): Promise<Answer> {
    const key = keyOf(request);
    const latest = this.#latest.get(key);
    if (request.directives.msn !== null) return this.#blocking(key, request, call, latest);
    if (latest && ageMs(latest) <= playlistPolicy.freshMs(latest.state)) return latest;
    return this.#plain(key, request, call);
  }

  /** Whether this playlist is known here, whatever its age. */
  knows({ path }: TierRequest): boolean {
    return this.#latest.get(path) !== undefined;
  }

  /** Takes a whole playlist that came another way. */
  learn({ path }: TierRequest, answer: Answer): void {
    this.#keep(path, answer);
  }

  async #plain(key: string, request: TierRequest, call: Call): Promise<Answer> {
    const asked = await this.#ask(key, request, { msn: null, part: null }, call);
    const latest = this.#latest.get(key);
    if (asked.status >= 500 && latest && ageMs(latest) <= playlistPolicy.staleMs(latest.state)) return latest;
    return asked;
  }

  async #blocking(key: string, request: TierRequest, call: Call, held: Playlist | undefined): Promise<Answer> {
    const giveUpMs = Date.now() + edgeLimits.upstreamBlockingMsMax;
    let known: Answer = held ?? (await this.#ask(key, request, { msn: null, part: null }, call));
    while (isPlaylist(known)) {
      let verdict = judgeBlocking(known.state, request.directives);
      if (verdict !== 'hold' && ageMs(known) > trustedMs(known.state, verdict)) {
        known = await this.#ask(key, request, { msn: null, part: null }, call);
        if (!isPlaylist(known)) return known;
        verdict = judgeBlocking(known.state, request.directives);
      }
      if (verdict === 'now') return known;
      if (verdict === 'too_far') return this.#tooFar(known.state);
      const before = known.state;
      known = await this.#ask(key, request, nextTarget(before, request.directives), call);
      if (isPlaylist(known) && (!isNewer(known.state, before) || Date.now() > giveUpMs)) return this.#stuck();
    }
    return known;
  }

  /** Asks the next tier and returns the newest version known then: no viewer ever sees a playlist go backwards. */
  async #ask(key: string, request: TierRequest, target: Pick<Directives, 'msn' | 'part'>, call: Call): Promise<Answer> {
    const upward = { ...request, directives: { ...target, skip: request.directives.skip } };
    const upwardKey = request.path + formatDirectives(upward.directives);
    const asked = await this.#merge.ask(upwardKey, upward, call, (answer) => this.#keep(key, answer));
    if (asked.status === 404 || asked.status === 410) this.#latest.delete(key);
    if (asked.status !== 200) return asked;
    if (!isPlaylist(asked)) {
      this.#latest.delete(key);
      // A foreign server may stop to hold requests, as at the end of its stream; ours always says where it is.
      if (asked.foreign) return asked;
      return refusal('upstream_failed', 'The origin sent a playlist without its state.', Date.now(), this.#name);
    }
    const latest = this.#latest.get(key);
    return latest && isNewer(latest.state, asked.state) ? latest : asked;
  }

  #keep(key: string, answer: Answer): void {
    if (!isPlaylist(answer)) return;
    const latest = this.#latest.get(key);
    const isBelieved = !latest || ageMs(latest) > playlistPolicy.staleMs(latest.state);
    if (isBelieved || !isNewer(latest.state, answer.state)) this.#latest.set(key, answer, answer.body.byteLength);
  }

  #tooFar(state: PlaylistState): Answer {
    const detail = `The live edge is segment ${state.msn}, part ${state.part}.`;
    return refusal('too_far_ahead', detail, Date.now(), this.#name);
  }

  /** Upstream let go of a hold without anything new: repeating it would be a storm. */
  #stuck(): Answer {
    return refusal('blocked_too_long', 'The playlist did not reach what was asked for.', Date.now(), this.#name);
  }
}

/** A delta update is another text than the whole playlist and is kept apart from it. */
function keyOf(request: TierRequest): string {
  return request.directives.skip === null ? request.path : `${request.path}#${request.directives.skip}`;
}

function isPlaylist(answer: Answer): answer is Playlist {
  return answer.status === 200 && answer.state !== null;
}

function ageMs(answer: Answer): number {
  return Date.now() - answer.bornMs;
}

/** How old a playlist may be for a verdict on it to stand, ms: "too far" is only true of the real live edge. */
function trustedMs(state: PlaylistState, verdict: BlockingVerdict): number {
  if (state.ended) return Number.POSITIVE_INFINITY;
  return verdict === 'now' ? state.targetDurationS * 1_000 : playlistPolicy.freshMs(state);
}

/**
 * What to wait for upstream on the way to what a viewer wants: the very next part, or the end of the segment in the making.
 * Viewers that want something further on go round again, so nobody can open holds at will.
 */
function nextTarget(state: PlaylistState, wanted: Directives): Pick<Directives, 'msn' | 'part'> {
  const next = state.complete ? { msn: state.msn + 1, part: 0 } : { msn: state.msn, part: state.part + 1 };
  return wanted.part === null ? { msn: next.msn, part: null } : next;
}

/** Whether `a` lists more than `b`. */
function isNewer(a: PlaylistState, b: PlaylistState): boolean {
  if (a.msn !== b.msn) return a.msn > b.msn;
  if (a.complete !== b.complete) return a.complete;
  if (a.part !== b.part) return a.part > b.part;
  return a.ended && !b.ended;
}
