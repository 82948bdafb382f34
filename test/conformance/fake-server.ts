import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, sleep } from '../../conformance/clock.ts';
import { answerExtra } from './fake-extras.ts';
import { FakeMedia } from './fake-media.ts';
import { mpd } from './fake-mpd.ts';
import { absoluteHost, iframePlaylist, mediaPlaylist, multivariantPlaylist } from './fake-playlists.ts';
import { FakeStream, partS, partsPerSegment, type Rendition } from './fake-stream.ts';
import type { Shape } from './faults.ts';
import { Reply } from './reply.ts';

/** Stands in front of every path, as a token does; it is not asked for. */
const token = '/s/5f9c4ab08cac7457';

/** A right live stream over HTTP, or one with a single fault. */
export class FakeServer {
  readonly #server: Server;
  readonly #stream: FakeStream;
  readonly #media: FakeMedia;
  readonly #clock: Clock;
  /** How many were held for the same so far, by path and query. */
  readonly #held = new Map<string, number>();
  #hasHeldLong = false;

  constructor(clock: Clock, shape: Shape, fault: string | null) {
    this.#clock = clock;
    this.#stream = new FakeStream(clock, shape, fault);
    this.#media = new FakeMedia(this.#stream);
    this.#server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${token}/main.${this.#stream.isDash ? 'mpd' : 'm3u8'}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    const reply = new Reply(request, response, this.#stream);
    const path = url.pathname.startsWith(token) ? url.pathname.slice(token.length) : url.pathname;
    const [, rendition, file = ''] = /^\/(video|audio)\/(.+)$/.exec(path) ?? [];
    if (this.#stream.has('rule-14') && url.searchParams.has('zz')) reply.problem(400, 1);
    else if (path === '/main.m3u8') reply.playlist(multivariantPlaylist(this.#stream), 'max-age=1');
    else if (path === '/main.mpd' && this.#stream.has('rule-37')) reply.redirect('moved.mpd');
    else if (path === '/main.mpd' || path === '/moved.mpd') reply.mpd(mpd(this.#stream));
    else if (path === '/time') reply.time();
    else if (answerExtra(reply, this.#stream, path.split('/').at(-1), request)) return;
    else if (!rendition) await this.#missing(reply, url);
    else if (/^(?:index|moved)\.m3u8$/.test(file)) await this.#playlist(reply, rendition as Rendition, url);
    else if (rendition === 'video' && file === 'iframes.m3u8')
      reply.playlist(iframePlaylist(this.#stream), 'max-age=1, stale-if-error=3');
    else if (!(await this.#media.answer(reply, rendition as Rendition, file))) await this.#missing(reply, url);
  }

  async #missing(reply: Reply, { pathname, searchParams }: URL): Promise<void> {
    const stream = this.#stream;
    if (!pathname.endsWith('.m3u8') && !pathname.endsWith('.mpd')) {
      if (stream.has('rule-28 late')) await sleep(this.#clock, 1_500);
      const isGone = stream.has('rule-46') || stream.has('rule-46 kept');
      const status = stream.has('rule-28') ? 500 : isGone ? 410 : 404;
      const isKept = stream.has('rule-20') || stream.has('rule-41') || stream.has('rule-46 kept');
      reply.problem(status, isKept ? 60 : 1);
      return;
    }
    const isBlocking = searchParams.has('_HLS_msn');
    reply.problem(404, stream.has(isBlocking ? 'rule-17' : 'rule-19') ? 60 : 1);
  }

  async #playlist(reply: Reply, rendition: Rendition, url: URL): Promise<void> {
    const stream = this.#stream;
    if (stream.has('rule-37') && rendition === 'audio' && url.pathname.endsWith('index.m3u8')) {
      reply.redirect(`moved.m3u8${url.search}`);
      return;
    }
    const query = url.searchParams;
    const msn = query.get('_HLS_msn');
    const part = query.get('_HLS_part');
    const blocks = stream.shape === 'low-latency' || stream.shape === 'ranges';
    const isBlocking = blocks && (msn !== null || part !== null);
    const askedAtS = stream.lengthS;
    if (stream.has('rule-13') && query.has('_HLS_conformance')) {
      reply.problem(400, 1);
      return;
    }
    if (isBlocking) {
      const refused = await this.#hold(msn, part, rendition);
      if (refused !== null) {
        reply.problem(refused, stream.has('rule-21 long') ? 60 : 1);
        return;
      }
    }
    const isOld = isBlocking && msn !== null && Number(msn) + 2 < askedAtS;
    if (stream.has('rule-09 held') && msn !== null) await sleep(this.#clock, 2_000);
    if (stream.has('rule-07 late') && isOld) await sleep(this.#clock, 1_500);
    const turn = stream.lengthS > askedAtS ? this.#turn(url) : 0;
    const unasked =
      (stream.has('rule-11') && msn !== null && part === null) ||
      (stream.has('rule-07 delta') && isOld) ||
      (stream.has('rule-09 delta') && msn !== null);
    const canSkip = (blocks && !stream.has('rule-10')) || stream.has('rule-10 unasked');
    const skip = unasked ? 'YES' : canSkip ? (query.get('_HLS_skip') as 'YES' | 'v2' | null) : null;
    const lengthS = this.#seenLengthS(rendition) - (stream.has('rule-07 old') && isOld ? 2 : 0);
    const comment = stream.has('rule-25') && turn > 0 ? `# ${turn}\n` : '';
    const text = mediaPlaylist(stream, rendition, { lengthS, skip }) + comment;
    const lifetime = msn === null || !blocks ? (stream.has('rule-18') ? 10 : 1) : stream.has('rule-16') ? 1 : 6;
    const stale = stream.has('rule-23') ? 86_400 : 3;
    reply.playlist(text.replaceAll(absoluteHost, url.host + token), `max-age=${lifetime}, stale-if-error=${stale}`);
  }

  /** The how-manieth one it is who was held for the same, from 0. */
  #turn({ href }: URL): number {
    const turn = this.#held.get(href) ?? 0;
    this.#held.set(href, turn + 1);
    return turn;
  }

  /** Media seconds that a playlist shows now. */
  #seenLengthS(rendition: Rendition): number {
    const stream = this.#stream;
    const { lengthS, watchedS } = stream;
    if (stream.has('hls-fresh') && stream.shape === 'away') return stream.silentLengthS;
    if (rendition === 'audio') return lengthS;
    if (stream.has('hls-fresh') && watchedS > 1 && watchedS < 5) return lengthS - watchedS + 1;
    if (stream.has('rule-26') && watchedS > 2.9 && watchedS < 3.4) return lengthS - 3;
    return lengthS;
  }

  /** Waits for what a blocking reload asks for; the result is a status to refuse it with, or null. */
  async #hold(msnText: string | null, partText: string | null, rendition: Rendition): Promise<number | null> {
    const stream = this.#stream;
    if (msnText === null) return stream.has('rule-01') ? null : 400;
    if (!/^\d+$/.test(msnText)) return stream.has('rule-04') ? 500 : 400;
    if (partText !== null && !/^\d+$/.test(partText)) return stream.has('rule-04 part') ? null : 400;
    const { msn: next, part: last } = stream.edge();
    let msn = Number(msnText);
    let part = partText === null ? null : Number(partText);
    if (msn > next + 1) {
      if (stream.has('rule-02') || stream.has('rule-02 late')) await sleep(this.#clock, 3_000);
      return stream.has('rule-02') ? 503 : 400;
    }
    if (msn < next - 8 && stream.has('rule-07')) return 404;
    if (part !== null && msn === next && part > last + 3 * partsPerSegment && !stream.has('rule-03')) {
      if (stream.has('rule-03 late')) await sleep(this.#clock, 1_500);
      return 400;
    }
    if (part !== null && part >= partsPerSegment) {
      if (stream.has('rule-06')) return 400;
      msn++;
      part = 0;
    } else if (part !== null && stream.has('rule-05')) return null;
    if (part === null && stream.has('rule-15')) return null;
    if (stream.has('rule-08') && rendition === 'audio' && part !== null && !this.#hasHeldLong) {
      this.#hasHeldLong = true;
      await sleep(this.#clock, 4_000);
    }
    const wantedS = part === null ? msn + 1 : msn + (part + 1) * partS;
    await stream.untilLength(wantedS);
    return null;
  }
}
