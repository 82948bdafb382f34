import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { type Audience, importWireKey, signatureHeader } from '#shared/wire/signature.ts';
import { splitStatements } from '../../scripts/local/migrate.ts';
import { breaksOfContract } from '../support/contract.ts';
import { signAnew } from '../support/sign-anew.ts';

const root = join(import.meta.dirname, '../..');

/** Secrets of the stage: made up here, good for nothing else. */
export const apiToken = 'token-of-the-control-stage';
export const wireSecret = 'secret-of-the-control-stage-32-chars';
export const oldWireSecret = 'older-secret-of-the-control-stage-32';

/** Mounts the API as the Worker does, and shows what playback gets from the directory. */
const entry = `
  import { Hono } from 'hono';
  import { controlApi } from './workers/control/api.ts';
  import { originsOf, resolveChannel } from './workers/control/directory.ts';
  export { ChannelArbiter } from './workers/arbiter/channel-arbiter.ts';
  const app = new Hono();
  app.route('/api/v1', controlApi);
  app.get('/resolve/:name', async (c) => c.json(await resolveChannel(c.env.DB, c.req.param('name'), Date.now())));
  app.get('/origins-of/:id', async (c) => c.json(await originsOf(c.env.DB, c.req.param('id'), Date.now())));
  export default app;
`;

/** The statements of every migration, in order. */
function migrationStatements(): string[] {
  const folder = join(root, 'workers/migrations');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return files.flatMap((name) => splitStatements(readFileSync(join(folder, name), 'utf8')));
}

/** The body of an answer, whose shape the test itself asserts. */
// biome-ignore lint/suspicious/noExplicitAny: every field read is compared with a literal
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
  readonly json: Json;
}

export interface Signing {
  readonly audience?: Audience;
  readonly kid?: string;
  readonly secret?: string;
  readonly atMs?: number;
  /** What is signed, where that differs from what is sent. */
  readonly signedBody?: string;
  readonly signedPath?: string;
  readonly signedMethod?: string;
}

/** The control plane in a real workerd with a D1 of its own. */
export class ControlStage {
  readonly #miniflare: Miniflare;

  constructor(miniflare: Miniflare) {
    this.#miniflare = miniflare;
  }

  /**
   * @param more settings beside those that every stage has
   * @param rates bound where they are given, per minute
   * @param stateDir where the catalogue lies; else in memory
   */
  static async start(
    more: Readonly<Record<string, string>> = {},
    rates: Readonly<Record<string, number>> = {},
    stateDir: string | null = null,
  ): Promise<ControlStage> {
    const built = await build({
      stdin: { contents: entry, resolveDir: root, loader: 'ts' },
      bundle: true,
      format: 'esm',
      external: ['cloudflare:workers'],
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      write: false,
    });
    const options = convertV4MiniflareOptions({
      modules: true,
      script: built.outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-11-01',
      d1Databases: { DB: 'control' },
      r2Buckets: { MEDIA: 'media' },
      durableObjects: { ARBITERS: { className: 'ChannelArbiter', useSQLite: true } },
      bindings: {
        API_TOKEN: apiToken,
        WIRE_KEYS: `k2:${wireSecret} k1:${oldWireSecret}`,
        POP: 'tst',
        FOREIGN_HOSTS: 'media.example.com',
        ...more,
      },
      ratelimits: Object.fromEntries(
        Object.entries(rates).map(([name, limit]) => [
          name,
          { namespace_id: name, simple: { limit, period: 60 as const } },
        ]),
      ),
      cf: false,
    });
    const stage = new ControlStage(
      new Miniflare({ ...options, ...(stateDir !== null && { resourcePersistencePath: stateDir }) }),
    );
    const db = await stage.#miniflare.getD1Database('DB');
    await db.batch(migrationStatements().map((statement) => db.prepare(statement)));
    return stage;
  }

  async sql(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
    const db = await this.#miniflare.getD1Database('DB');
    const { results } = await db
      .prepare(text)
      .bind(...values)
      .all<Record<string, unknown>>();
    return results;
  }

  /** The answer as it comes. */
  raw(path: string, init: Json = {}) {
    return this.#miniflare.dispatchFetch(`http://pop.test${path}`, init);
  }

  /** Puts an object into the deployment's bucket. */
  async keep(key: string, bytes: Buffer): Promise<void> {
    await (await this.#miniflare.getR2Bucket('MEDIA')).put(key, bytes);
  }

  /** Keys in the deployment's bucket below a prefix. */
  async kept(prefix: string): Promise<string[]> {
    const { objects } = await (await this.#miniflare.getR2Bucket('MEDIA')).list({ prefix });
    return objects.map(({ key }) => key);
  }

  /** Asks, and throws when the answer is not what the API's document says. */
  async call(path: string, init: Json = {}): Promise<Answer> {
    const response = await this.raw(path, init);
    const text = await response.text();
    const { status, headers } = response;
    const breaks = breaksOfContract(init.method ?? 'GET', path, { status, headers, text });
    if (breaks.length > 0) throw new Error(`The answer breaks the API's document:\n${breaks.join('\n')}`);
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, json: isJson && text ? JSON.parse(text) : null };
  }

  /** A call of the administrator. */
  person(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { authorization: `Bearer ${apiToken}` };
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    return this.call(`/api/v1${path}`, { method, headers, ...content });
  }

  /** A signed call of an origin. */
  async origin(call: string, message: unknown, signing: Signing = {}): Promise<Answer> {
    const target = `/api/v1/origin/${call}`;
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    const key = await importWireKey(signing.kid ?? 'k2', signing.secret ?? wireSecret);
    const signed = {
      audience: signing.audience ?? 'control',
      method: signing.signedMethod ?? 'POST',
      target: signing.signedPath ?? target,
      body: new TextEncoder().encode(signing.signedBody ?? body),
    };
    const header = await signAnew(key, signed, signing.atMs ?? Date.now());
    return this.call(target, { method: 'POST', body, headers: { [signatureHeader]: header } });
  }

  /** A new channel with one stream key. */
  async channel(fields: Record<string, unknown> = {}): Promise<{ id: string; streamKey: string; keyId: string }> {
    const { json: channel } = await this.person('POST', '/channels', { title: 'A channel', ...fields });
    const { json: key } = await this.person('POST', `/channels/${channel.id}/keys`, { label: 'OBS' });
    return { id: channel.id, streamKey: key.streamKey, keyId: key.id };
  }

  async publish(streamKey: string, origin = 'o-fra', fields: Record<string, unknown> = {}): Promise<Json> {
    const { json } = await this.origin('publish', { origin, streamKey, ip: '192.0.2.7', encoder: 'OBS 31', ...fields });
    return json;
  }

  /** An origin claims a channel, or leaves it. */
  async lease(channel: string, origin: string, wish: 'claim' | 'leave' = 'claim'): Promise<Json> {
    return (await this.origin('lease', { origin, channel, session: `${origin}-1`, wish })).json;
  }

  heartbeat(broadcasts: readonly string[], origin = 'o-fra', fields: Record<string, unknown> = {}): Promise<Answer> {
    const url = `http://${origin}.test:8935`;
    return this.origin('heartbeat', { origin, url, version: '0.1.0', broadcasts, load: 0.25, ...fields });
  }

  report(broadcast: string, state: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    const empty = { source: null, renditions: [], findings: [], health: null };
    return this.origin('broadcast', { origin: 'o-fra', broadcast, state, atMs: Date.now(), ...empty, ...fields });
  }

  /** Moves what was last heard of an origin and its broadcasts into the past. */
  async silence(origin: string, ms: number): Promise<void> {
    await this.sql('UPDATE origins SET seen_ms = seen_ms - ?2 WHERE id = ?1', origin, ms);
    await this.sql('UPDATE broadcasts SET updated_ms = updated_ms - ?2 WHERE origin = ?1', origin, ms);
  }

  stop(): Promise<void> {
    return this.#miniflare.dispose();
  }
}
