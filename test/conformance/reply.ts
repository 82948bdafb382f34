import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FakeStream, Rendition } from './fake-stream.ts';

type MediaKind = 'init' | 'segment' | 'part';

/** Writes answers with the headers that they should have, or with the one fault of the stream. */
export class Reply {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #stream: FakeStream;

  constructor(request: IncomingMessage, response: ServerResponse, stream: FakeStream) {
    this.#request = request;
    this.#response = response;
    this.#stream = stream;
    response.sendDate = false; // it would be the machine's
    response.setHeader('access-control-allow-origin', '*');
    if (!stream.has('rule-24')) response.setHeader('access-control-expose-headers', 'age, date');
  }

  playlist(text: string, cacheControl: string): void {
    const type = this.#stream.has('hls-content-type') ? 'text/plain' : 'application/vnd.apple.mpegurl';
    this.#manifest(text, type, cacheControl);
  }

  mpd(text: string): void {
    this.#manifest(text, this.#stream.has('dash-content-type') ? 'text/xml' : 'application/dash+xml', 'max-age=0');
  }

  time(): void {
    const stream = this.#stream;
    const offMs = stream.has('rule-40 false') ? 60_000 : 0;
    const lifetime = stream.has('rule-40 cached') ? 'max-age=60' : 'no-store';
    this.#text(new Date(stream.nowMs + offMs).toISOString(), 'text/plain', lifetime);
  }

  problem(status: number, lifetimeS: number): void {
    const response = this.#response;
    const stream = this.#stream;
    const isBare = (stream.has('rule-46') && status === 410) || (stream.has('rule-04 cors') && status === 400);
    const noCors = stream.has('cors') || isBare;
    if (noCors) response.removeHeader('access-control-allow-origin');
    if (!(stream.has('rule-21') && status === 400)) response.setHeader('cache-control', `max-age=${lifetimeS}`);
    this.#stamped().writeHead(status, { 'content-type': 'text/plain' }).end('no');
  }

  json(value: object, cacheControl: string): void {
    this.#text(JSON.stringify(value), 'application/json', cacheControl);
  }

  redirect(location: string): void {
    this.#stamped().writeHead(302, { location }).end();
  }

  media(bytes: Buffer, rendition: Rendition, kind: MediaKind): void {
    const stream = this.#stream;
    const { headers } = this.#request;
    this.#mediaHeaders(rendition, kind);
    const isAuthorized = headers.authorization !== undefined;
    if (isAuthorized && stream.has('rule-47')) {
      this.#stamped().writeHead(401, { 'cache-control': 'no-store' }).end();
      return;
    }
    if (isAuthorized && stream.has('rule-47 private')) this.#response.setHeader('cache-control', 'max-age=60');
    const isTold = isAuthorized && stream.has('rule-47 body');
    const isOther = isTold || (headers.cookie !== undefined && stream.has('rule-45'));
    const isCounted = stream.has('rule-44') && this.#query.has('CMCD');
    const body = isOther || isCounted ? Buffer.concat([bytes, Buffer.from('viewer')]) : bytes;
    const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
    if (range && this.#request.method === 'GET') this.#range(body, Number(range[1]), range[2] ?? '', kind);
    else this.#end(200, body);
  }

  /** Sends pieces with time between them. */
  async slowly(pieces: readonly Buffer[], rendition: Rendition, overS: number): Promise<void> {
    const startMs = this.#stream.nowMs;
    const write = this.openMedia(rendition);
    for (const [index, piece] of pieces.entries()) {
      const dueMs = startMs + (1000 * overS * index) / (pieces.length - 1);
      await this.#stream.until(dueMs);
      write(piece);
    }
    write(null);
  }

  /** Begins an answer of unknown length; null ends it. */
  openMedia(rendition: Rendition): (bytes: Buffer | null) => void {
    this.#mediaHeaders(rendition, 'segment');
    this.#stamped().writeHead(200);
    return (bytes) => {
      if (bytes === null) this.#response.end();
      else this.#response.write(bytes);
    };
  }

  #range(body: Buffer, first: number, lastText: string, kind: MediaKind): void {
    const tooLong = this.#stream.has('rule-30') && Number(lastText) > 2 ** 31;
    if (kind === 'segment' && first > 0 && this.#stream.has('rule-31 whole')) {
      this.#end(200, body);
      return;
    }
    if (first >= body.length && this.#stream.has('rule-32 past')) {
      this.#end(404, Buffer.alloc(0));
      return;
    }
    if (first >= body.length || tooLong) {
      this.#response.setHeader('content-range', `bytes */${body.length}`);
      this.#end(416, Buffer.alloc(0));
      return;
    }
    const last = lastText === '' ? body.length - 1 : Math.min(Number(lastText), body.length - 1);
    // The fault is in parts, which begin inside a segment.
    const isWrong =
      (this.#stream.has('rule-31') && kind === 'segment' && first > 0) ||
      (this.#stream.has('rule-32 range') && last === 99);
    const wrong = isWrong ? 1 : 0;
    const slice = body.subarray(first, last + 1 - wrong);
    this.#response.setHeader('content-range', `bytes ${first}-${last}/${body.length}`);
    this.#end(206, slice);
  }

  #mediaHeaders(rendition: Rendition, kind: MediaKind): void {
    const response = this.#response;
    const stream = this.#stream;
    const isPage = stream.has('hls-segments-answer type') || stream.has('dash-segments-answer type');
    response.setHeader('content-type', isPage ? 'text/html' : `${rendition}/mp4`);
    response.setHeader('accept-ranges', 'bytes');
    const isShort = kind === 'part' ? stream.has('rule-20 hinted') : stream.has('rule-22 short');
    response.setHeader(
      'cache-control',
      `public, max-age=${isShort ? 5 : 86_400}${stream.has('rule-22') ? '' : ', immutable'}`,
    );
    response.setHeader('age', stream.has('rule-24 frozen') ? '100' : '0');
    if (stream.has('rule-48')) response.setHeader('set-cookie', 'session=1');
  }

  #manifest(text: string, type: string, cacheControl: string): void {
    const stream = this.#stream;
    const query = this.#query;
    const isOther =
      (stream.has('rule-13 body') && query.has('_HLS_conformance')) ||
      (stream.has('rule-14 body') && query.has('zz')) ||
      (stream.has('rule-44 manifest') && query.has('CMCD'));
    if (stream.has('rule-32 manifest')) this.#response.setHeader('accept-ranges', 'bytes');
    this.#response.setHeader('age', stream.has('rule-24 old') ? '30' : '0');
    this.#text(isOther ? `${text}\n` : text, type, cacheControl);
  }

  #text(text: string, type: string, cacheControl: string): void {
    this.#response.setHeader('content-type', type);
    this.#response.setHeader('cache-control', cacheControl);
    this.#end(200, Buffer.from(text));
  }

  get #query(): URLSearchParams {
    return new URL(this.#request.url ?? '/', 'http://host.invalid').searchParams;
  }

  #end(status: number, body: Buffer): void {
    const isHead = this.#request.method === 'HEAD';
    if (isHead && this.#stream.has('rule-32')) {
      this.#stamped().writeHead(405).end();
      return;
    }
    if (isHead && this.#stream.has('rule-32 head')) this.#response.setHeader('content-type', 'text/plain');
    this.#stamped()
      .writeHead(status, { 'content-length': body.length })
      .end(isHead ? undefined : body);
  }

  /** With the time at which the answer begins. */
  #stamped(): ServerResponse {
    const isMedia = this.#response.getHeader('accept-ranges') === 'bytes';
    const lateMs = isMedia && this.#stream.has('rule-24 date') ? 60_000 : 0;
    return this.#response.setHeader('date', new Date(this.#stream.nowMs - lateMs).toUTCString());
  }
}
