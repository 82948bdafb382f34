import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { migrate } from '../../scripts/local/migrate.ts';
import { liveView } from '../../workers/control/views.ts';
import { entriesOf } from '../../workers/token/policy.ts';
import { sqliteTarget } from '../support/sqlite-target.ts';

const nowMs = 1_800_000_000_000;

/** A catalogue with live channels: titles, lists of sites, and when they began, newest last. */
async function catalogue(channels: readonly { readonly title: string; readonly sites: readonly string[] | null }[]) {
  const database = new DatabaseSync(':memory:');
  await migrate(sqliteTarget(database), join(import.meta.dirname, '../../workers/migrations'));
  for (const [at, { title, sites }] of channels.entries()) {
    database
      .prepare('INSERT INTO channels (id, title, created_ms, sites) VALUES (?1, ?2, 1, ?3)')
      .run(`c${at}`, title, sites && JSON.stringify(sites));
    database
      .prepare(
        `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
         VALUES (?1, ?2, 'k', 'o', 'live', ?3, ?3, ?4)`,
      )
      .run(`b${at}`, `c${at}`, at, nowMs);
  }
  let queries = 0;
  const db = {
    prepare(sql: string) {
      queries++;
      return sqliteTarget(database).prepare(sql);
    },
  } as unknown as Parameters<typeof liveView>[0];
  return { db, queries: () => queries };
}

test('the list of what is live costs two queries a second, whoever asks, and each page has what it may show', async () => {
  const open = Array.from({ length: 60 }, (_, at) => ({ title: `open ${at}`, sites: null }));
  const closed = Array.from({ length: 200 }, (_, at) => ({
    title: `${at}`,
    sites: [`s${at % 3}.example`, '*.org:8443'],
  }));
  const { db, queries } = await catalogue([...open, ...closed]);
  const titles = async (site: string | null, atMs = nowMs) => {
    const { channels } = await liveView(db, 'tst', site === null ? [] : entriesOf(site), atMs);
    return channels.map(({ title }) => title);
  };
  const opened = open.map(({ title }) => title).reverse();
  expect(await titles(null)).toEqual(opened);
  expect(queries()).toBe(1);
  const ofOne = closed.filter((_, at) => at % 3 === 1).map(({ title }) => title);
  expect(await titles('s1.example')).toEqual([...ofOne.reverse(), ...opened].slice(0, 100));
  const all = closed.map(({ title }) => title).reverse();
  expect(await titles('a.org:8443')).toEqual(all.slice(0, 100));
  for (let at = 0; at < 100; at++) expect(await titles(`made-up-${at}.example`)).toEqual(opened);
  expect(await titles(null)).toEqual(opened);
  expect(queries()).toBe(2);
  expect(await titles('s1.example', nowMs + 1_000)).toHaveLength(100);
  expect(queries()).toBe(4);
});
