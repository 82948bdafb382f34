import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { urgencyOf } from '../../../workers/webhooks/poke.ts';
import { type Edge, startEdge } from '../../support/edge.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';

let edge: Edge;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  const vars = { WEBHOOK_HOSTS: receiver.host, ACCESS_KEYS: 'a1:key-of-the-webhook-tests-with-32-chars' };
  edge = await startEdge({ originUrl: 'http://127.0.0.1:9', pops: [{ name: 'fra', continent: 'EU' }], vars });
}, 60_000);

afterAll(async () => {
  await edge?.stop();
  receiver?.stop();
});

beforeEach(async () => {
  receiver.received.length = 0;
  receiver.answers = [204];
  for (const { id } of (await edge.person('GET', '/webhooks')).json.webhooks) {
    await edge.person('DELETE', `/webhooks/${id}`);
  }
});

const hook = (fields: object = {}) => edge.person('POST', '/webhooks', { url: receiver.url, ...fields });

/** Of everything that happens here: events that are a week old are let go of. */
const atMs = Date.now();

/** Changes a broadcast's state as an origin's report does, and lets the API look for what is to be told. */
async function become(broadcast: string, state: string): Promise<void> {
  await edge.sql('UPDATE broadcasts SET state = ?2, state_ms = ?3 WHERE id = ?1', broadcast, state, atMs);
  await edge.person('POST', '/nothing');
}

const bodies = () => receiver.received.map(({ body }) => JSON.parse(body));
const untilReceived = (count: number) => expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(count);

test('what happens to a channel is told in order, signed, with numbers that tell of gaps', async () => {
  const { channel, broadcast } = await edge.addBroadcast();
  const { status, json } = await hook({ channel, label: 'bot' });
  expect(status).toBe(201);
  expect(json).toEqual({
    id: expect.stringMatching(/^wh_[0-9a-z]{20}$/),
    url: receiver.url,
    channel,
    types: [],
    label: 'bot',
    createdMs: expect.any(Number),
    disabledMs: null,
    disabledWhy: null,
    waiting: 0,
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/),
  });
  await become(broadcast, 'interrupted');
  await become(broadcast, 'live');
  await become(broadcast, 'ended');
  await untilReceived(3);
  const at = { timestamp: new Date(atMs).toISOString() };
  expect(bodies()).toEqual([
    { type: 'channel.interrupted', ...at, data: { channel, sequence: 1, broadcast } },
    { type: 'channel.resumed', ...at, data: { channel, sequence: 2, broadcast } },
    { type: 'channel.ended', ...at, data: { channel, sequence: 3, broadcast } },
  ]);
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(3);
  for (const { headers, body } of receiver.received) {
    expect(new Webhook(json.secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook('whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==').verify(body, headers)).toThrow();
  }
});

test('findings are told when they open and when they close', async () => {
  const { channel, broadcast } = await edge.addBroadcast();
  await hook({ channel });
  const finding = (code: string) => ({ code, severity: 'warning', sentence: 'S.', fix: 'F.', openedMs: 1 });
  const report = async (...codes: string[]) => {
    const text = JSON.stringify({ findings: codes.map(finding) });
    await edge.sql('UPDATE broadcasts SET report = ?2, updated_ms = ?3 WHERE id = ?1', broadcast, text, atMs);
    await edge.person('POST', '/nothing');
  };
  await report('video.gop_long', 'audio.none');
  await report('audio.none');
  await report('audio.none');
  await untilReceived(3);
  expect(bodies().map(({ type, data }) => [data.sequence, type, data.finding.code])).toEqual([
    [1, 'finding.opened', 'video.gop_long'],
    [2, 'finding.opened', 'audio.none'],
    [3, 'finding.closed', 'video.gop_long'],
  ]);
  expect(bodies()[0].data.finding).toEqual(finding('video.gop_long'));
});

test('replays and clips are told once they can be played', async () => {
  const { channel, broadcast } = await edge.addBroadcast();
  await hook({ channel });
  const say = async (replay: object) => {
    await edge.sql('UPDATE broadcasts SET replay = ?2 WHERE id = ?1', broadcast, JSON.stringify(replay));
    await edge.person('POST', '/nothing');
  };
  await say({ state: 'uploading', uploaded: 0.5 });
  await say({ state: 'partial', uploaded: 1 });
  await say({ state: 'partial', uploaded: 1 });
  await edge.sql(
    "INSERT INTO clips VALUES ('cl_1', ?1, ?2, 'Goal', 10, 20, 0, 10, 'public', ?3)",
    ...[broadcast, channel, atMs],
  );
  await edge.person('POST', '/nothing');
  await untilReceived(2);
  expect(bodies().map(({ type, data }) => [type, data])).toEqual([
    ['replay.ready', { channel, sequence: 1, broadcast, replay: { state: 'partial', uploaded: 1 } }],
    ['clip.ready', { channel, sequence: 2, broadcast, clip: 'cl_1', title: 'Goal', startMs: 10, endMs: 20 }],
  ]);
});

test('a webhook hears of its channel and its types only', async () => {
  const mine = await edge.addBroadcast();
  const other = await edge.addBroadcast();
  await hook({ channel: mine.channel, types: ['channel.ended'] });
  await become(other.broadcast, 'ended');
  await become(mine.broadcast, 'interrupted');
  await become(mine.broadcast, 'ended');
  await untilReceived(1);
  expect(bodies()[0]).toMatchObject({ type: 'channel.ended', data: { channel: mine.channel, sequence: 2 } });
});

test('other types count from then on, and what waits already still comes', async () => {
  const { channel, broadcast } = await edge.addBroadcast();
  const { json } = await hook({ channel, types: ['channel.resumed'] });
  const hearAll = async () => (await edge.person('PATCH', `/webhooks/${json.id}`, { types: [] })).json.waiting;
  await become(broadcast, 'interrupted');
  expect(await hearAll()).toBe(0);
  await edge.person('PATCH', `/webhooks/${json.id}`, { types: ['channel.resumed'] });
  receiver.answers = [500];
  await become(broadcast, 'live');
  await untilReceived(1);
  await become(broadcast, 'ended');
  expect(await hearAll()).toBe(2);
  expect(bodies()[0]).toMatchObject({ type: 'channel.resumed', data: { sequence: 2 } });
});

test('a webhook is moved past what does not concern it', async () => {
  const { channel } = await edge.addBroadcast();
  const { json } = await hook({ channel, types: ['clip.ready'] });
  await edge.sql(
    `INSERT INTO events (channel, sequence, type, at_ms)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= 101) SELECT ?1, i, 'channel.live', ?2 FROM n`,
    ...[await edge.addChannel(), atMs],
  );
  await edge.person('POST', '/nothing');
  const behind = async () => {
    const [row] = await edge.rows(
      'SELECT MAX(e.id) - w.cursor AS n FROM webhooks w, events e WHERE w.id = ?1',
      json.id,
    );
    return row?.n;
  };
  await expect.poll(behind, { timeout: 10_000 }).toBe(0);
});

test.each([
  ['POST', '/api/v1/clips', 'at-once'],
  ['POST', '/api/v1/origin/broadcast', 'at-once'],
  ['POST', '/api/v1/origin/replay', 'at-once'],
  ['POST', '/api/v1/origin/heartbeat', 'now-and-then'],
  ['POST', '/api/v1/origin/lease', 'now-and-then'],
  ['PUT', '/api/v1/origin/objects/b/b_1/v90/1.m4s', null],
  ['POST', '/api/v1/session', null],
  ['GET', '/api/v1/channels', null],
])('what %s %s changes is told %s', (method, path, urgency) => expect(urgencyOf(method, path)).toBe(urgency));

test('an event that is refused comes again before any later one', async () => {
  receiver.answers = [500, 302, 204];
  const { channel, broadcast } = await edge.addBroadcast();
  const { json } = await hook({ channel });
  await become(broadcast, 'interrupted');
  await untilReceived(1);
  await become(broadcast, 'ended');
  const log = async () => (await edge.person('GET', `/webhooks/${json.id}/deliveries`)).json.deliveries;
  await expect.poll(async () => (await log()).length, { timeout: 10_000 }).toBe(1);
  expect((await log())[0]).toMatchObject({ type: 'channel.interrupted', attempt: 1, status: 500, error: null });
  expect((await edge.person('GET', `/webhooks/${json.id}`)).json.waiting).toBe(2);
  expect(receiver.received).toHaveLength(1);
}, 30_000);

test('the log of deliveries is read page by page, the newest first', async () => {
  receiver.answers = [204, 204, 204, 204, 204];
  const { json } = await hook({});
  const sent: number[] = [];
  for (let i = 0; i < 5; i++) sent.push((await edge.person('POST', `/webhooks/${json.id}/test`)).json.event);
  const seen: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { deliveries: { event: number }[]; next: string | null } = (
      await edge.person('GET', `/webhooks/${json.id}/deliveries?limit=2&cursor=${cursor}`)
    ).json;
    expect(page.deliveries.length).toBeLessThanOrEqual(2);
    for (const { event } of page.deliveries) seen.push(event);
    cursor = page.next;
  }
  expect(seen).toEqual(sent.toReversed());
  expect((await edge.person('GET', `/webhooks/${json.id}/deliveries?cursor=none`)).json.deliveries).toEqual([]);
});

test('410 disables the webhook, and it goes on with what is new once it is enabled', async () => {
  receiver.answers = [410, 204];
  const { channel, broadcast } = await edge.addBroadcast();
  const { json } = await hook({ channel });
  await become(broadcast, 'interrupted');
  const now = async () => (await edge.person('GET', `/webhooks/${json.id}`)).json;
  await expect.poll(async () => (await now()).disabledMs, { timeout: 10_000 }).toEqual(expect.any(Number));
  expect((await now()).disabledWhy).toBe('The address answered 410: it wants no more events.');
  await become(broadcast, 'live');
  expect((await edge.person('PATCH', `/webhooks/${json.id}`, { disabled: false })).json).toMatchObject({
    disabledMs: null,
    disabledWhy: null,
    waiting: 0,
  });
  await become(broadcast, 'ended');
  await untilReceived(2);
  expect(bodies()[1].type).toBe('channel.ended');
});

test('an event can be sent again, and a test event at any time', async () => {
  const { channel, broadcast } = await edge.addBroadcast();
  const { json } = await hook({ channel });
  await become(broadcast, 'ended');
  await untilReceived(1);
  const event = Number(receiver.received[0]?.headers['webhook-id']?.slice(3));
  const again = await edge.person('POST', `/webhooks/${json.id}/redeliver`, { event });
  expect(again.json).toMatchObject({ event, type: 'channel.ended', status: 204, error: null });
  expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  expect(receiver.received[1]?.headers['webhook-id']).toBe(receiver.received[0]?.headers['webhook-id']);
  expect((await edge.person('POST', `/webhooks/${json.id}/redeliver`, { event: 999_999 })).status).toBe(404);
  expect((await edge.person('POST', `/webhooks/${json.id}/test`)).json).toMatchObject({ type: 'webhook.test' });
  expect(receiver.received[2]?.headers['webhook-id']).toMatch(/^ev_test_\d+$/);
});

test('a webhook of one channel is sent no event of another, whatever number is asked for', async () => {
  const mine = await edge.addBroadcast();
  const other = await edge.addBroadcast();
  const { json: all } = await hook();
  const { json: own } = await hook({ channel: mine.channel });
  await become(other.broadcast, 'ended');
  await untilReceived(1);
  const event = Number(receiver.received[0]?.headers['webhook-id']?.slice(3));
  const again = (id: string) => edge.person('POST', `/webhooks/${id}/redeliver`, { event });
  expect(await again(own.id)).toMatchObject({ status: 404, json: { code: 'not_found' } });
  expect(receiver.received).toHaveLength(1);
  expect((await again(all.id)).json).toMatchObject({ event, type: 'channel.ended', status: 204 });
});

test('a secret is rotated: for a while both sign, then only the new one', async () => {
  const { json } = await hook();
  const rotate = (graceMs?: number) => edge.person('POST', `/webhooks/${json.id}/rotate`, { graceMs });
  const send = async () => {
    await edge.person('POST', `/webhooks/${json.id}/test`);
    const { headers = {}, body = '' } = receiver.received.at(-1) ?? {};
    return (secret: string) => new Webhook(secret).verify(body, headers);
  };
  const { json: next } = await rotate();
  expect(next).toMatchObject({ id: json.id, secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/) });
  const both = await send();
  for (const secret of [json.secret, next.secret]) expect(both(secret)).toBeTruthy();
  const { json: last } = await rotate(0);
  const one = await send();
  expect(one(last.secret)).toBeTruthy();
  for (const secret of [json.secret, next.secret]) expect(() => one(secret)).toThrow();
  expect((await edge.person('POST', '/webhooks/wh_none/rotate')).status).toBe(404);
});

test('a wrong secret for a key that there is is told, once a minute, with the address it came from', async () => {
  const { json: channel } = await edge.person('POST', '/channels', { title: 'A channel' });
  const { json: key } = await edge.person('POST', `/channels/${channel.id}/keys`);
  await hook({ channel: channel.id });
  const guess = `${key.id}_${'0'.repeat(32)}`;
  const ask = () => edge.publish(guess, { ip: '203.0.113.9', encoder: 'Guess 1' });
  expect(await ask()).toMatchObject({ accepted: false, code: 'unknown_key' });
  await ask();
  await untilReceived(1);
  expect(bodies()[0]).toMatchObject({
    type: 'key.refused',
    data: { channel: channel.id, sequence: 1, broadcast: null, key: key.id, ip: '203.0.113.9', encoder: 'Guess 1' },
  });
  expect(receiver.received[0]?.body).not.toContain(guess);
});

test.each([
  'http://example.com/hook',
  'https://user:word@example.com/',
  'https://10.0.0.1/hook',
  'https://169.254.169.254/latest',
  'https://[::ffff:7f00:1]/',
  'https://2130706433/',
  'https://localhost/',
  'http://127.0.0.1:1/hook',
  'https://metadata.internal/',
  'ftp://example.com/',
])('%s is not sent to', async (url) => {
  expect((await hook({ url })).json).toMatchObject({ status: 400, code: 'bad_request' });
});

test('secrets are in no row and no list', async () => {
  const { json } = await hook();
  expect(JSON.stringify((await edge.person('GET', '/webhooks')).json)).not.toContain('whsec_');
  expect((await edge.person('GET', `/webhooks/${json.id}`)).json.secret).toBeUndefined();
  expect(await edge.rows('SELECT secret FROM webhooks WHERE id = ?1', json.id)).toEqual([
    { secret: expect.stringMatching(/^a1\./) },
  ]);
  expect((await hook({ channel: 'not-there' })).status).toBe(404);
  expect((await hook({ types: ['channel.exploded'] })).status).toBe(400);
});
