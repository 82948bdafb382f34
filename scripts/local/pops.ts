import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';
import { keepSignals } from './keep-signals.ts';
import { type MigrationTarget, migrate } from './migrate.ts';
import { paths } from './paths.ts';
import type { PopSpec } from './pop-spec.ts';
import { readRateLimits } from './rate-limits.ts';

export interface PopsOptions {
  readonly pops: readonly PopSpec[];
  /** Port of the first PoP, the others follow; 0: free ports. */
  readonly firstPort: number;
  /** Folder for the state of the catalogue, the bucket, the caches and the Durable Objects. */
  readonly stateDir: string;
  readonly secrets: { readonly wireKeys: string; readonly accessKeys: string; readonly apiToken: string };
  /** Settings of the Worker that are not secret, by the names of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>;
  /** A line that the Worker, or workerd itself, printed. */
  readonly onLine: (level: string, message: string) => void;
}

export interface RunningPop {
  readonly name: string;
  readonly city: string;
  /** Base URL without trailing slash. */
  readonly url: string;
}

export interface RunningPops {
  readonly pops: readonly RunningPop[];
  stop(): Promise<void>;
}

type WorkerOptions = MiniflareOptions['workers'][number];

const assetsWorker = 'web';
const cronMs = 300_000;
/** Durable Objects: binding and class. */
const objects = {
  SHIELD: 'Shield',
  REVOCATIONS: 'RevocationDesk',
  LEASES: 'LeaseDesk',
  WEBHOOKS: 'WebhookCourier',
  ARBITERS: 'ChannelArbiter',
} as const;
const sqliteObject = { type: 'durable-object', storage: 'sqlite' } as const;
const compatibilityDatePattern = /^compatibility_date = "(\d{4}-\d{2}-\d{2})"/m;

/**
 * Runs the production bundle as one Worker per PoP in a single workerd, each on a loopback port of its own. They share
 * one set of Durable Objects, one bucket and one database, as the cities of a deployment do.
 */
export async function startPops(options: PopsOptions): Promise<RunningPops> {
  const miniflare = keepSignals(() => new Miniflare(miniflareOptions(options)));
  try {
    await miniflare.ready;
    const first = workerName(options.pops[0]);
    const db = await miniflare.getD1Database('DB', first);
    await migrate(db as unknown as MigrationTarget, join(paths.root, 'workers/migrations'));
    const pops = options.pops.map(async (pop): Promise<RunningPop> => {
      const { origin } = await miniflare.unsafeGetDirectURL(workerName(pop));
      return { name: pop.name, city: pop.place.city, url: origin };
    });
    const cron = setInterval(() => void runCron(miniflare, first, options), cronMs);
    const stop = () => {
      clearInterval(cron);
      return miniflare.dispose();
    };
    return { pops: await Promise.all(pops), stop };
  } catch (cause) {
    await miniflare.dispose();
    throw cause;
  }
}

/** What the cron trigger of wrangler.toml does in a deployment; nothing but this calls it here. */
async function runCron(miniflare: Miniflare, worker: string, { onLine }: PopsOptions): Promise<void> {
  try {
    await (await miniflare.getWorker(worker)).scheduled({});
  } catch (cause) {
    onLine('error', `the cron trigger failed: ${String(cause)}`);
  }
}

function miniflareOptions(options: PopsOptions): MiniflareOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    // Nothing but loopback: no look-up of the machine's place, no telemetry, no registry of development servers.
    cf: false,
    telemetry: { enabled: false },
    enableDevRegistry: false,
    logRequests: false,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => options.onLine(level, message),
    handleUncaughtError: (error) => options.onLine('error', error.message),
    resourcePersistencePath: options.stateDir,
    workers: workersOf(options),
  };
}

function workersOf(options: PopsOptions): [WorkerOptions, ...WorkerOptions[]] {
  const modules = readBundle();
  const toml = readFileSync(join(paths.root, 'wrangler.toml'), 'utf8');
  const [, compatibilityDate = ''] = compatibilityDatePattern.exec(toml) ?? [];
  const limits = Object.entries(readRateLimits(toml));
  const owner = workerName(options.pops[0]);
  const workers = options.pops.map((pop, index): WorkerOptions => {
    const port = options.firstPort === 0 ? 0 : options.firstPort + index;
    return {
      config: {
        name: workerName(pop),
        compatibilityDate,
        manifest: { mainModule: 'main.js', modulesRoot: paths.workerBundle, modules },
        env: {
          ...textVars(options.vars ?? {}),
          POP: { type: 'text', value: pop.name },
          CF_JSON: { type: 'json', value: { ...pop.place } },
          API_TOKEN: { type: 'text', value: options.secrets.apiToken },
          WIRE_KEYS: { type: 'text', value: options.secrets.wireKeys },
          ...Object.fromEntries(
            Object.entries(objects).map(([name, exportName]) => [
              name,
              { type: 'durable-object', worker: owner, exportName },
            ]),
          ),
          ACCESS_KEYS: { type: 'text', value: options.secrets.accessKeys },
          ...Object.fromEntries(
            limits.map(([name, { limit, periodS }]) => [
              name,
              { type: 'rate-limit', namespace: `${pop.name} ${name}`, simple: { limit, period: periodS } },
            ]),
          ),
          DB: { type: 'd1', name: 'headwater', id: 'headwater' },
          MEDIA: { type: 'r2', name: 'headwater-media' },
          ASSETS: { type: 'worker', worker: assetsWorker },
        },
        ...(index === 0 && { exports: Object.fromEntries(Object.values(objects).map((name) => [name, sqliteObject])) }),
      },
      dev: { unsafeRegisterWorker: false, unsafeDirectSockets: [{ host: '127.0.0.1', port }] },
    };
  });
  return [assetsOf(compatibilityDate), ...workers];
}

/**
 * The pages, in a Worker of their own: assets on the PoPs would put Miniflare's asset router in front of every request,
 * which costs more than the Worker and straightens out paths that the Worker must refuse.
 */
function assetsOf(compatibilityDate: string): WorkerOptions {
  const contents = 'export default {};';
  const manifest = {
    mainModule: 'web.js',
    modulesRoot: paths.webBundle,
    modules: { 'web.js': { type: 'esm' as const, contents } },
  };
  return { config: { name: assetsWorker, compatibilityDate, manifest, assets: { directory: paths.webBundle } } };
}

function textVars(vars: Readonly<Record<string, string>>): Record<string, { type: 'text'; value: string }> {
  return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, { type: 'text' as const, value }]));
}

function readBundle(): Record<string, { type: 'esm'; contents: string }> {
  const names = readdirSync(paths.workerBundle).filter((name) => name.endsWith('.js'));
  const entries = names.map((name) => {
    const contents = readFileSync(join(paths.workerBundle, name), 'utf8');
    return [name, { type: 'esm' as const, contents }] as const;
  });
  return Object.fromEntries(entries);
}

function workerName(pop: PopSpec | undefined): string {
  return `pop-${pop?.name}`;
}
