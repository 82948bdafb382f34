import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { signatureHeader } from '#shared/wire/signature.ts';
import { type Answer, ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const newToken = async (wish: object = {}): Promise<Json> =>
  (await stage.person('POST', '/join-tokens', { label: 'fleet', ...wish })).json;
const join = (token: string, origin: string, more: object = {}): Promise<Answer> =>
  stage.call('/api/v1/origin/join', {
    method: 'POST',
    body: JSON.stringify({ token, origin, version: '0.1.0', ...more }),
  });
const refusalOf = ({ status, json }: Answer) => [status, json?.code, json?.reason];
/** A heartbeat that is signed with an origin's own key. */
const beat = ({ kid, secret }: Json, origin: string) => {
  const message = { origin, url: `http://${origin}.test:1`, version: '0.1.0', broadcasts: [], load: 0 };
  return stage.origin('heartbeat', { ...message, capacity: 12_000_000, region: 'eu-central' }, { kid, secret });
};

/** Its last sign of life, and its joining, were some time ago. */
async function bury(origin: string): Promise<void> {
  await stage.silence(origin, 11_000);
  await stage.sql('UPDATE origin_keys SET created_ms = 1 WHERE origin = ?1', origin);
}

describe('an origin that is removed', () => {
  const remove = async (origin: string) => refusalOf(await stage.person('DELETE', `/origins/${origin}`));
  const ids = async () => (await stage.person('GET', '/origins')).json.origins.map(({ id }: Json) => id);

  test('is gone from the list, is refused, and comes back by joining again', async () => {
    const { token, id } = await newToken({ uses: 3 });
    const { json: key } = await join(token, 'left-1');
    await beat(key, 'left-1');
    await stage.silence('left-1', 11_000);
    // Another machine has just taken its place, and was not heard yet.
    expect(await remove('left-1')).toEqual([409, 'conflict', 'origin_alive']);
    await bury('left-1');
    expect(await remove('left-1')).toEqual([204, undefined, undefined]);
    expect(await ids()).not.toContain('left-1');
    await vi.waitFor(
      async () => expect(refusalOf(await beat(key, 'left-1'))).toEqual([401, 'unauthorized', 'key_revoked']),
      { timeout: 10_000 },
    );
    expect(await ids()).not.toContain('left-1');
    const { json } = await stage.person('GET', '/audit');
    const entry = json.entries.find((one: Json) => one.action === 'deleteOrigin' && one.status === 204);
    expect(entry).toMatchObject({ target: 'left-1', actor: 'administrator' });
    // The token is of a fleet, and lets it in like any other.
    const { json: listed } = await stage.person('GET', '/join-tokens');
    expect(listed.joinTokens.find((one: Json) => one.id === id)).toMatchObject({ state: 'good', uses: 1 });
    const { json: again } = await join(token, 'left-1');
    expect((await beat(again, 'left-1')).status).toBe(200);
    expect(await ids()).toContain('left-1');
  });

  test('is none while it lives or holds what is not over, and keeps its key then', async () => {
    const { json: key } = await join((await newToken()).token, 'held-1');
    await beat(key, 'held-1');
    await stage.sql("UPDATE origin_keys SET created_ms = 1 WHERE origin = 'held-1'");
    expect(await remove('held-1')).toEqual([409, 'conflict', 'origin_alive']);
    const { broadcast } = await stage.publish((await stage.channel()).streamKey, 'held-1');
    await bury('held-1');
    expect(await remove('held-1')).toEqual([409, 'conflict', 'origin_holds_broadcasts']);
    expect((await beat(key, 'held-1')).status).toBe(200);
    await stage.sql("UPDATE broadcasts SET state = 'ended', ended_ms = 1 WHERE id = ?1", broadcast);
    await bury('held-1');
    expect(await remove('held-1')).toEqual([204, undefined, undefined]);
    expect(await remove('held-1')).toEqual([404, 'not_found', undefined]);
  });
});

describe('a join token', () => {
  test('is exchanged once for a key that speaks for its origin alone', async () => {
    const { token, ...told } = await newToken();
    expect(told).toMatchObject({
      state: 'good',
      origin: null,
      usesMax: 1,
      uses: 0,
      label: 'fleet',
      createdBy: 'administrator',
    });
    const { status, json: key } = await join(token, 'fra-1');
    expect([status, key]).toEqual([
      200,
      { origin: 'fra-1', kid: expect.stringMatching(/^ok_/), secret: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expect((await beat(key, 'fra-1')).status).toBe(200);
    const { json } = await stage.person('GET', '/origins');
    expect(json.origins.find(({ id }: Json) => id === 'fra-1')).toMatchObject({
      ...{ id: 'fra-1', dead: false, region: 'eu-central', capacity: 12_000_000, key: key.kid },
    });
    expect(refusalOf(await beat(key, 'ams-1'))).toEqual([403, 'forbidden', 'other_origin']);
    expect(refusalOf(await beat({ ...key, secret: `${'0'.repeat(64)}` }, 'fra-1'))).toEqual([
      401,
      'unauthorized',
      'wrong',
    ]);
    expect(refusalOf(await join(token, 'ams-1'))).toEqual([401, 'unauthorized', 'join_token_used_up']);
    const { json: listed } = await stage.person('GET', '/join-tokens');
    expect(listed.joinTokens[0]).toMatchObject({
      id: told.id,
      state: 'used_up',
      uses: 1,
      lastUsedMs: expect.any(Number),
    });
    const kept = JSON.stringify([
      await stage.sql('SELECT * FROM join_tokens'),
      await stage.sql('SELECT * FROM origin_keys'),
      await stage.sql('SELECT * FROM audit'),
    ]);
    expect(kept).not.toContain(token.split('_')[2]);
    expect(kept).not.toContain(key.secret);
    const { json: log } = await stage.person('GET', `/audit?actor=${told.id}`);
    expect(log.entries).toMatchObject([{ action: 'joinOrigin', target: 'fra-1', status: 200 }]);
  });

  test('of several uses lets so many in, also at once, and no more', async () => {
    const { token } = await newToken({ uses: 3 });
    const answers = await Promise.all(Array.from({ length: 6 }, (_, at) => join(token, `many-${at}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(new Set(answers.filter(({ status }) => status === 200).map(({ json }) => json.secret)).size).toBe(3);
  });

  test('is refused when it is unknown, over, or revoked; origins that joined with it stay', async () => {
    const { token, id } = await newToken({ uses: 2 });
    const { json: key } = await join(token, 'stays-1');
    expect((await stage.person('DELETE', `/join-tokens/${id}`)).status).toBe(204);
    expect(refusalOf(await join(token, 'late-1'))).toEqual([401, 'unauthorized', 'join_token_revoked']);
    expect((await beat(key, 'stays-1')).status).toBe(200);
    const short = await newToken({ expiresMs: Date.now() + 3_600_000 });
    await stage.sql('UPDATE join_tokens SET expires_ms = 1 WHERE id = ?1', short.id);
    expect(refusalOf(await join(short.token, 'late-1'))).toEqual([401, 'unauthorized', 'join_token_expired']);
    for (const wrong of [`${short.token.slice(0, -1)}#`, `jt_${'0'.repeat(20)}_${'0'.repeat(32)}`, 'x', '']) {
      expect(refusalOf(await join(wrong, 'late-1'))).toEqual([401, 'unauthorized', 'join_token_unknown']);
    }
    expect((await stage.person('DELETE', '/join-tokens/jt_none')).status).toBe(404);
  });

  test('takes no place of an origin that is at work, unless it was made for that one', async () => {
    const { token } = await newToken({ uses: 5 });
    const { json: first } = await join(token, 'taken-1');
    expect(refusalOf(await join(token, 'taken-1'))).toEqual([409, 'conflict', 'origin_exists']);
    await beat(first, 'taken-1');
    await stage.sql("UPDATE origin_keys SET created_ms = 1 WHERE origin = 'taken-1'");
    expect(refusalOf(await join(token, 'taken-1'))).toEqual([409, 'conflict', 'origin_exists']);
    const own = await newToken({ origin: 'taken-1' });
    expect(refusalOf(await join(own.token, 'other-1'))).toEqual([403, 'forbidden', 'join_token_other_origin']);
    const { json: second } = await join(own.token, 'taken-1');
    await vi.waitFor(
      async () => expect(refusalOf(await beat(first, 'taken-1'))).toEqual([401, 'unauthorized', 'key_revoked']),
      { timeout: 10_000 },
    );
    expect((await beat(second, 'taken-1')).status).toBe(200);
    // One that is dead left its id free: its disk may be lost.
    await stage.silence('taken-1', 11_000);
    await stage.sql("UPDATE origin_keys SET created_ms = 1 WHERE origin = 'taken-1'");
    expect((await join(token, 'taken-1')).status).toBe(200);
  });

  test('that is new to an origin with a key leaves it that key, and is not used', async () => {
    const { json: key } = await join((await newToken()).token, 'kept-1');
    await beat(key, 'kept-1');
    const { token, id } = await newToken();
    const again = (kid: string, origin = 'kept-1') => join(token, origin, { kid });
    expect((await again(key.kid)).json).toEqual({ origin: 'kept-1', kid: key.kid, secret: null });
    expect((await beat(key, 'kept-1')).status).toBe(200);
    expect(await stage.sql('SELECT uses FROM join_tokens WHERE id = ?1', id)).toEqual([{ uses: 0 }]);
    expect(refusalOf(await again(`ok_${'0'.repeat(20)}`))).toEqual([409, 'conflict', 'origin_exists']);
    // A key is told to nobody who knows its id, and a token that names the origin replaces it.
    const { json: other } = await again(key.kid, 'kept-2');
    expect([other.origin, other.kid === key.kid]).toEqual(['kept-2', false]);
    // Also when its uses are up by now: other origins had them.
    expect((await again(key.kid)).json.secret).toBeNull();
    const own = await newToken({ origin: 'kept-1' });
    const { json: second } = await join(own.token, 'kept-1', { kid: key.kid });
    expect([second.kid === key.kid, typeof second.secret]).toEqual([false, 'string']);
    expect(refusalOf(await again(key.kid))).toEqual([401, 'unauthorized', 'join_token_used_up']);
  });

  test('does not help an origin whose key was taken back', async () => {
    const { token } = await newToken();
    const { json: key } = await join(token, 'bad-1');
    expect((await beat(key, 'bad-1')).status).toBe(200);
    expect((await stage.person('DELETE', '/origins/bad-1/key')).status).toBe(204);
    await vi.waitFor(
      async () => expect(refusalOf(await beat(key, 'bad-1'))).toEqual([401, 'unauthorized', 'key_revoked']),
      { timeout: 10_000 },
    );
    const answer = await stage.origin('publish', { origin: 'bad-1', streamKey: 'x', ip: '', encoder: '' }, key);
    expect(answer.status).toBe(401);
    expect((await stage.person('DELETE', '/origins/bad-1/key')).status).toBe(404);
  });

  test('that an origin has had is revoked with its key; one that is over goes on to say why', async () => {
    const [fleet, once, other] = [await newToken({ uses: 3 }), await newToken(), await newToken()];
    await join(once.token, 'lost-1');
    const { json: stays } = await join(fleet.token, 'near-1');
    await stage.sql("UPDATE origin_keys SET created_ms = 1 WHERE origin = 'lost-1'");
    expect((await join(fleet.token, 'lost-1')).status).toBe(200);
    const own = await newToken({ origin: 'lost-1' });
    expect((await stage.person('DELETE', '/origins/lost-1/key')).status).toBe(204);
    expect(refusalOf(await join(fleet.token, 'lost-1'))).toEqual([401, 'unauthorized', 'join_token_revoked']);
    expect(refusalOf(await join(own.token, 'lost-1'))).toEqual([401, 'unauthorized', 'join_token_revoked']);
    expect(refusalOf(await join(once.token, 'lost-1'))).toEqual([401, 'unauthorized', 'join_token_used_up']);
    expect((await join(other.token, 'lost-1')).status).toBe(200);
    expect((await beat(stays, 'near-1')).status).toBe(200);
  });

  test.each([
    ['an id in capitals', { origin: 'Fra' }],
    ['no use', { uses: 0 }],
    ['several uses of one origin', { origin: 'fra-9', uses: 2 }],
    ['a time in the past', { expiresMs: 1 }],
    ['a time too far ahead', { expiresMs: Date.now() + 40 * 86_400_000 }],
    ['an unknown field', { role: 'admin' }],
  ])('is not made with %s', async (_, wish) => {
    expect((await stage.person('POST', '/join-tokens', wish)).status).toBe(400);
  });

  test.each([{ origin: 'Fra' }, { origin: '../x' }, { origin: '' }, { token: 'x'.repeat(200) }, { version: 5 }])(
    'opens nothing for %j',
    async (wrong) => {
      const { token } = await newToken();
      expect((await join(token, 'fine-1', wrong)).status).toBe(400);
    },
  );
});

test('an origin that goes back to the keys of the deployment is known by those again', async () => {
  const { json: key } = await join((await newToken()).token, 'back-1');
  await beat(key, 'back-1');
  const keyOf = async () =>
    (await stage.person('GET', '/origins')).json.origins.find(({ id }: Json) => id === 'back-1').key;
  expect(await keyOf()).toBe(key.kid);
  await stage.heartbeat([], 'back-1');
  expect(await keyOf()).toBeNull();
});

describe('where calls are limited', () => {
  let limited: ControlStage;
  let calls = 0;
  beforeAll(async () => {
    limited = await ControlStage.start({}, { API_RATE: 12 });
  }, 30_000);
  afterAll(() => limited?.stop());

  /** What comes of a call that one address makes again and again, until it is told to wait. */
  async function codesOf(call: (headers: Record<string, string>) => Promise<Answer>): Promise<unknown[]> {
    const headers = { 'cf-connecting-ip': `192.0.2.${++calls}` };
    const codes = new Set<unknown>();
    // The limit is counted by minutes, and one may end meanwhile.
    for (let tries = 0; tries < 60 && !codes.has('too_many_requests'); tries++) {
      const { json } = await call(headers);
      codes.add(json.reason ?? json.code);
    }
    return [...codes];
  }
  const joinWith = (token: string) => (headers: Record<string, string>) => {
    const body = JSON.stringify({ token, origin: 'late-1', version: '0' });
    return limited.call('/api/v1/origin/join', { method: 'POST', headers, body });
  };
  const audits = async () => (await limited.sql("SELECT COUNT(*) AS n FROM audit WHERE action = 'joinOrigin'"))[0]?.n;

  test.each([
    ['expired', 'UPDATE join_tokens SET expires_ms = 1 WHERE id = ?1'],
    ['used_up', 'UPDATE join_tokens SET uses = uses_max WHERE id = ?1'],
    ['revoked', 'UPDATE join_tokens SET revoked_ms = 1 WHERE id = ?1'],
  ])('a token that is %s is told to wait, and fills no log', async (state, over) => {
    const { json } = await limited.person('POST', '/join-tokens', {});
    await limited.sql(over, json.id);
    expect(await codesOf(joinWith(json.token))).toEqual([`join_token_${state}`, 'too_many_requests']);
    expect(await audits()).toBe(0);
  });

  test('ids of keys that somebody makes up are told to wait; what is no signature is not looked up', async () => {
    let made = 0;
    const signed = (timeMs: number, end: string) => (headers: Record<string, string>) => {
      const kid = `ok_${String(++made).padStart(20, '0')}`;
      const header = { [signatureHeader]: `kid=${kid};t=${timeMs};n=${'0'.repeat(16)};s=${end}` };
      return limited.call('/api/v1/origin/heartbeat', {
        method: 'POST',
        headers: { ...headers, ...header },
        body: '{}',
      });
    };
    const mac = '0'.repeat(64);
    expect(await codesOf(signed(Date.now(), mac))).toEqual(['unknown_key', 'too_many_requests']);
    expect(await codesOf(signed(Date.now(), ''))).toEqual(['malformed']);
    expect(await codesOf(signed(1, mac))).toEqual(['clock_skew']);
  });

  test('a good token is not sent more often than a call may be made', async () => {
    const { json } = await limited.person('POST', '/join-tokens', { origin: 'other-1' });
    expect(await codesOf(joinWith(json.token))).toEqual(['join_token_other_origin', 'too_many_requests']);
  });
});
