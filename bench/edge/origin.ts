import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatPlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';

/** The files of one rendition, as the origin of a live broadcast has them; any path in front of them will do. */
export const files = Object.freeze({ playlist: 'index.m3u8', part: '9.0.m4s', segment: '9.m4s' });

const bodies = Object.freeze({ part: Buffer.alloc(60_000, 1), segment: Buffer.alloc(2_097_152, 2) });
/** As long as a playlist with thirty parts. */
const playlistText = `#EXTM3U\n${'#EXT-X-PART:DURATION=0.20000,URI="1234.5.m4s"\n'.repeat(45)}`;

/** An origin that costs next to nothing and holds what is asked of it ahead of time, until it is let go. */
export class BenchOrigin {
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #held: (() => void)[] = [];
  #requests = 0;
  /** Last part of segment 10. */
  #part = 3;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Requests so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Requests that are held. */
  get waiting(): number {
    return this.#held.length;
  }

  /** The part after the last one, and the reload that waits for it. */
  get next(): { readonly part: string; readonly reload: string } {
    const part = this.#part + 1;
    return { part: `10.${part}.m4s`, reload: `${files.playlist}?_HLS_msn=10&_HLS_part=${part}` };
  }

  /** Publishes the next part. */
  release(): void {
    this.#part++;
    for (const answer of this.#held.splice(0)) answer();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#requests++;
    const url = request.url ?? '';
    const file = url.slice(url.lastIndexOf('/') + 1);
    const wanted = Number(/(?:_HLS_part=|^10\.)(\d+)/.exec(file)?.[1] ?? -1);
    const send = () => {
      if (file.startsWith(files.playlist)) this.#sendPlaylist(response, wanted >= 0);
      else this.#sendMedia(response, file === files.segment ? bodies.segment : bodies.part);
    };
    if (wanted > this.#part) this.#held.push(send);
    else send();
  }

  #sendPlaylist(response: ServerResponse, isBlocking: boolean): void {
    const state = { msn: 10, part: this.#part, complete: false, targetDurationS: 2, partTargetS: 0.2, ended: false };
    const text = `${playlistText}# ${this.#part}\n`;
    response.writeHead(200, {
      'content-type': 'application/vnd.apple.mpegurl',
      'content-length': text.length,
      'cache-control': `max-age=${isBlocking ? 12 : 1}`,
      [playlistStateHeader]: formatPlaylistState(state),
    });
    response.end(text);
  }

  #sendMedia(response: ServerResponse, body: Buffer): void {
    const headers = { 'content-type': 'video/mp4', 'content-length': body.length, 'cache-control': 'max-age=31536000' };
    response.writeHead(200, headers).end(body);
  }
}
