import { join } from 'node:path';
import { migrationsIn, refuseNewer } from '../local/migrate.ts';
import { paths } from '../local/paths.ts';
import { StartError } from '../local/start-error.ts';
import { print } from '../local/terminal.ts';
import { askWrangler, runWrangler } from './wrangler.ts';

/** As wrangler.toml calls it; wrangler finds it by this name, so that nobody has to copy an id. */
const databaseName = 'headwater';

/**
 * Makes the D1 database where the account has none of its name, and brings it to this version's state. Throws
 * `build_failed`, and `database_newer` where it is ahead of this version.
 */
export async function prepareDatabase(): Promise<void> {
  if (await databaseIsThere()) await refuseNewerDatabase();
  else await runWrangler(['d1', 'create', databaseName, '--no-update-config']);
  print('', `Applying new migrations to the D1 database "${databaseName}"`);
  await runWrangler(['d1', 'migrations', 'apply', 'DB', '--remote']);
}

async function databaseIsThere(): Promise<boolean> {
  const { code, output, words } = await askWrangler(['d1', 'list', '--json']);
  if (code !== 0) {
    throw new StartError(
      'build_failed',
      'wrangler cannot list the D1 databases of the account.',
      `Once: npx wrangler login, or CLOUDFLARE_API_TOKEN in the environment. Its own words:\n${(words || output).trim()}`,
    );
  }
  return (JSON.parse(output) as readonly { readonly name: string }[]).some(({ name }) => name === databaseName);
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
  const { code, output, words } = await askWrangler([
    ...['d1', 'execute', 'DB', '--remote', '--json'],
    ...['--command', sql],
  ]);
  if (code !== 0) {
    const hint = `wrangler's own words:\n${(words || output).trim()}`;
    throw new StartError('build_failed', 'The D1 database cannot be asked.', hint);
  }
  const [result] = JSON.parse(output) as [{ readonly results: readonly { readonly name: string }[] }];
  return result.results.map(({ name }) => name);
}
