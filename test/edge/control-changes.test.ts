import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, apiToken, ControlStage } from './control-stage.ts';

const sealed = { ACCESS_KEYS: 'a1:access-secret-of-the-control-stage-32-characters' };
let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start(sealed);
  await stage.person('POST', '/channels', { id: 'news', title: 'News' });
}, 30_000);
afterAll(() => stage?.stop());

/** A call under an Idempotency-Key. */
function once(on: ControlStage, key: string, path: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${apiToken}`, 'idempotency-key': key };
  return on.call(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('the log of changes', () => {
  test('says who asked for what, and how it ended, and holds no secret', async () => {
    const { json: token } = await stage.person('POST', '/tokens', { role: 'owner', channel: 'news' });
    const headers = { authorization: `Bearer ${token.token}` };
    const { json: key } = await stage.call('/api/v1/channels/news/keys', { method: 'POST', headers });
    await stage.call('/api/v1/channels/news/keys/sk_none', { method: 'DELETE', headers });
    await stage.person('POST', '/channels', { id: 'news', title: 'Again' });

    const { json } = await stage.person('GET', '/audit');
    expect(json.entries.slice(0, 4)).toMatchObject([
      { actor: 'administrator', action: 'createChannel', channel: null, status: 409, code: 'conflict' },
      { actor: token.id, action: 'deleteKey', target: 'sk_none', channel: 'news', status: 404, code: 'not_found' },
      { actor: token.id, action: 'createKey', target: 'news', channel: 'news', status: 201, code: null },
      { actor: 'administrator', action: 'createToken', target: token.id, channel: 'news', status: 201 },
    ]);
    const log = JSON.stringify(await stage.sql('SELECT * FROM audit'));
    expect(log).not.toContain(key.streamKey.slice(-32));
    expect(log).not.toContain(token.token.slice(-32));

    const own = await stage.call('/api/v1/audit?limit=1', { headers });
    expect(own.json.entries).toMatchObject([{ action: 'deleteKey' }]);
    const rest = await stage.call(`/api/v1/audit?cursor=${own.json.next}`, { headers });
    expect(rest.json.entries.map(({ action }: { action: string }) => action)).toEqual(['createKey', 'createToken']);
    const actor = await stage.person('GET', `/audit?actor=${token.id}`);
    expect(actor.json.entries).toHaveLength(2);
  });

  test('keeps a change from being made that could not be entered', async () => {
    await stage.sql('ALTER TABLE audit RENAME TO elsewhere');
    expect((await stage.person('POST', '/channels', { id: 'unlogged', title: 'x' })).status).toBe(500);
    await stage.sql('ALTER TABLE elsewhere RENAME TO audit');
    expect((await stage.person('GET', '/channels/unlogged')).status).toBe(404);
  });
});

describe('an Idempotency-Key', () => {
  test('has a call carried out once, and answered as the first time, with its secret, which is stored sealed', async () => {
    const first = await once(stage, 'k1', '/channels/news/keys', { label: 'One' });
    const again = await once(stage, 'k1', '/channels/news/keys', { label: 'One' });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    const { json } = await stage.person('GET', '/channels/news/keys');
    expect(json.keys.filter(({ label }: { label: string }) => label === 'One')).toHaveLength(1);
    const stored = JSON.stringify(await stage.sql('SELECT * FROM idempotency'));
    expect(stored).not.toContain(first.json.streamKey.slice(-32));
  });

  test('is of one call and one caller', async () => {
    await once(stage, 'k2', '/channels', { id: 'once', title: 'Once' });
    const other = await once(stage, 'k2', '/channels', { id: 'twice', title: 'Once' });
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused']);
    const { json } = await stage.person('POST', '/tokens', { role: 'admin' });
    const headers = { authorization: `Bearer ${json.token}`, 'idempotency-key': 'k2' };
    const body = '{"id":"twice","title":"Twice"}';
    expect((await stage.call('/api/v1/channels', { method: 'POST', headers, body })).status).toBe(201);
  });

  test('is free again after a refusal, and taken while it is not known what was done', async () => {
    expect((await once(stage, 'k3', '/channels', { id: 'news', title: 'Taken' })).status).toBe(409);
    expect((await once(stage, 'k3', '/channels', { id: 'free', title: 'Free' })).status).toBe(201);
    await stage.sql("UPDATE idempotency SET status = NULL, answer = NULL WHERE key = 'k3'");
    const again = await once(stage, 'k3', '/channels', { id: 'free', title: 'Free' });
    expect([again.status, again.json.reason]).toEqual([409, 'unfinished']);
    await stage.sql("UPDATE idempotency SET created_ms = 1 WHERE key = 'k3'");
    expect((await once(stage, 'k3', '/channels', { id: 'free', title: 'Free' })).json.reason).toBe(undefined);
    expect((await once(stage, 'two words', '/channels', { title: 'x' })).status).toBe(400);
  });
});

describe('a deployment without ACCESS_KEYS, and with limits', () => {
  let bare: ControlStage;
  beforeAll(async () => {
    bare = await ControlStage.start({}, { API_RATE: 40, KEY_RATE: 10 });
    await bare.person('POST', '/channels', { id: 'news', title: 'News' });
  }, 30_000);
  afterAll(() => bare?.stop());

  test('does not tell a secret again', async () => {
    expect((await once(bare, 'k', '/channels/news/keys', {})).status).toBe(201);
    const again = await once(bare, 'k', '/channels/news/keys', {});
    expect([again.status, again.json.reason]).toEqual([409, 'answer_not_kept']);
  });

  test('tells publishers that keep coming with wrong keys to wait, and takes a right key', async () => {
    const { streamKey } = await bare.channel();
    const wrong = streamKey.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const codes = new Set<string>();
    for (let tries = 0; tries < 60 && codes.size < 2; tries++) codes.add((await bare.publish(wrong)).code);
    expect([...codes]).toEqual(['unknown_key', 'too_many_wrong_keys']);
    expect((await bare.publish(streamKey)).accepted).toBe(true);
  });

  test('answers 429 to a token that is used too often, and no other', async () => {
    const { json } = await bare.person('POST', '/tokens', { role: 'viewer' });
    const headers = { authorization: `Bearer ${json.token}` };
    let answer: Answer | null = null;
    for (let tries = 0; tries < 200 && answer?.status !== 429; tries++)
      answer = await bare.call('/api/v1/me', { headers });
    expect([answer?.status, answer?.json.code, answer?.headers.get('retry-after')]).toEqual([
      429,
      'too_many_requests',
      '60',
    ]);
    expect((await bare.person('GET', '/me')).status).toBe(200);
  });
});
