import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare, Response } from 'miniflare';
import { formatId } from '#shared/model/id.ts';
import { controlPaths } from '#shared/wire/control.ts';
import { importWireKey, signatureHeader } from '#shared/wire/signature.ts';
import { type MigrationTarget, migrate } from '../../scripts/local/migrate.ts';
import { noteAnswer, noteLog, noteSecrets, sweepState } from './canary-notes.ts';
import { breaksOfContract } from './contract.ts';
import {
  bundleWorker,
  type EdgePlan,
  miniflareOptions,
  type Release,
  type TestPop,
  writePages,
} from './edge-workers.ts';
import { wireKeyId, wireSecret } from './fake-origin.ts';
import { signAnew } from './sign-anew.ts';

/** Made up here, good for nothing else. */
export const apiToken = 'token-of-the-edge-tests';
const root = join(import.meta.dirname, '../..');

/** Secrets of the edge under test: made up here, good for nothing else. */
export const testSecrets = Object.freeze({
  API_TOKEN: 'token-of-the-edge-tests',
  WIRE_KEYS: `${wireKeyId}:${wireSecret}`,
  ACCESS_KEYS: 'a1:access-secret-of-the-edge-tests-32-characters a0:an-older-secret-of-the-edge-tests-32-characters',
});

export const testPops: readonly TestPop[] = [
  { name: 'fra', continent: 'EU' },
  { name: 'ams', continent: 'EU' },
  { name: 'nyc', continent: 'NA' },
  { name: 'sin', continent: 'AS' },
];

export interface EdgeOptions {
  readonly originUrl: string;
  readonly pops?: readonly TestPop[];
  /** Folder with the built pages; stand-ins with a title each when not given. */
  readonly pagesDir?: string;
  /** Settings beside those that every test has, as in wrangler.toml. */
  readonly vars?: Release['vars'];
}

/** The Worker as it is deployed, in a real workerd: several PoPs, one set of shields, a catalogue of its own. */
export class Edge {
  readonly #miniflare: Miniflare;
  readonly #folder: string;
  #plan: EdgePlan;
  readonly #urls = new Map<string, string>();
  readonly #logs: string[];

  constructor(miniflare: Miniflare, folder: string, plan: EdgePlan, logs: string[]) {
    this.#miniflare = miniflare;
    this.#folder = folder;
    this.#plan = plan;
    this.#logs = logs;
  }

  /** Asks where the PoPs listen: at other ports after each start. */
  async findPops(names: Iterable<string>): Promise<void> {
    for (const name of names) this.#urls.set(name, String(await this.#miniflare.unsafeGetDirectURL(`pop-${name}`)));
  }

  /** Ends workerd and starts it again: catalogue, caches and Durable Objects' storage stay, memory and connections go. */
  async restart(): Promise<void> {
    await this.#miniflare.setOptions(miniflareOptions(this.#plan));
    await this.findPops(this.#urls.keys());
  }

  /** Gives some Workers (`pop-fra`, `shield`) another release, as a deployment does on its way; workerd starts anew with it. */
  async deploy(names: readonly string[], change: Partial<Release>): Promise<void> {
    const releases = new Map(this.#plan.releases);
    for (const name of names) releases.set(name, { ...(releases.get(name) as Release), ...change });
    this.#plan = { ...this.#plan, releases };
    await this.restart();
  }

  /** Empties the cache of a PoP. */
  async purgePopCache(pop: string): Promise<void> {
    await this.#miniflare.purgeCache(`pop-${pop}`);
  }

  /** Throws a shield out of memory, as Cloudflare does when it moves one; what it holds waits for fails. */
  async evictShield(broadcast: string, rendition: string, region: string): Promise<void> {
    const name = `${broadcast}/${rendition}/${region}`;
    await this.#miniflare.unsafeEvictDurableObject('shield', 'Shield', { name });
  }

  /** Base URL of a PoP. */
  url(pop = 'fra'): string {
    const url = this.#urls.get(pop);
    if (!url) throw new Error(`There is no PoP ${pop}.`);
    return url;
  }

  /** A call of the administrator; the body of the answer, whose shape the test itself asserts. */
  // biome-ignore lint/suspicious/noExplicitAny: every field read is compared with a literal
  async person(method: string, path: string, body?: object): Promise<{ status: number; json: any }> {
    const headers = { authorization: `Bearer ${apiToken}` };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(new URL(`/api/v1${path}`, this.url(this.#urls.keys().next().value)), init);
    const text = await response.text();
    if (method === 'POST') noteAnswer(text);
    const { status, headers: answered } = response;
    const breaks = breaksOfContract(method, response.url, { status, headers: answered, text });
    if (breaks.length > 0) throw new Error(`The answer breaks the API's document:\n${breaks.join('\n')}`);
    return { status, json: text === '' ? null : JSON.parse(text) };
  }

  /** Everything that the Workers and workerd wrote. */
  get logs(): string {
    return this.#logs.join('\n');
  }

  async sql(statement: string, ...values: unknown[]): Promise<void> {
    const db = await this.#miniflare.getD1Database('DB', `pop-${this.#urls.keys().next().value}`);
    await db
      .prepare(statement)
      .bind(...values)
      .run();
  }

  async rows(statement: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
    const db = await this.#miniflare.getD1Database('DB', `pop-${this.#urls.keys().next().value}`);
    const { results } = await db
      .prepare(statement)
      .bind(...values)
      .all<Record<string, unknown>>();
    return results;
  }

  /** Asks for a publisher as an origin does, and returns what it hears. */
  publish(streamKey: string, fields: object = {}): Promise<unknown> {
    return this.say('publish', { origin: 'o-test', streamKey, ip: '192.0.2.7', encoder: 'OBS 31', ...fields });
  }

  /** Says something as an origin does, signed with the deployment's key or one that it joined for; returns what it hears. */
  async say(
    call: keyof typeof controlPaths,
    message: object,
    signer: { readonly kid: string; readonly secret: string } = { kid: wireKeyId, secret: wireSecret },
  ): Promise<unknown> {
    const target = controlPaths[call];
    const body = JSON.stringify(message);
    const key = await importWireKey(signer.kid, signer.secret);
    const signed = { audience: 'control', method: 'POST', target, body: new TextEncoder().encode(body) } as const;
    const headers = { [signatureHeader]: await signAnew(key, signed, Date.now()) };
    const response = await fetch(new URL(target, this.url(this.#urls.keys().next().value)), {
      method: 'POST',
      headers,
      body,
    });
    return response.json();
  }

  /** Enters a channel without a broadcast. */
  async addChannel(visibility = 'public'): Promise<string> {
    const channel = formatId('ch', Date.now(), randomBytes(11));
    await this.sql(
      "INSERT INTO channels (id, title, visibility, created_ms) VALUES (?1, 'A channel', ?2, 1)",
      channel,
      visibility,
    );
    return channel;
  }

  /** Enters a live broadcast of a new channel at the test's origin. */
  async addBroadcast(visibility = 'public', origin = 'o-test'): Promise<{ channel: string; broadcast: string }> {
    const channel = await this.addChannel(visibility);
    const broadcast = formatId('b', Date.now(), randomBytes(11));
    await this.sql(
      `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
       VALUES (?1, ?2, 'sk_test', ?3, 'live', ?4, ?4, ?4)`,
      broadcast,
      channel,
      origin,
      Date.now(),
    );
    return { channel, broadcast };
  }

  async addOrigin(id: string, url: string): Promise<void> {
    const seenMs = Date.now() + 3_600_000; // no heartbeat follows, and no test depends on its absence
    await this.sql(
      "INSERT INTO origins (id, url, version, load, seen_ms) VALUES (?1, ?2, '0', 0, ?3)",
      id,
      url,
      seenMs,
    );
  }

  /** Puts an object straight into the bucket. */
  async putObject(key: string, body: string): Promise<void> {
    const bucket = await this.#miniflare.getR2Bucket('MEDIA', `pop-${this.#urls.keys().next().value}`);
    await bucket.put(key, body);
  }

  /** Takes an object out of the bucket. */
  async removeObject(key: string): Promise<void> {
    const bucket = await this.#miniflare.getR2Bucket('MEDIA', `pop-${this.#urls.keys().next().value}`);
    await bucket.delete(key);
  }

  /** Does what the cron trigger does. */
  async runCron(): Promise<void> {
    const worker = await this.#miniflare.getWorker(`pop-${this.#urls.keys().next().value}`);
    await worker.scheduled({ cron: '*/5 * * * *' });
  }

  /** Whether a PoP's own cache holds an object. */
  async inPopCache(pop: string, path: string): Promise<boolean> {
    const cache = await (await this.#miniflare.getCaches()).open(`pop-${pop}`);
    const found = await cache.match(cacheKey(path));
    // Read to its end: an unread body keeps the edge from stopping, and a cancelled one fails inside Miniflare.
    await found?.arrayBuffer();
    return found !== undefined;
  }

  /** Puts an object into a PoP's own cache, as that PoP would have done at `bornMs`. */
  async putPopCache(pop: string, path: string, body: string, bornMs: number): Promise<void> {
    const cache = await (await this.#miniflare.getCaches()).open(`pop-${pop}`);
    const headers = { 'cache-control': 'max-age=60', 'headwater-born': String(bornMs) };
    await cache.put(cacheKey(path), new Response(body, { headers }));
  }

  async stop(): Promise<void> {
    await this.#miniflare.dispose();
    noteLog(this.#logs);
    sweepState(this.#folder);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Builds the Worker and starts it with an origin in its catalogue. */
export async function startEdge({ originUrl, pops = testPops, vars = {}, pagesDir }: EdgeOptions): Promise<Edge> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-edge-'));
  writePages(join(folder, 'web'));
  const release = { script: await bundleWorker(), vars: { ...testSecrets, ...vars } };
  const logs: string[] = [];
  const names = [...pops.map(({ name }) => `pop-${name}`), 'shield'];
  const plan: EdgePlan = {
    pops,
    releases: new Map(names.map((name) => [name, release])),
    pagesDir: pagesDir ?? join(folder, 'web'),
    stateDir: join(folder, 'state'),
    onLog: (message) => logs.push(message),
  };
  noteSecrets(testSecrets);
  const miniflare = new Miniflare(miniflareOptions(plan));
  const db = await miniflare.getD1Database('DB', `pop-${pops[0]?.name}`);
  await migrate(db as unknown as MigrationTarget, join(root, 'workers/migrations'));
  const edge = new Edge(miniflare, folder, plan, logs);
  await edge.findPops(pops.map(({ name }) => name));
  await edge.addOrigin('o-test', originUrl);
  return edge;
}

const cacheKey = (path: string) => `https://pop.headwater.invalid${path}`;
