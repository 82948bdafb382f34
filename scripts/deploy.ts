import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, buildEnvironment } from './local/build.ts';
import { migrationsIn, refuseNewer } from './local/migrate.ts';
import { paths } from './local/paths.ts';
import { StartError } from './local/start-error.ts';
import { paint, print, printFailure } from './local/terminal.ts';
import { exitCode, missingSecrets } from './local/worker-secrets.ts';

const wrangler = join(paths.root, 'node_modules/wrangler/bin/wrangler.js');

/** Free plan's limit for a Worker, gzipped. */
const workerGzipBytesMax = 3_145_728;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  await build((names) => print(paint('dim', `building ${names.join(' and ')}`)));
  printSizes();
  if (values['dry-run']) {
    await run(['deploy', '--dry-run', '--outdir', join(paths.root, '.cache/deploy')], true);
    print('', 'The bundle is fit to be deployed. Nothing was sent.');
    return;
  }
  requireDatabaseId();
  await requireSecrets();
  await refuseNewerDatabase();
  print('', 'Applying new migrations to the D1 database "headwater"');
  await run(['d1', 'migrations', 'apply', 'DB', '--remote'], false);
  print('', 'Deploying the Worker and the pages');
  await run(['deploy'], false);
}

function printSizes(): void {
  const worker = readFileSync(join(paths.workerBundle, 'main.js'));
  const gzipBytes = gzipSync(worker).byteLength;
  const pages = readdirSync(paths.webBundle, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const pageBytes = pages.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  print(
    `Worker   ${kibibytes(worker.byteLength)} KiB, gzip ${kibibytes(gzipBytes)} KiB`,
    `Pages    ${kibibytes(pageBytes)} KiB in ${pages.length} files`,
  );
  if (gzipBytes > workerGzipBytesMax)
    print(paint('red', 'The Worker is larger than the free plan takes (3 MiB gzipped).'));
}

function kibibytes(bytes: number): string {
  return (bytes / 1024).toFixed(1);
}

/** Without the id wrangler would make a new, empty database in silence. */
function requireDatabaseId(): void {
  const toml = readFileSync(join(paths.root, 'wrangler.toml'), 'utf8');
  if (/^database_id\s*=/m.test(toml)) return;
  throw new StartError(
    'bad_option',
    'wrangler.toml does not say which D1 database to use.',
    `Once: npx wrangler login, npx wrangler d1 create headwater, npx wrangler r2 bucket create headwater-media.
Then put the database_id that it prints below [[d1_databases]] in wrangler.toml, and set the secrets:
npx wrangler secret put API_TOKEN, npx wrangler secret put WIRE_KEYS, npx wrangler secret put ACCESS_KEYS.
npm run deploy -- --help says more.`,
  );
}

/** A Worker without them answers, and then fails at the first call that needs one. */
async function requireSecrets(): Promise<void> {
  const args = [wrangler, 'secret', 'list', '--format', 'json'];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' };
  const child = spawn(process.execPath, args, { cwd: paths.root, env, stdio: ['inherit', 'pipe', 'pipe'] });
  const [listed, words, code] = await Promise.all([text(child.stdout), text(child.stderr), exitCode(child)]);
  const missing = missingSecrets(code === 0 ? listed : null);
  if (missing.length === 0) return;
  throw new StartError(
    'bad_option',
    `The Worker has no ${missing.join(', no ')}.`,
    `${missing.map((name) => `npx wrangler secret put ${name}`).join('\n')}
npm run deploy -- --help says what each is.${code === 0 ? '' : `\nwrangler could not list the secrets:\n${words.trim()}`}`,
  );
}

/** What a newer version has made of the database, this one does not know. */
async function refuseNewerDatabase(): Promise<void> {
  const names = "SELECT name FROM sqlite_master WHERE name = 'd1_migrations'";
  if ((await query(names)).length === 0) return;
  const applied = await query('SELECT name FROM d1_migrations');
  refuseNewer(applied, migrationsIn(join(paths.root, 'workers/migrations')));
}

/** The first column, `name`, of what the deployed database answers. */
async function query(sql: string): Promise<readonly string[]> {
  const args = [wrangler, 'd1', 'execute', 'DB', '--remote', '--json', '--command', sql];
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' };
  const child = spawn(process.execPath, args, { cwd: paths.root, env, stdio: ['inherit', 'pipe', 'inherit'] });
  const [answer, code] = await Promise.all([text(child.stdout), exitCode(child)]);
  if (code !== 0)
    throw new StartError('build_failed', 'The D1 database cannot be asked.', "wrangler's own words stand above.");
  const [result] = JSON.parse(answer) as [{ readonly results: readonly { readonly name: string }[] }];
  return result.results.map(({ name }) => name);
}

function run(args: readonly string[], quiet: boolean): Promise<void> {
  // A real deployment asks questions, which CI=true would answer with yes.
  const env = quiet ? buildEnvironment : { ...process.env, WRANGLER_SEND_METRICS: 'false' };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [wrangler, ...args], { cwd: paths.root, env, stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new StartError('build_failed', `wrangler ${args[0]} failed.`, 'Its own words stand above.'));
    });
  });
}

main().catch((error: unknown) => {
  if (error instanceof StartError) printFailure(error);
  else console.error(error);
  process.exitCode = 1;
});
