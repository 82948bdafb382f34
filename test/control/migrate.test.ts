import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { migrate } from '../../scripts/local/migrate.ts';
import { sqliteTarget } from '../support/sqlite-target.ts';

const folder = mkdtempSync(join(tmpdir(), 'headwater-migrations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('goes forward, and refuses a database that a newer version has brought further', async () => {
  const database = new DatabaseSync(':memory:');
  writeFileSync(join(folder, '0001_a.sql'), 'CREATE TABLE a (x TEXT);');
  writeFileSync(join(folder, '0002_b.sql'), 'CREATE TABLE b (x TEXT);');
  expect(await migrate(sqliteTarget(database), folder)).toEqual(['0001_a.sql', '0002_b.sql']);
  expect(await migrate(sqliteTarget(database), folder)).toEqual([]);

  rmSync(join(folder, '0002_b.sql'));
  writeFileSync(join(folder, '0003_c.sql'), 'CREATE TABLE c (x TEXT);');
  await expect(migrate(sqliteTarget(database), folder)).rejects.toMatchObject({
    code: 'database_newer',
    message: expect.stringContaining('0002_b.sql'),
  });
  expect(database.prepare("SELECT name FROM sqlite_master WHERE name = 'c'").all()).toEqual([]);
});
