import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tryLock } from './file-lock.ts';
import { paths } from './paths.ts';
import { readIfThere } from './private-file.ts';
import { StartError } from './start-error.ts';

/** One product of the build: what it is made from, by which command, and the file that shows that it is there. */
interface Product {
  readonly name: string;
  readonly sources: readonly string[];
  readonly command: readonly string[];
  readonly result: string;
}

const products: readonly Product[] = [
  {
    name: 'web',
    sources: ['web/**', 'shared/**', 'package-lock.json', 'scripts/local/build.ts'],
    command: ['node_modules/vite/bin/vite.js', 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn'],
    result: join(paths.webBundle, 'index.html'),
  },
  {
    name: 'worker',
    sources: ['workers/**', 'shared/**', 'wrangler.toml', 'package-lock.json', 'scripts/local/build.ts'],
    command: ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--outdir', 'dist/worker'],
    result: join(paths.workerBundle, 'main.js'),
  },
];

const dist = join(paths.root, 'dist');
const lockPollMs = 200;
const lockWaitMsMax = 120_000;

/** Tells the build of the pages, which wrangler.toml makes wrangler run, that they are built: scripts/build.ts. */
export const pagesBuilt = Object.freeze({ HEADWATER_PAGES: 'built' });

/** Environment of wrangler and vite: production, quiet, nothing but loopback. */
export const buildEnvironment: Readonly<NodeJS.ProcessEnv> = Object.freeze({
  ...process.env,
  ...pagesBuilt,
  NODE_ENV: 'production',
  CI: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
});

/**
 * Builds the pages and the Worker where their sources changed since the last time, after telling `onStale` what.
 * Throws `build_failed` with the tool's own words.
 */
export async function build(onStale: (names: readonly string[]) => void = () => {}): Promise<void> {
  // wrangler wants the folder of the assets to exist, whatever is in it.
  mkdirSync(paths.webBundle, { recursive: true });
  if (products.every(isFresh)) return;
  const release = await lock();
  try {
    const stale = products.filter((product) => !isFresh(product));
    if (stale.length > 0) onStale(stale.map((product) => product.name));
    await Promise.all(stale.map(make));
  } finally {
    release();
  }
}

async function lock(): Promise<() => void> {
  const path = join(dist, 'build.lock');
  const giveUpAt = Date.now() + lockWaitMsMax;
  for (;;) {
    const attempt = tryLock(path);
    if (attempt.taken) return attempt.release;
    if (Date.now() > giveUpAt) {
      throw new StartError('build_failed', 'Another build does not finish.', `If none is running, remove ${path}`);
    }
    await pause(lockPollMs);
  }
}

function isFresh(product: Product): boolean {
  return existsSync(product.result) && readIfThere(stampPath(product)) === hashOf(product.sources);
}

async function make(product: Product): Promise<void> {
  const hash = hashOf(product.sources);
  rmSync(stampPath(product), { force: true });
  await run(product);
  writeFileSync(stampPath(product), hash);
}

function run({ name, command }: Product): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, {
      cwd: paths.root,
      env: buildEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new StartError('build_failed', `The ${name} build failed.`, output.trim()));
    });
  });
}

function stampPath(product: Product): string {
  return join(dist, `${product.name}.stamp`);
}

function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of globSync([...sources], { cwd: paths.root }).sort()) {
    const path = join(paths.root, file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}
