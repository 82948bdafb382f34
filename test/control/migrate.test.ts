import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

it('every origin may still write what is open or ended a moment ago, for the catalogue did not keep who had it', async () => {
  const migrations = join(import.meta.dirname, '../../workers/migrations');
  const before = join(folder, 'before');
  mkdirSync(before);
  for (const name of readdirSync(migrations))
    if (name < '0032') copyFileSync(join(migrations, name), join(before, name));
  const database = new DatabaseSync(':memory:');
  await migrate(sqliteTarget(database), before);
  const dayMs = 86_400_000;
  database.exec("INSERT INTO channels (id, title, created_ms) VALUES ('c', 'C', 1), ('d', 'D', 1)");
  for (const id of ['o1', 'o2']) {
    database
      .prepare("INSERT INTO origins (id, url, version, load, seen_ms) VALUES (?1, 'http://o', '1', 0, 1)")
      .run(id);
  }
  const add = database.prepare(
    `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms, ended_ms)
     VALUES (?1, ?2, 'k', ?3, ?4, 1, 1, 1, ?5)`,
  );
  add.run('open', 'c', 'o1', 'live', null);
  add.run('recent', 'd', 'gone', 'ended', Date.now() - dayMs);
  add.run('old', 'd', 'o1', 'ended', Date.now() - 3 * dayMs);
  expect(await migrate(sqliteTarget(database), migrations)).toContain('0032_broadcast_origins.sql');
  const owners = database.prepare("SELECT broadcast || ' ' || origin AS owner FROM broadcast_origins ORDER BY owner");
  expect(owners.all().map(({ owner }) => owner)).toEqual([
    ...['old o1', 'open o1', 'open o2', 'recent gone', 'recent o1', 'recent o2'],
  ]);
});
