import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './start-error.ts';

/** The part of a D1 database that migrations need. */
export interface MigrationTarget {
  prepare(sql: string): MigrationStatement;
  batch(statements: MigrationStatement[]): Promise<unknown>;
}

export interface MigrationStatement {
  bind(...values: unknown[]): MigrationStatement;
  all<T>(): Promise<{ results: T[] }>;
}

// wrangler's own bookkeeping, so that its `d1 migrations` commands understand the database.
const table = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** Names of the migrations in a folder. */
export function migrationsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.sql'));
}

/** Throws `database_newer` when a database has seen a migration that this version does not know: it was made by a newer one. */
export function refuseNewer(applied: Iterable<string>, known: readonly string[]): void {
  const newer = [...applied].filter((name) => !known.includes(name));
  if (newer.length === 0) return;
  throw new StartError(
    'database_newer',
    `The database was brought further by a newer Headwater (${newer.slice(0, 3).join(', ')}). This one would damage it.`,
    'Start the newer version again, or put back the database as it was before: docs/operate/first-deploy.md.',
  );
}

/**
 * Applies what is new in a folder of `NNNN_name.sql` files, each in one transaction; returns the names applied. Throws
 * `database_newer` where the database is ahead.
 */
export async function migrate(db: MigrationTarget, folder: string): Promise<string[]> {
  await db.batch([db.prepare(table)]);
  const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
  const done = new Set(results.map((row) => row.name));
  const known = migrationsIn(folder);
  refuseNewer(done, known);
  const files = known.filter((name) => !done.has(name));
  for (const name of files.sort()) {
    const statements = splitStatements(readFileSync(join(folder, name), 'utf8')).map((sql) => db.prepare(sql));
    await db.batch([...statements, db.prepare('INSERT INTO d1_migrations (name) VALUES (?1)').bind(name)]);
  }
  return files;
}

/** Splits SQL at its semicolons, leaving those in strings, comments and BEGIN … END bodies alone. */
export function splitStatements(sql: string): string[] {
  const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\b(?:BEGIN|CASE|END)\b|;/gi;
  const statements: string[] = [];
  let current = '';
  let depth = 0;
  let from = 0;
  for (const match of sql.matchAll(tokens)) {
    const [token] = match;
    current += sql.slice(from, match.index);
    from = match.index + token.length;
    if (/^(?:begin|case)$/i.test(token)) depth++;
    if (/^end$/i.test(token)) depth--;
    const isComment = token.startsWith('--') || token.startsWith('/*');
    if (token === ';' && depth === 0) {
      statements.push(current);
      current = '';
    } else if (!isComment) {
      current += token;
    }
  }
  return [...statements, current + sql.slice(from)].map((text) => text.trim()).filter(Boolean);
}
