import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, type Json, type MiniflareOptions } from 'miniflare';
import { readRateLimits } from '../../scripts/local/rate-limits.ts';

const root = join(import.meta.dirname, '../..');

/** One local PoP: its name and its place. */
export interface TestPop {
  readonly name: string;
  readonly continent: string;
  /** Of its viewers; unknown when not given. */
  readonly country?: string;
}

/** What one Worker runs: its bundle, and its settings and secrets by the names of wrangler.toml. */
export interface Release {
  readonly script: string;
  readonly vars: Readonly<Record<string, Json>>;
}

/** One Worker for each PoP, one whose objects are the shields, and one with the pages. */
export interface EdgePlan {
  readonly pops: readonly TestPop[];
  /** By the name of the Worker: `pop-fra`, `shield`. */
  readonly releases: ReadonlyMap<string, Release>;
  /** Folder with the pages. */
  readonly pagesDir: string;
  /** Folder with what outlives workerd: catalogue, bucket, caches and Durable Objects. */
  readonly stateDir: string;
  readonly onLog: (message: string) => void;
}

const objects = {
  SHIELD: 'Shield',
  REVOCATIONS: 'RevocationDesk',
  LEASES: 'LeaseDesk',
  WEBHOOKS: 'WebhookCourier',
  ARBITERS: 'ChannelArbiter',
} as const;

/** The plan in Miniflare's words. */
export function miniflareOptions({ pops, releases, pagesDir, stateDir, onLog }: EdgePlan): MiniflareOptions {
  const shared = (name: string) => ({
    name,
    modules: true,
    script: releases.get(name)?.script ?? '',
    compatibilityDate: '2026-11-01',
    d1Databases: { DB: 'catalogue' },
    r2Buckets: { MEDIA: 'media' },
    serviceBindings: { ASSETS: 'web' },
  });
  const settings = (name: string): Release['vars'] => releases.get(name)?.vars ?? {};
  const durableObjects = (scriptName?: string) =>
    Object.fromEntries(
      Object.entries(objects).map(([name, className]) => [
        name,
        { className, useSQLite: true, ...(scriptName && { scriptName }) },
      ]),
    );
  const limits = Object.entries(readRateLimits(readFileSync(join(root, 'wrangler.toml'), 'utf8')));
  const workers = pops.map(({ name, continent, country }) => ({
    ...shared(`pop-${name}`),
    bindings: {
      ...settings(`pop-${name}`),
      POP: name,
      CF_JSON: { continent, colo: name.toUpperCase(), ...(country && { country }) },
    },
    durableObjects: durableObjects('shield'),
    ratelimits: Object.fromEntries(
      limits.map(([limiter, { limit, periodS }]) => [
        limiter,
        { namespace_id: `${name} ${limiter}`, simple: { limit, period: periodS } },
      ]),
    ),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  }));
  const shield = {
    ...shared('shield'),
    bindings: settings('shield'),
    durableObjects: durableObjects(),
  };
  // Of its own: a worker with assets is reached through Miniflare's router, which every media request would pay for.
  const web = {
    name: 'web',
    modules: true,
    script: 'export default {}',
    compatibilityDate: '2026-11-01',
    assets: { directory: pagesDir },
  };
  const options = convertV4MiniflareOptions({
    workers: [...workers, shield, web],
    cf: false,
    handleStructuredLogs: ({ message }: { message: string }) => onLog(message),
  });
  return { ...options, resourcePersistencePath: stateDir };
}

/**
 * The Worker in one module, as wrangler bundles it.
 * @param version told in the log by each isolate that begins to run it
 */
export async function bundleWorker(version?: string): Promise<string> {
  const built = await build({
    entryPoints: [join(root, 'workers/main.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    ...(version !== undefined && { banner: { js: `console.log(${JSON.stringify(`version ${version}`)});` } }),
    write: false,
  });
  return built.outputFiles[0]?.text ?? '';
}

/** Puts pages into a folder that stand in for the built ones. */
export function writePages(folder: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<title>home</title>');
  writeFileSync(join(folder, 'watch.html'), '<title>watch</title>');
  writeFileSync(join(folder, 'replay.html'), '<title>replay</title>');
  writeFileSync(join(folder, 'embed.html'), '<title>embed</title>');
  writeFileSync(join(folder, 'embed-replay.html'), '<title>embed replay</title>');
  writeFileSync(join(folder, 'studio.html'), '<title>studio</title>');
  writeFileSync(join(folder, 'assets/watch-0a1b2c3d.js'), 'export {};');
}
