import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatPlaylistState, type PlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { checkSignature, importWireKey, signatureHeader, type WireKey } from '#shared/wire/signature.ts';

/** Secret of the fake origin and of the PoPs in front of it: made up here, good for nothing else. */
export const wireKeyId = 'k1';
export const wireSecret = 'secret-of-the-edge-tests-32-characters';

type Handler = (target: string, response: ServerResponse) => void;

/** One request that came through with a right signature. */
interface Seen {
  readonly target: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** An origin whose every answer a test decides: real HTTP, real signatures, counted requests. */
export class FakeOrigin {
  readonly #server: Server;
  #key: WireKey;
  readonly #handlers = new Map<string, Handler>();
  readonly seen: Seen[] = [];
  readonly #macs = new Set<string>();
  #refused = 0;

  constructor(server: Server, key: WireKey) {
    this.#server = server;
    this.#key = key;
    server.on('request', async (request, response) => {
      const target = request.url ?? '';
      const signed = { audience: 'origin', method: request.method ?? '', target, body: null } as const;
      const header = request.headers[signatureHeader];
      const checked = await checkSignature([this.#key], typeof header === 'string' ? header : null, signed, Date.now());
      // As a real origin: each signature once.
      if (typeof checked === 'string' || this.#macs.has(checked.mac)) {
        this.#refused++;
        const reason = typeof checked === 'string' ? { reason: checked } : {};
        response.writeHead(401).end(JSON.stringify({ code: 'unauthorized', ...reason }));
        return;
      }
      this.#macs.add(checked.mac);
      this.seen.push({ target, headers: request.headers });
      const path = target.split('?')[0] ?? '';
      const handler = this.#handlers.get(target) ?? this.#handlers.get(path);
      if (handler) handler(target, response);
      else response.writeHead(404).end();
    });
  }

  static async start(): Promise<FakeOrigin> {
    const server = createServer();
    await listen(server, 0);
    return new FakeOrigin(server, await importWireKey(wireKeyId, wireSecret));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Requests refused for their signature, which was wrong or had been here. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes requests that are signed with another key, and no others. */
  useKey(key: WireKey): void {
    this.#key = key;
  }

  /** How often exactly this target (with its query) was asked for. */
  count(target: string): number {
    return this.seen.filter((request) => request.target === target).length;
  }

  /** How often this path was asked for, with any query. */
  countPath(path: string): number {
    return this.seen.filter((request) => request.target.split('?')[0] === path).length;
  }

  /** Decides what a target, or a path with any query, is answered with. */
  on(target: string, handler: Handler): void {
    this.#handlers.set(target, handler);
  }

  put(target: string, body: string | Uint8Array, headers: Record<string, string> = {}): void {
    this.on(target, (_, response) => response.writeHead(200, headers).end(body));
  }

  putPlaylist(target: string, state: Partial<PlaylistState>): void {
    this.on(target, (_, response) => sendPlaylist(response, state));
  }

  fail(target: string, status: number, body = ''): void {
    this.on(target, (_, response) => response.writeHead(status).end(body));
  }

  /** Takes requests and keeps them until the test lets go. */
  hold(target: string): Hold {
    const hold = new Hold();
    this.on(target, (_, response) => hold.add(response));
    return hold;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Requests that wait at the origin. */
export class Hold {
  #responses: ServerResponse[] = [];

  get waiting(): number {
    return this.#responses.filter((response) => !response.destroyed).length;
  }

  add(response: ServerResponse): void {
    this.#responses.push(response);
  }

  release(answer: (response: ServerResponse) => void): void {
    for (const response of this.#responses.splice(0)) answer(response);
  }
}

export const startState: PlaylistState = Object.freeze({
  msn: 10,
  part: 3,
  complete: false,
  targetDurationS: 2,
  partTargetS: 0.2,
  ended: false,
});

/** Answers with a playlist whose text tells its state. */
export function sendPlaylist(response: ServerResponse, change: Partial<PlaylistState>): void {
  const state = formatPlaylistState({ ...startState, ...change });
  response.writeHead(200, { [playlistStateHeader]: state }).end(playlistText(change));
}

/** The text that {@link sendPlaylist} sends. */
export function playlistText(change: Partial<PlaylistState>): string {
  return `#EXTM3U\n# ${formatPlaylistState({ ...startState, ...change })}\n`;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
