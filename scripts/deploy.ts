import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { prepareDatabase } from './cloudflare/database.ts';
import { requireLogin } from './cloudflare/login.ts';
import { planSecrets } from './cloudflare/worker-secrets.ts';
import { runWrangler } from './cloudflare/wrangler.ts';
import { build, buildEnvironment } from './local/build.ts';
import { paths } from './local/paths.ts';
import { StartError } from './local/start-error.ts';
import { paint, print, printFailure } from './local/terminal.ts';

/** Free plan's limit for a Worker, gzipped. */
const workerGzipBytesMax = 3_145_728;
async function main(): Promise<void> {
  const values = readOptions();
  if (!values['dry-run']) await requireLogin();
  await build((names) => print(paint('dim', `building ${names.join(' and ')}`)));
  printSizes();
  if (values['dry-run']) {
    const outdir = join(paths.root, '.cache/deploy');
    await runWrangler(['deploy', '--dry-run', '--outdir', outdir], buildEnvironment);
    print('', 'The bundle is fit to be deployed. Nothing was sent.');
    return;
  }
  const file = values['secrets-file'];
  const secrets = await planSecrets(values['new-secrets'] ? file : null);
  if (secrets.made.length > 0)
    print('', `New ${secrets.made.join(', ')} in ${file}: keep it; the API asks for its API_TOKEN.`);
  await prepareDatabase();
  print('', 'Deploying the Worker and the pages');
  await runWrangler(['deploy', ...secrets.args]);
}

/** Throws `bad_option`. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        'dry-run': { type: 'boolean', default: false },
        'new-secrets': { type: 'boolean', default: false },
        // git does not see it.
        'secrets-file': { type: 'string', default: join(paths.root, '.secrets.env') },
      },
    });
    return values;
  } catch (cause) {
    const hint = 'npm run deploy -- --help lists all options.';
    throw new StartError('bad_option', (cause as Error).message, hint, { cause });
  }
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

main().catch((error: unknown) => {
  if (error instanceof StartError) printFailure(error);
  else console.error(error);
  process.exitCode = 1;
});
