import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { D1Database, DurableObjectNamespace } from '@cloudflare/workers-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import { FakeOrigin, wireKeyId, wireSecret } from '../support/fake-origin.ts';

const root = join(import.meta.dirname, '../..');
const broadcast = 'b_00000000000000000000';

let origin: FakeOrigin;
let harness: TestHarness;

beforeAll(async () => {
  // Nothing but loopback: no telemetry, no look-up of the machine's place.
  Object.assign(process.env, { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' });
  mkdirSync(join(root, 'dist/web'), { recursive: true });
  origin = await FakeOrigin.start();
  const secrets = { API_TOKEN: 'token-of-the-smoke-test', WIRE_KEYS: `${wireKeyId}:${wireSecret}` };
  harness = createTestHarness({ root, workers: [{ configPath: 'wrangler.toml', secrets, vars: { POP: 'tst' } }] });
  await harness.listen();
}, 60_000);
afterAll(async () => {
  await harness?.close();
  await origin?.stop();
});

test('the Worker of the shipped wrangler.toml has its bindings and serves media, also after its shield was evicted', async () => {
  const worker = harness.getWorker<{ DB: D1Database; SHIELD: DurableObjectNamespace }>();
  await worker.applyD1Migrations('DB');
  const { DB } = await worker.getEnv();
  await DB.batch([
    DB.prepare("INSERT INTO channels (id, title, created_ms) VALUES ('news', 'News', 1)"),
    DB.prepare("INSERT INTO origins (id, url, version, load, seen_ms) VALUES ('o', ?1, '0', 0, 1)").bind(origin.url),
    DB.prepare(
      `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
       VALUES (?1, 'news', 'sk', 'o', 'live', 1, 1, 1)`,
    ).bind(broadcast),
  ]);
  for (const part of [0, 1]) {
    const path = `/b/${broadcast}/v720/7.${part}.m4s`;
    origin.put(path, `part ${part}`);
    const response = await harness.fetch(path);
    expect([response.status, await response.text()]).toEqual([200, `part ${part}`]);
    expect(response.headers.get('headwater-pop')).toBe('tst');
    const [id = ''] = await worker.listDurableObjectIds('SHIELD');
    if (part === 0) await worker.evictDurableObject('SHIELD', { id });
  }
  expect((await harness.fetch('/api/v1/channels')).status).toBe(401);
  expect(origin.refused).toBe(0);
}, 30_000);
