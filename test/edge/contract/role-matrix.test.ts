import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedCalls } from '../../support/contract.ts';
import { ControlStage } from '../control-stage.ts';

/**
 * What each caller gets from each call: `+` through, `-` refused (403), `?` not there for it (404), `1` no token (401).
 * Callers: nobody, a viewer of all, a viewer of the channel, its owner, the owner of another channel, an administrator.
 */
const table = `
  watchChannel        + + + + + +
  watchReplays        + + + + + +
  watchReplay         + + + + + +
  watchClip           + + + + + +
  beginSession        + + + + + +
  listLive            + + + + + +
  listIngests         + + + + + +
  getJwks             + + + + + +
  createChannel       1 - - - - +
  listChannels        1 + + + + +
  getChannel          1 + + + - +
  changeChannel       1 - - + - +
  deleteChannel       1 - - - - +
  createKey           1 - - + - +
  listKeys            1 + + + - +
  changeKey           1 - - + - +
  rotateKey           1 - - + - +
  deleteKey           1 - - + - +
  createObsProfile    1 - - + - +
  listBroadcasts      1 + + + - +
  getBroadcast        1 + + + ? +
  changeBroadcast     1 - - + ? +
  deleteBroadcast     1 - - + ? +
  createClip          1 - - + - +
  listClips           1 + + + - +
  getClip             1 + + + ? +
  changeClip          1 - - + ? +
  deleteClip          1 - - + ? +
  listOrigins         1 + - - - +
  changeOrigin        1 - - - - +
  deleteOrigin        1 - - - - +
  revokeOriginKey     1 - - - - +
  createJoinToken     1 - - - - +
  listJoinTokens      1 - - - - +
  revokeJoinToken     1 - - - - +
  listPops            1 + - - - +
  listReplays         1 + + + - +
  listAllReplays      1 + + + - +
  listDue             1 + + + - +
  runRetention        1 - - - - +
  getLifecycle        1 + - - - +
  listDeletions       1 + + + - +
  listOrphans         1 + - - - +
  listUnrecorded      1 + - - - +
  listMissing         1 + - - - +
  createImport        1 - - + - +
  listImports         1 + + + - +
  getImport           1 + + + ? +
  putImportPart       1 - - + ? +
  completeImport      1 - - + ? +
  deleteImport        1 - - + ? +
  createSigningKey    1 - - + - +
  listSigningKeys     1 + + + - +
  getSigningKey       1 + + + ? +
  killSigningKey      1 - - + ? +
  rotateSigningKey    1 - - + ? +
  createLink          1 - - + - +
  listLinks           1 + + + - +
  getLink             1 + + + ? +
  revokeLink          1 - - + ? +
  createRevocation    1 - - - - +
  listRevocations     1 + - - - +
  deleteRevocation    1 - - - - +
  createToken         1 - - - - +
  listTokens          1 - - - - +
  listAudit           1 - - + - +
  revokeToken         1 - - - - +
  getMe               1 + + + + +
  createWebhook       1 - - + - +
  listWebhooks        1 + + + - +
  getWebhook          1 + + + ? +
  changeWebhook       1 - - + ? +
  rotateWebhook       1 - - + ? +
  deleteWebhook       1 - - + ? +
  listDeliveries      1 + + + ? +
  testWebhook         1 - - + ? +
  redeliver           1 - - + ? +
`;
const rows = table
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/) as [string, ...string[]]);
const columns = ['nobody', 'viewer', 'viewer of it', 'owner', "another's owner", 'administrator'] as const;

const ids = {
  broadcast: 'b_01jd5m3k8q2wxyz01234',
  clip: 'cl_01jd5m3k8q2wxyz01234',
  import: 'i_01jd5m3k8q2wxyz01234',
  link: 'ln_01jd5m3k8q2wxyz01234',
  webhook: 'wh_01jd5m3k8q2wxyz01234',
  'signing-key': 'pk_01jd5m3k8q2wxyz01234',
} as const;

let stage: ControlStage;
const tokens: string[] = [];

beforeAll(async () => {
  stage = await ControlStage.start();
  for (const id of ['news', 'sport']) await stage.person('POST', '/channels', { id, title: id });
  for (const wanted of [
    { role: 'viewer' },
    { role: 'viewer', channel: 'news' },
    { role: 'owner', channel: 'news' },
    { role: 'owner', channel: 'sport' },
    { role: 'admin' },
  ]) {
    const { status, json } = await stage.person('POST', '/tokens', { ...wanted, label: 'matrix' });
    expect(status).toBe(201);
    tokens.push(json.token);
  }
  await seed();
}, 30_000);
afterAll(() => stage?.stop());

/** What belongs to the channel, again where a caller has deleted it. */
async function seed(): Promise<void> {
  await stage.sql(
    `INSERT OR IGNORE INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms, ended_ms)
     VALUES (?1, 'news', 'sk', 'o', 'ended', 1, 1, 1, 1)`,
    ids.broadcast,
  );
  await stage.sql(
    `INSERT OR IGNORE INTO clips (id, broadcast, channel, title, start_ms, end_ms, start_offset_ms, end_offset_ms, visibility, created_ms)
     VALUES (?1, ?2, 'news', 'A clip', 1, 2, 0, 1, 'public', 1)`,
    ids.clip,
    ids.broadcast,
  );
  await stage.sql(
    `INSERT OR IGNORE INTO imports (id, channel, name, size_bytes, part_bytes, state, created_ms, updated_ms)
     VALUES (?1, 'news', 'A.mp4', 1, 1, 'failed', 1, ?2)`,
    ids.import,
    Date.now(),
  );
  await stage.sql(
    `INSERT OR IGNORE INTO links (id, channel, scopes, kid, created_by, created_ms, expires_ms, settings, label)
     VALUES (?1, 'news', 'live', 'pk', 'x', 1, 2, '{}', '')`,
    ids.link,
  );
  await stage.sql(
    `INSERT OR IGNORE INTO webhooks (id, url, channel, types, label, secret, cursor, created_ms)
     VALUES (?1, 'https://example.com/', 'news', '[]', '', 'x', 0, 1)`,
    ids.webhook,
  );
  await stage.sql(
    "INSERT OR IGNORE INTO signing_keys (kid, channel, algorithm, use, created_ms, label) VALUES (?1, 'news', 'HS256', 'sign', 1, '')",
    ids['signing-key'],
  );
}

/**
 * What a caller gets. What is sent is about the channel `news` and wrong, or about something that is not there, wherever a call
 * would change something, and this stage has no Durable Objects: whoever gets as far as to be told so was let through.
 */
async function outcome(operationId: string, column: number): Promise<string> {
  const call = documentedCalls.find((one) => one.operationId === operationId);
  if (!call) return 'no such call';
  if (call.method === 'DELETE') await seed();
  const { role, of } = call['x-access'];
  const id = of === 'channel' ? 'news' : (ids[of as keyof typeof ids] ?? 'nothing');
  const query = of === 'list' && call.parameters?.some(({ name }) => name === 'channel') ? '?channel=news' : '';
  const path = `/api/v1${call.path.replace('{id}', id).replace(/\{\w+\}/, 'x')}${query}`;
  const body = of === 'body' ? JSON.stringify(bodies[operationId]) : '{"nothing":"known"}';
  const authorization = column === 0 ? {} : { authorization: `Bearer ${tokens[column - 1]}` };
  const answer = await stage.raw(path, {
    method: call.method,
    headers: authorization,
    ...(call.method !== 'GET' && { body }),
  });
  const { status } = answer;
  const { detail = '' } = ((await answer.json().catch(() => null)) ?? {}) as { readonly detail?: string };
  if (role === 'anyone') return status === 401 || status === 403 ? '-' : '+';
  if (status === 401) return '1';
  if (status === 403) return '-';
  const isHidden = /^There is no such (?:broadcast|clip|import|link|webhook|signing key)\.$/.test(detail);
  return status === 404 && isHidden && column === 4 ? '?' : '+';
}

/** Right as to whose it is, and wrong where it would begin to be carried out. */
const bodies: Readonly<Record<string, object>> = {
  createClip: { channel: 'news', lastS: 1 },
  createSigningKey: { channel: 'news', jwk: {} },
  createLink: { channel: 'news', preset: 'until-end' },
  createWebhook: { channel: 'news', url: 'http://127.0.0.1/' },
};

describe('who may make which call', () => {
  it('is known of every call', () => {
    expect(rows.map(([name]) => name).sort()).toEqual(documentedCalls.map(({ operationId }) => operationId).sort());
  });

  it.each(rows)('%s', async (name, ...expected) => {
    const found: string[] = [];
    for (const column of columns.keys()) found.push(await outcome(name, column));
    expect(found).toEqual(expected);
  });
});
