import { gzipSync } from 'node:zlib';
import type { RecordEntry } from '#shared/model/record.ts';
import { formatPlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { importWireKey } from '#shared/wire/signature.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { createWorkerStore } from '../../origin/store/worker-store.ts';
import type { makeCodedBroadcast } from './coded-broadcast.ts';
import { type Edge, type EdgeOptions, startEdge } from './edge.ts';
import { FakeOrigin, wireKeyId, wireSecret } from './fake-origin.ts';

type Broadcast = Awaited<ReturnType<typeof makeCodedBroadcast>>;

/** The body of an answer, whose shape the test itself asserts. */
// biome-ignore lint/suspicious/noExplicitAny: every field read is compared with a literal
type Json = any;

/** PoPs, a bucket and an origin, with broadcasts in one or the other. */
export class ClipStage {
  readonly edge: Edge;
  readonly origin: FakeOrigin;
  readonly #store: ObjectStore;

  constructor(edge: Edge, origin: FakeOrigin, store: ObjectStore) {
    this.edge = edge;
    this.origin = origin;
    this.#store = store;
  }

  static async start(options: Omit<EdgeOptions, 'originUrl'> = {}): Promise<ClipStage> {
    const origin = await FakeOrigin.start();
    const edge = await startEdge({ originUrl: origin.url, ...options });
    const key = await importWireKey(wireKeyId, wireSecret);
    return new ClipStage(edge, origin, createWorkerStore({ url: edge.url(), key, now: Date.now }));
  }

  /** A broadcast that is over and lies in the bucket. */
  async keep(made: Broadcast): Promise<{ channel: string; broadcast: string }> {
    made.packager.end();
    const added = await this.edge.addBroadcast();
    await this.store(made, added.broadcast, [{ kind: 'end' }]);
    await this.edge.sql("UPDATE broadcasts SET state = 'ended', ended_ms = 1 WHERE id = ?1", added.broadcast);
    return added;
  }

  /** Puts media and record so far into the bucket. */
  async store({ record, stored }: Broadcast, broadcast: string, end: readonly RecordEntry[] = []): Promise<void> {
    for (const [file, bytes] of stored) await this.#store.put(`b/${broadcast}/${file}`, [bytes]);
    const lines = [...record, ...end].map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await this.#store.put(`b/${broadcast}/record.ndjson.gz`, [gzipSync(lines)]);
  }

  /** A broadcast that goes on, all of it at its origin. */
  async serve({ window, stored }: Broadcast): Promise<{ channel: string; broadcast: string }> {
    const added = await this.edge.addBroadcast();
    const put = (file: string, body: string | Buffer, headers = {}) =>
      this.origin.put(`/b/${added.broadcast}/${file}`, body, headers);
    put('index.m3u8', window.multivariant() ?? '');
    put('index.mpd', window.mpd(Date.now()) ?? '');
    for (const name of ['v180', 'a1']) {
      const playlist = window.playlist(name, false);
      if (!playlist) throw new Error(`no playlist of ${name}`);
      put(`${name}/index.m3u8`, playlist.text, { [playlistStateHeader]: formatPlaylistState(playlist.state) });
      put(`${name}/segments.json`, window.segmentList(name) ?? '');
    }
    for (const [file, bytes] of stored) put(file, bytes);
    return added;
  }

  /** A call of the administrator. */
  async person(method: string, path: string, body?: object, pop?: string): Promise<{ status: number; json: Json }> {
    const response = await fetch(new URL(`/api/v1${path}`, this.edge.url(pop)), {
      method,
      headers: { authorization: 'Bearer token-of-the-edge-tests' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? null : JSON.parse(text) };
  }

  async get(path: string, pop?: string, headers: Record<string, string> = {}, method = 'GET') {
    const response = await fetch(new URL(path, this.edge.url(pop)), { headers, method });
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body, text: body.toString() };
  }

  async stop(): Promise<void> {
    await this.edge?.stop();
    await this.origin?.stop();
  }
}
