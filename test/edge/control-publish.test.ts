import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const openIds = async (channel: string) => {
  const rows = await stage.sql("SELECT id FROM broadcasts WHERE channel = ?1 AND state <> 'ended'", channel);
  return rows.map((row) => row.id);
};

describe('a publisher', () => {
  test('with a right key starts a broadcast', async () => {
    const { id, streamKey, keyId } = await stage.channel({ latency: 'standard', reconnectWindowMs: 5_000 });
    const answer = await stage.publish(streamKey);
    expect(answer).toEqual({
      accepted: true,
      channel: id,
      broadcast: expect.stringMatching(/^b_[0-9a-z]{20}$/),
      resumed: false,
      latency: 'standard',
      reconnectWindowMs: 5_000,
      slate: false,
    });
    const { json } = await stage.person('GET', `/broadcasts/${answer.broadcast}`);
    expect(json).toMatchObject({ channel: id, origin: 'o-fra', state: 'starting', endedMs: null, report: null });
    const { json: list } = await stage.person('GET', `/channels/${id}/keys`);
    expect(list.keys).toMatchObject([
      { id: keyId, lastUsedMs: expect.any(Number), lastUsedIp: '192.0.2.7', lastUsedEncoder: 'OBS 31' },
    ]);
  });

  test('who comes back to the same origin goes on with the broadcast, with any key of the channel', async () => {
    const { id, streamKey } = await stage.channel();
    const first = await stage.publish(streamKey);
    expect(await stage.publish(streamKey)).toEqual({ ...first, resumed: true });
    const { json: second } = await stage.person('POST', `/channels/${id}/keys`);
    expect(await stage.publish(second.streamKey)).toEqual({ ...first, resumed: true });
    expect(await openIds(id)).toEqual([first.broadcast]);
  });

  test('hears whether the channel wants a slate', async () => {
    const { id, streamKey } = await stage.channel({ slate: true });
    expect((await stage.publish(streamKey)).slate).toBe(true);
    await stage.person('PATCH', `/channels/${id}`, { slate: false });
    expect((await stage.publish(streamKey)).slate).toBe(false);
  });

  test('whose broadcast ended starts a new one', async () => {
    const { id, streamKey } = await stage.channel();
    const first = await stage.publish(streamKey);
    await stage.report(first.broadcast, 'ended');
    const second = await stage.publish(streamKey);
    expect([second.resumed, second.broadcast === first.broadcast]).toEqual([false, false]);
    expect(await openIds(id)).toEqual([second.broadcast]);
  });

  test('of a disabled channel is refused', async () => {
    const { id, streamKey } = await stage.channel();
    await stage.person('PATCH', `/channels/${id}`, { disabled: true });
    expect(await stage.publish(streamKey)).toEqual({
      accepted: false,
      code: 'channel_disabled',
      sentence: 'This channel is disabled. Enable it to publish again.',
    });
    await stage.person('PATCH', `/channels/${id}`, { disabled: false });
    expect(await stage.publish(streamKey)).toMatchObject({ accepted: true, resumed: false });
  });

  test('at another origin is refused while the first one lives, by heartbeat or by what it just did', async () => {
    const { id, streamKey } = await stage.channel();
    const first = await stage.publish(streamKey, 'o-alive');
    const refused = {
      accepted: false,
      code: 'broadcast_elsewhere',
      sentence: 'This channel is already live from another ingest server. Stop that one first.',
    };
    expect(await stage.publish(streamKey, 'o-second')).toEqual(refused);
    await stage.silence('o-alive', 60_000);
    await stage.heartbeat([first.broadcast], 'o-alive');
    expect(await stage.publish(streamKey, 'o-second')).toEqual(refused);
    expect(await openIds(id)).toEqual([first.broadcast]);
  });

  test('goes on with the broadcast of a dead origin at another one, which it belongs to from then on', async () => {
    const { id, streamKey } = await stage.channel();
    await stage.heartbeat([], 'o-dead');
    const first = await stage.publish(streamKey, 'o-dead');
    await stage.silence('o-dead', 11_000);
    expect(await stage.publish(streamKey, 'o-heir')).toEqual({ ...first, resumed: true });
    expect(await openIds(id)).toEqual([first.broadcast]);
    const ids = [first.broadcast];
    expect((await stage.heartbeat(ids, 'o-heir')).json).toEqual({ end: [], forget: [] });
    // Back from the dead: it learns whose it is, and cannot take it back while the other lives.
    expect((await stage.heartbeat(ids, 'o-dead')).json).toEqual({ end: ids, forget: [], moved: ids });
    expect(await stage.publish(streamKey, 'o-dead')).toMatchObject({ accepted: false, code: 'broadcast_elsewhere' });
    expect((await stage.report(first.broadcast, 'ended', { origin: 'o-dead' })).status).toBe(403);
  });

  test('who comes to another origin too late gets a new broadcast; that origin finishes the one that was left', async () => {
    const { id, streamKey } = await stage.channel({ reconnectWindowMs: 1_000 });
    const first = await stage.publish(streamKey, 'o-gone');
    await stage.silence('o-gone', 11_500);
    const second = await stage.publish(streamKey, 'o-next');
    expect(second).toMatchObject({ accepted: true, resumed: false, left: first.broadcast });
    expect(await openIds(id)).toEqual([second.broadcast]);
    const { json } = await stage.person('GET', `/broadcasts/${first.broadcast}`);
    expect(json).toMatchObject({ origin: 'o-next', state: 'ended', endedMs: expect.any(Number) });
  });

  test('is not sent to an heir that takes no new broadcasts', async () => {
    const { streamKey } = await stage.channel();
    const first = await stage.publish(streamKey, 'o-lost');
    await stage.silence('o-lost', 11_000);
    await stage.heartbeat([], 'o-drains');
    await stage.person('PATCH', '/origins/o-drains', { draining: true });
    expect(await stage.publish(streamKey, 'o-drains')).toMatchObject({ accepted: false, code: 'origin_draining' });
    expect(await stage.publish(streamKey, 'o-fresh')).toMatchObject({ resumed: true, broadcast: first.broadcast });
  });

  test('who comes back after the reconnect window of a dead origin gets a new broadcast', async () => {
    const { streamKey } = await stage.channel({ reconnectWindowMs: 1_000 });
    const first = await stage.publish(streamKey, 'o-slept');
    await stage.silence('o-slept', 10_500);
    expect((await stage.publish(streamKey, 'o-slept')).broadcast).toBe(first.broadcast);
    await stage.silence('o-slept', 11_500);
    const second = await stage.publish(streamKey, 'o-slept');
    expect([second.resumed, second.broadcast === first.broadcast]).toEqual([false, false]);
  });

  test('is refused by an origin that holds as many broadcasts as it may', async () => {
    const { streamKey } = await stage.channel();
    const { id } = await stage.channel();
    for (let i = 0; i < 64; i++) {
      await stage.sql('INSERT INTO channels (id, title, created_ms) VALUES (?1, ?1, 0)', `full-${i}`);
      await stage.sql(
        `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
         VALUES (?1, ?1, 'sk', 'o-full', 'live', 0, 0, 0)`,
        `full-${i}`,
      );
    }
    expect(await stage.publish(streamKey, 'o-full')).toMatchObject({ accepted: false, code: 'over_capacity' });
    expect(await openIds(id)).toEqual([]);
    expect(await stage.publish(streamKey, 'o-roomy')).toMatchObject({ accepted: true });
  });
});

describe('a stream key that is not right', () => {
  const unknown = {
    accepted: false,
    code: 'unknown_key',
    sentence: 'The stream key is not known. Copy it again from your channel.',
  };
  const wrong: readonly [string, (key: string) => string][] = [
    ['nothing', () => ''],
    ['a word', () => 'hello'],
    ['its id alone', (key) => key.slice(0, 23)],
    ['one character less', (key) => key.slice(0, -1)],
    ['one character more', (key) => `${key}0`],
    ['a line break after it', (key) => `${key}\n`],
    ['upper case', (key) => key.toUpperCase()],
    ['another secret', (key) => `${key.slice(0, 24)}${'0'.repeat(32)}`],
    ['SQL', () => "' OR 1=1 --"],
    ['a pattern', (key) => `${key.slice(0, -1)}%`],
    ['a path', () => '../../etc/passwd'],
    ['a long text', () => 'x'.repeat(50_000)],
  ];
  test.each(wrong)('%s is refused', async (_, change) => {
    const { id, streamKey } = await stage.channel();
    expect(await stage.publish(change(streamKey))).toEqual(unknown);
    expect(await openIds(id)).toEqual([]);
  });

  test('a deleted key is refused, a deleted channel too', async () => {
    const one = await stage.channel();
    await stage.person('DELETE', `/channels/${one.id}/keys/${one.keyId}`);
    expect(await stage.publish(one.streamKey)).toEqual(unknown);
    const two = await stage.channel();
    await stage.person('DELETE', `/channels/${two.id}`);
    expect(await stage.publish(two.streamKey)).toEqual(unknown);
  });
});

describe('publishers at the same time', () => {
  test('at one origin share one broadcast', async () => {
    const { id, streamKey } = await stage.channel();
    const answers = await Promise.all(Array.from({ length: 12 }, () => stage.publish(streamKey)));
    const [open] = await openIds(id);
    expect(await openIds(id)).toHaveLength(1);
    expect(answers.map((answer: Json) => answer.broadcast)).toEqual(answers.map(() => open));
    expect(answers.filter((answer: Json) => !answer.resumed)).toHaveLength(1);
  });

  test('at several origins: one is accepted', async () => {
    const { id, streamKey } = await stage.channel();
    const origins = ['o-1', 'o-2', 'o-3', 'o-4', 'o-5', 'o-6'];
    const answers = await Promise.all(origins.map((origin) => stage.publish(streamKey, origin)));
    expect(answers.filter((answer: Json) => answer.accepted)).toHaveLength(1);
    const refused = answers.filter((answer: Json) => !answer.accepted);
    expect(new Set(refused.map((answer: Json) => answer.code))).toEqual(new Set(['broadcast_elsewhere']));
    expect(await openIds(id)).toHaveLength(1);
  });

  test('who take over from a dead origin: one is accepted', async () => {
    const { id, streamKey } = await stage.channel();
    const first = await stage.publish(streamKey, 'o-gone');
    await stage.silence('o-gone', 11_000);
    const answers = await Promise.all(['o-x', 'o-y', 'o-z'].map((origin) => stage.publish(streamKey, origin)));
    expect(answers.filter((answer: Json) => answer.accepted)).toHaveLength(1);
    expect(await openIds(id)).toHaveLength(1);
    expect(await openIds(id)).toEqual([first.broadcast]);
  });

  test('the catalogue itself refuses a second open broadcast of a channel', async () => {
    const { id, streamKey } = await stage.channel();
    await stage.publish(streamKey);
    const insert = `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
      VALUES ('b_second', ?1, 'sk', 'o', 'live', 0, 0, 0)`;
    await expect(stage.sql(insert, id)).rejects.toThrow(/UNIQUE/);
  });
});

describe('what an encoder and an origin call themselves', () => {
  const ask = (fields: Record<string, unknown>) =>
    stage.origin('publish', { origin: 'o-fra', streamKey: 'x', ip: '', encoder: '', ...fields });

  test('is cleaned and cut, and keeps nobody from publishing', async () => {
    const { id, streamKey } = await stage.channel();
    const encoder = `OBS\u0000\u001b[31m ${'é'.repeat(200)}\u202e`;
    expect((await ask({ streamKey, encoder })).json.accepted).toBe(true);
    const { json } = await stage.person('GET', `/channels/${id}/keys`);
    expect(json.keys[0].lastUsedEncoder).toBe(`OBS[31m ${'é'.repeat(56)}`);
  });

  test.each([
    ['no origin', { origin: undefined }],
    ['an origin with a path', { origin: '../o' }],
    ['a key that is no text', { streamKey: false }],
    ['an object as key', { streamKey: { $ne: null } }],
    ['an encoder that is no text', { encoder: 5 }],
    ['a long address', { ip: '1'.repeat(65) }],
  ])('%s is answered with 400', async (_, fields) => {
    const answer = await ask(fields);
    expect([answer.status, answer.json.code]).toEqual([400, 'bad_request']);
  });

  test('fields that this version does not know are dropped', async () => {
    expect((await ask({ region: 'eu' })).json.code).toBe('unknown_key');
  });

  test.each(['', 'null', '{', '[]'])('a body of %j is answered with 400', async (body) => {
    expect((await stage.origin('publish', body)).status).toBe(400);
  });
});
