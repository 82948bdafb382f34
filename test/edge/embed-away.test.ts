import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { formatId } from '#shared/model/id.ts';
import { EdgeStage } from '../support/edge-stage.ts';

let stage: EdgeStage;
let pages: readonly string[];

const policyOf = async (path: string, pop: string) => {
  const { status, headers, text } = await stage.get(path, pop);
  return { status, framing: String(headers['content-security-policy']).match(/frame-ancestors [^;,]*/g), text };
};
const here = ['frame-ancestors https://example.com:* http://example.com:*'];

beforeAll(async () => {
  const pops = [
    { name: 'fra', continent: 'EU' },
    { name: 'ams', continent: 'EU' },
  ];
  stage = await EdgeStage.start({ pops });
  const { channel, broadcast } = await stage.edge.addBroadcast();
  await stage.edge.sql(`UPDATE channels SET sites = '["example.com"]' WHERE id = ?1`, channel);
  const clip = formatId('cl', Date.now(), new Uint8Array(11));
  await stage.edge.sql(
    `INSERT INTO clips (id, broadcast, channel, title, start_ms, end_ms, start_offset_ms, end_offset_ms, visibility, created_ms)
     VALUES (?1, ?2, ?3, 'A clip', 1, 2, 0, 1, 'public', 1)`,
    ...[clip, broadcast, channel],
  );
  pages = [`channel/${channel}`, `replay/${broadcast}`, `clip/${clip}`];
}, 60_000);
afterAll(() => stage?.stop());

const pathOf = (page: string) => `/embed/${page.replace('channel/', '')}`;

test('a PoP that loses the catalogue goes by what it knew of a page, and shows no player where it knows nothing', async () => {
  for (const page of pages) {
    expect(await policyOf(pathOf(page), 'fra')).toMatchObject({ status: 200, framing: here });
    await vi.waitFor(async () => expect(await stage.edge.inPopCache('fra', `/embed-sites/${page}`)).toBe(true));
  }
  await stage.edge.sql('ALTER TABLE channels RENAME TO elsewhere');
  // The isolates forget; what the PoPs keep stays.
  await stage.edge.restart();
  for (const page of pages) {
    expect(await policyOf(pathOf(page), 'fra')).toMatchObject({ status: 200, framing: here });
    const refused = await policyOf(pathOf(page), 'ams');
    expect(refused).toMatchObject({ status: 503, text: expect.stringContaining('cannot be told') });
    expect(refused.text).toContain('http-equiv="refresh"');
    expect(refused.text).not.toContain('<title>embed');
  }
  const { headers } = await stage.get(pathOf(pages[0] ?? ''), 'ams');
  expect([headers['cache-control'], headers['retry-after']]).toEqual(['no-store', '10']);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

test('what is older than an hour does not count, and what is back does', async () => {
  const [page = ''] = pages;
  const note = (atMs: number) =>
    stage.edge.putPopCache('ams', `/embed-sites/${page}`, JSON.stringify({ sites: ['example.net'], atMs }), atMs);
  await note(Date.now() - edgeLimits.embedSitesMsMax);
  expect((await policyOf(pathOf(page), 'ams')).status).toBe(503);
  await note(Date.now());
  expect((await policyOf(pathOf(page), 'ams')).framing).toEqual([
    'frame-ancestors https://example.net:* http://example.net:*',
  ]);
  await stage.edge.sql('ALTER TABLE elsewhere RENAME TO channels');
  expect((await policyOf(pathOf(page), 'ams')).framing).toEqual(here);
});

test('a token whose sites cannot be told shows no player either', async () => {
  const { channel } = await stage.edge.addBroadcast('signed');
  const token = `${btoa('{"alg":"HS256","kid":"k1"}').replaceAll('=', '')}.e30.AAAA`;
  const path = `/embed/${channel}?token=${token}`;
  await stage.edge.sql('ALTER TABLE signing_keys RENAME TO keys_elsewhere');
  await stage.edge.restart();
  const status = async () => (await policyOf(path, 'fra')).status;
  expect(await status()).toBe(503);
  expect(stage.edge.logs).not.toContain(token);
  await stage.edge.sql('ALTER TABLE keys_elsewhere RENAME TO signing_keys');
  await vi.waitFor(async () => expect(await status()).toBe(200), { timeout: 10_000, interval: 200 });
});
