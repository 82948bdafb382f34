import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { broadcastStates } from '#shared/model/broadcast.ts';
import { migrate } from '../../scripts/local/migrate.ts';
import { listBroadcasts } from '../../workers/control/broadcasts.ts';
import { sqliteTarget } from '../support/sqlite-target.ts';

test('open broadcasts are not looked for among all that ever were', async () => {
  const database = new DatabaseSync(':memory:');
  await migrate(sqliteTarget(database), join(import.meta.dirname, '../../workers/migrations'));
  let steps: string[] = [];
  const db = {
    prepare: (sql: string) => ({
      bind: (...values: string[]) => {
        const rows = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
        steps = rows.map(({ detail }) => String(detail));
        return { all: async () => ({ results: [] }) };
      },
    }),
  } as unknown as Parameters<typeof listBroadcasts>[0];
  const readsBy = async (state: (typeof broadcastStates)[number], channel?: string) => {
    await listBroadcasts(db, { state, cursor: '', limit: 50, ...(channel && { channel }) }, 1);
    return steps.find((step) => / b /.test(step));
  };
  for (const state of broadcastStates.filter((one) => one !== 'ended')) {
    expect(await readsBy(state)).toBe('SCAN b USING INDEX broadcasts_open');
    expect(await readsBy(state, 'news')).toBe('SEARCH b USING INDEX broadcasts_open (channel=?)');
  }
  expect(await readsBy('ended', 'news')).toBe('SEARCH b USING INDEX broadcasts_by_channel (channel=?)');
});
