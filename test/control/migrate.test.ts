import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { type MigrationStatement, type MigrationTarget, migrate } from '../../scripts/local/migrate.ts';

const folder = mkdtempSync(join(tmpdir(), 'headwater-migrations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** SQLite as D1 offers it. */
function target(database: DatabaseSync): MigrationTarget {
  const statement = (sql: string, values: unknown[]): MigrationStatement & { run(): void } => ({
    bind: (...more) => statement(sql, more),
    all: async <T>() => ({ results: database.prepare(sql).all(...(values as string[])) as T[] }),
    run: () => void database.prepare(sql).run(...(values as string[])),
  });
  return {
    prepare: (sql) => statement(sql, []),
    batch: async (statements) => {
      for (const one of statements as (MigrationStatement & { run(): void })[]) one.run();
    },
  };
}

it('goes forward, and refuses a database that a newer version has brought further', async () => {
  const database = new DatabaseSync(':memory:');
  writeFileSync(join(folder, '0001_a.sql'), 'CREATE TABLE a (x TEXT);');
  writeFileSync(join(folder, '0002_b.sql'), 'CREATE TABLE b (x TEXT);');
  expect(await migrate(target(database), folder)).toEqual(['0001_a.sql', '0002_b.sql']);
  expect(await migrate(target(database), folder)).toEqual([]);

  rmSync(join(folder, '0002_b.sql'));
  writeFileSync(join(folder, '0003_c.sql'), 'CREATE TABLE c (x TEXT);');
  await expect(migrate(target(database), folder)).rejects.toMatchObject({
    code: 'database_newer',
    message: expect.stringContaining('0002_b.sql'),
  });
  expect(database.prepare("SELECT name FROM sqlite_master WHERE name = 'c'").all()).toEqual([]);
});
