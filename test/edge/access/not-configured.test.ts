import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccessPops } from '../../support/access-pops.ts';

let pops: AccessPops;
beforeAll(async () => {
  pops = await AccessPops.start({ ACCESS_KEYS: '' });
  await pops.sql("INSERT INTO channels (id, title, visibility, created_ms) VALUES ('main', 'M', 'signed', 1)");
}, 60_000);
afterAll(() => pops?.stop());

test.each([
  ['/links', { channel: 'main' }],
  ['/signing-keys', { algorithm: 'EdDSA' }],
])('without ACCESS_KEYS %s says what to do, and stores nothing', async (path, body) => {
  const { status, json } = await pops.api('POST', path, body);
  expect([status, json.code]).toEqual([501, 'not_configured']);
  expect(json.detail).toBe('ACCESS_KEYS is not set. Set it with: npx wrangler secret put ACCESS_KEYS');
  expect(await pops.sql('SELECT kid FROM signing_keys')).toEqual([]);
  expect(await pops.sql('SELECT id FROM links')).toEqual([]);
});
