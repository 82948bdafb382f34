import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { type MigrationTarget, migrate } from '../../scripts/local/migrate.ts';
import { noteAnswer, noteSecrets, sweepState } from './canary-notes.ts';

const root = join(import.meta.dirname, '../..');
export const popNames = ['fra', 'nyc', 'sin'] as const;
type PopName = (typeof popNames)[number];

/** Secrets of these PoPs: made up here, good for nothing else. */
export const accessSecret = 'access-secret-of-the-tests-32-chars!';
const apiToken = 'token-of-the-access-tests';

/** The body of an answer, whose shape the test itself asserts. */
// biome-ignore lint/suspicious/noExplicitAny: every field read is compared with a literal
type Json = any;

export interface Answer {
  readonly status: number;
  readonly json: Json;
  readonly text: string;
}

/** Three PoPs in one workerd, each in an isolate of its own, with one catalogue and one set of desks. */
export class AccessPops {
  readonly #miniflare: Miniflare;
  readonly #folder: string;

  private constructor(miniflare: Miniflare, folder: string) {
    this.#miniflare = miniflare;
    this.#folder = folder;
  }

  static async start(vars: Readonly<Record<string, string>> = {}): Promise<AccessPops> {
    const built = await build({
      entryPoints: [join(import.meta.dirname, 'access-pop.ts')],
      bundle: true,
      format: 'esm',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*'],
      write: false,
    });
    const objects = Object.entries({ REVOCATIONS: 'RevocationDesk', LEASES: 'LeaseDesk' });
    const durableObjects = (scriptName?: string) =>
      Object.fromEntries(
        objects.map(([name, className]) => [name, { className, useSQLite: true, ...(scriptName && { scriptName }) }]),
      );
    const shared = {
      modules: true,
      script: built.outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-11-01',
      d1Databases: { DB: 'catalogue' },
      r2Buckets: { MEDIA: 'media' },
      ratelimits: {
        SESSION_RATE: { namespace_id: '1', simple: { limit: 5, period: 60 } },
        TOKEN_RATE: { namespace_id: '2', simple: { limit: 8, period: 60 } },
        REFUSED_RATE: { namespace_id: '3', simple: { limit: 3, period: 60 } },
      },
      bindings: { API_TOKEN: apiToken, WIRE_KEYS: '', ACCESS_KEYS: `a1:${accessSecret}`, ...vars },
    };
    const workers = popNames.map((name) => ({
      ...shared,
      name: `pop-${name}`,
      durableObjects: durableObjects('desks'),
    }));
    const desks = { ...shared, name: 'desks', durableObjects: durableObjects() };
    const folder = mkdtempSync(join(tmpdir(), 'headwater-access-'));
    const options = convertV4MiniflareOptions({ workers: [...workers, desks], cf: false } as never);
    const miniflare = new Miniflare({ ...options, resourcePersistencePath: folder });
    noteSecrets({ accessSecret, apiToken });
    const db = await miniflare.getD1Database('DB', 'desks');
    await migrate(db as unknown as MigrationTarget, join(root, 'workers/migrations'));
    return new AccessPops(miniflare, folder);
  }

  async sql(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
    const db = await this.#miniflare.getD1Database('DB', 'desks');
    const statement = db.prepare(text).bind(...values);
    return (await statement.all<Record<string, unknown>>()).results;
  }

  /** Throws a desk out of memory, as Cloudflare does when it moves one. */
  async evict(className: 'RevocationDesk' | 'LeaseDesk', name: string): Promise<void> {
    await this.#miniflare.unsafeEvictDurableObject('desks', className, { name });
  }

  /** A request to a PoP; `body` is sent as JSON, or as it is when it is text. */
  async ask(pop: PopName, method: string, path: string, body?: unknown): Promise<Answer> {
    const worker = await this.#miniflare.getWorker(`pop-${pop}`);
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const headers = { authorization: `Bearer ${apiToken}` };
    const response = await worker.fetch(`http://pop.test${path}`, { method, headers, ...content });
    const text = await response.text();
    if (method === 'POST') noteAnswer(text);
    return { status: response.status, text, json: text === '' ? null : JSON.parse(text) };
  }

  /** A call of the administrator. */
  api(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.ask('fra', method, `/api/v1${path}`, body);
  }

  async stop(): Promise<void> {
    await this.#miniflare.dispose();
    sweepState(this.#folder);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
