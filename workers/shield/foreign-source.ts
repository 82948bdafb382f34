import { formatDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { foreignUrlOn, parseForeignUrl } from '../access/foreign-url.ts';
import { type Answer, type ForeignRoute, type ForeignTraits, refusal, type TierRequest } from '../cache/answer.ts';
import type { Counters } from '../cache/counters.ts';
import { upstreamMs } from '../cache/policy.ts';
import type { Env } from '../env.ts';
import { foreignHls, foreignMpd } from '../manifest/foreign.ts';
import { readForeignPlaylist } from '../manifest/foreign-state.ts';
import type { ForeignPlace } from '../manifest/foreign-uri.ts';
import { foreignKind, mpdLifetimes, objectLifetimes, playlistLifetimes } from './foreign-kind.ts';
import { mayAsk, noteOutcome } from './health.ts';
import { readBody } from './read-body.ts';
import type { Source } from './source.ts';

/** An object of a foreign source. */
type ForeignTierRequest = TierRequest & { readonly route: ForeignRoute };

/** Whether this is one. */
export function isForeign(request: TierRequest): request is ForeignTierRequest {
  return request.route.kind === 'foreign';
}

/** A response and the address that it came from, behind redirects; or why we do not go where it leads. */
type Fetched = { readonly response: Response; readonly url: URL } | { readonly astray: string };

/** The server answered, with a failure of its own: worth another try. */
class StatusError extends Error {}

/**
 * Fetches from a server that is not ours: only from listed hosts, nothing of the viewer goes there, and of the answer only
 * type, lifetime and bytes come back. Its manifests leave here with all URIs leading to us.
 */
export class ForeignSource implements Source<ForeignTierRequest> {
  readonly #hosts: string | undefined;
  readonly #counters: Counters;
  #waiting = 0;

  constructor({ FOREIGN_HOSTS }: Pick<Env, 'FOREIGN_HOSTS'>, counters: Counters) {
    this.#hosts = FOREIGN_HOSTS;
    this.#counters = counters;
  }

  get waiting(): number {
    return this.#waiting;
  }

  async answer(request: ForeignTierRequest): Promise<Answer> {
    const { source, file } = request.route;
    const manifest = parseForeignUrl(source, this.#hosts);
    if (!(manifest instanceof URL)) return refused('upstream_failed', 'The source of this channel is not on the list.');
    const folder = new URL('./', manifest);
    const url = addressOf(file, manifest, folder, this.#hosts);
    if (!url) return refused('not_found', 'The source of this channel has no such address.');
    const directives = formatDirectives(request.directives);
    if (directives !== '') url.search = url.search === '' ? directives : `${url.search}&${directives.slice(1)}`;
    if (!mayAsk(url.origin)) return refused('upstream_failed', 'The source of this channel is not answering.');
    const signal = AbortSignal.timeout(upstreamMs('foreign', request.directives.msn !== null));
    const isListed = (candidate: URL) => parseForeignUrl(candidate.href, this.#hosts) instanceof URL;
    const attempt = async () => {
      const fetched = await this.#follow(url, signal);
      if ('astray' in fetched) return refused('upstream_failed', fetched.astray);
      return this.#read(fetched.response, { base: fetched.url, folder, file, isListed });
    };
    try {
      const answer = await attempt().catch(async (error) => {
        if (signal.aborted) throw error;
        this.#counters.add('origin_retries');
        await new Promise((resolve) => setTimeout(resolve, edgeLimits.retryDelayMsMin));
        return attempt();
      });
      // Viewers choose the address: one that the server has no answer for says nothing of the rest of it.
      noteOutcome(url.origin, true);
      return answer;
    } catch (error) {
      noteOutcome(url.origin, error instanceof StatusError);
      this.#counters.add('origin_failures');
      if (signal.aborted) return refused('upstream_timeout', 'The source of this channel did not answer in time.');
      console.warn(JSON.stringify({ event: 'foreign_failed', path: request.path, error: String(error) }));
      return refused('upstream_failed', 'The source of this channel cannot be reached.');
    }
  }

  /** Follows redirects as far as they stay on the list. */
  async #follow(from: URL, signal: AbortSignal): Promise<Fetched> {
    let url = from;
    for (let hops = 0; hops <= edgeLimits.foreignRedirectsMax; hops++) {
      const response = await this.#send(url, signal);
      if (![301, 302, 303, 307, 308].includes(response.status)) return { response, url };
      await response.body?.cancel();
      const next = parseForeignUrl(redirectTarget(response, url), this.#hosts);
      if (!(next instanceof URL)) return { astray: `The source redirects to where no PoP goes (${next}).` };
      url = next;
    }
    return { astray: 'The source redirects too often.' };
  }

  async #send(url: URL, signal: AbortSignal): Promise<Response> {
    this.#counters.add('origin_fetches');
    this.#waiting++;
    try {
      const headers = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'headwater' };
      return await fetch(url, { headers, signal, redirect: 'manual', cache: 'no-store' });
    } finally {
      this.#waiting--;
    }
  }

  async #read(response: Response, place: ForeignPlace): Promise<Answer> {
    const { status } = response;
    if (status !== 200) {
      await response.body?.cancel();
      if (status === 500 || status === 502) throw new StatusError(`status ${status}`);
      return refused(passed[status] ?? 'upstream_failed', `The source answered with status ${status}.`);
    }
    const named = foreignKind(place.base.pathname, response.headers.get('content-type'));
    const isManifest = named.kind === 'playlist' || named.kind === 'mpd';
    const body = await readBody(response, isManifest ? edgeLimits.foreignManifestBytesMax : edgeLimits.objectBytesMax);
    if (!body) return refused('upstream_failed', 'The source sent more than one object may hold.');
    this.#counters.add('origin_bytes', body.byteLength);
    if (named.kind === 'playlist') return playlistAnswer(new TextDecoder().decode(body), named, place);
    if (named.kind === 'mpd') return mpdAnswer(new TextDecoder().decode(body), named, place);
    const { headers } = response;
    const policy = objectLifetimes(named.kind, headers.get('cache-control'), headers.get('age'));
    return { ...born(), body, foreign: { ...named, policy } };
  }
}

/** As the server wrote it, where it wrote a host: how a host is written is looked at too. */
function redirectTarget(response: Response, from: URL): string {
  const location = response.headers.get('location') ?? '';
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(location)) return location;
  return location.startsWith('//') ? from.protocol + location : (URL.parse(location, from)?.href ?? '');
}

type Named = Pick<ForeignTraits, 'kind' | 'contentType'>;

function playlistAnswer(text: string, named: Named, place: ForeignPlace): Answer {
  if (!text.startsWith('#EXTM3U')) return refused('upstream_failed', 'What the source sent is no playlist.');
  const playlist = readForeignPlaylist(text);
  const body = encode(foreignHls(text, place));
  return { ...born(), body, state: playlist.state, foreign: { ...named, policy: playlistLifetimes(playlist) } };
}

function mpdAnswer(text: string, named: Named, place: ForeignPlace): Answer {
  const mapped = foreignMpd(text, place);
  if (mapped === null) return refused('upstream_failed', 'What the source sent is no MPD.');
  return { ...born(), body: encode(mapped), foreign: { ...named, policy: mpdLifetimes(text) } };
}

/** The foreign address of a path below `/x/<channel>/`, or null when it is on no listed host. */
function addressOf(file: string, manifest: URL, folder: URL, hosts: string | undefined): URL | null {
  const queryAt = file.search(/%3f/i);
  const path = queryAt < 0 ? file : file.slice(0, queryAt);
  const query = queryAt < 0 ? '' : `?${file.slice(queryAt + 3)}`;
  const [, host, rest] = /^~\/([^/]+)(\/.+)$/.exec(path) ?? [];
  if (host !== undefined) return foreignUrlOn(host, rest + query, hosts);
  // The manifest itself goes by its file name; its query is the source's own.
  if (path === manifest.pathname.slice(folder.pathname.length) && query === '') return new URL(manifest);
  return new URL(folder.origin + folder.pathname + path + query);
}

/** Statuses that concern the viewer; every other one is a failure between us and the source. */
const passed: Readonly<Record<number, ProblemCode>> = Object.freeze({
  400: 'bad_request',
  404: 'not_found',
  410: 'gone',
  503: 'too_early',
});

function born() {
  return { status: 200, state: null, bornMs: Date.now(), from: 'origin' } as const;
}

function encode(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}

function refused(code: ProblemCode, detail: string): Answer {
  return refusal(code, detail, Date.now(), 'origin');
}
