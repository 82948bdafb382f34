import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { cli } from '../support/cli-run.ts';

let api: ApiDouble;
beforeEach(async () => {
  api = await ApiDouble.start();
});
afterEach(() => api.stop());

const webhook = {
  ...{ id: 'wh_1', url: 'https://example.com/hook', channel: 'news', types: ['channel.live'], label: 'bot' },
  ...{ createdMs: 1, disabledMs: null, disabledWhy: null, waiting: 2 },
};
const delivery = { event: 42, type: 'channel.live', atMs: 1, attempt: 1, status: 204, error: null, tookMs: 12.4 };

function headwater(...args: string[]) {
  return cli(args, { env: { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' } });
}

it('enters an address and shows its secret this once', async () => {
  api.json('POST /api/v1/webhooks', { ...webhook, secret: 'whsec_c2VjcmV0' }, 201);
  const types = ['--type', 'channel.live', '--type', 'channel.ended'];
  const { code, out } = await headwater(
    'webhook',
    'create',
    webhook.url,
    '--channel',
    'news',
    ...types,
    '--label',
    'bot',
  );
  expect(code).toBe(0);
  expect(out).toBe(`webhook  wh_1
address  https://example.com/hook
channel  news
types    channel.live
state    on
waiting  2
label    bot
secret   whsec_c2VjcmV0
The secret checks signatures, and is not shown again. Try it: headwater webhook test wh_1
`);
  expect((await headwater('webhook', 'create', webhook.url, '--json')).json.secret).toBe('whsec_c2VjcmV0');
  expect(api.lines).toEqual([
    'POST /api/v1/webhooks {"url":"https://example.com/hook","channel":"news","types":["channel.live","channel.ended"],"label":"bot"}',
    'POST /api/v1/webhooks {"url":"https://example.com/hook"}',
  ]);
});

it('lists, shows, changes and deletes', async () => {
  const disabled = { ...webhook, id: 'wh_2', channel: null, types: [], disabledMs: 1, disabledWhy: 'It answered 410.' };
  api.json('GET /api/v1/webhooks', { webhooks: [webhook, disabled], next: null });
  api.json('GET /api/v1/webhooks/wh_2', disabled);
  api.json('PATCH /api/v1/webhooks/wh_2', webhook);
  api.json('DELETE /api/v1/webhooks/wh_2', null, 204);
  const { out } = await headwater('webhook', 'list', '--channel', 'news');
  expect(out.replaceAll(/ +/g, ' ')).toBe(
    'ID STATE CHANNEL TYPES WAITING ADDRESS LABEL\n' +
      'wh_1 on news channel.live 2 https://example.com/hook bot\n' +
      'wh_2 disabled all all 2 https://example.com/hook bot\n',
  );
  expect((await headwater('webhook', 'show', 'wh_2')).out).toMatch(/why +It answered 410\./);
  expect((await headwater('webhook', 'change', 'wh_2', '--enable', '--all-types')).code).toBe(0);
  expect((await headwater('webhook', 'change', 'wh_2', '--disable', '--address', 'https://b.example/')).code).toBe(0);
  expect((await headwater('webhook', 'change', 'wh_2')).code).toBe(2);
  expect((await headwater('webhook', 'delete', 'wh_2')).code).toBe(2);
  expect((await headwater('webhook', 'delete', 'wh_2', '--yes')).out).toBe('Deleted webhook wh_2.\n');
  expect(api.lines).toEqual([
    'GET /api/v1/webhooks?channel=news&limit=50',
    'GET /api/v1/webhooks/wh_2',
    'PATCH /api/v1/webhooks/wh_2 {"types":[],"disabled":false}',
    'PATCH /api/v1/webhooks/wh_2 {"url":"https://b.example/","disabled":true}',
    'DELETE /api/v1/webhooks/wh_2',
  ]);
});

it('rotates a secret, for a while or now', async () => {
  api.json('POST /api/v1/webhooks/wh_1/rotate', { ...webhook, secret: 'whsec_bmV3' });
  const { out } = await headwater('webhook', 'rotate', 'wh_1', '--grace', '2h');
  expect(out).toBe(
    'webhook  wh_1\nsecret   whsec_bmV3\nThe old secret signs too for a while. The new one is not shown again.\n',
  );
  expect((await headwater('webhook', 'rotate', 'wh_1', '--now')).code).toBe(2);
  expect((await headwater('webhook', 'rotate', 'wh_1', '--now', '--yes')).out).toContain('signs no more');
  expect(api.lines).toEqual([
    'POST /api/v1/webhooks/wh_1/rotate {"graceMs":7200000}',
    'POST /api/v1/webhooks/wh_1/rotate {"graceMs":0}',
  ]);
});

it('shows what was sent, and sends one event again', async () => {
  const late = { ...delivery, event: 41, status: null, error: 'timeout', attempt: 2 };
  const trial = { ...delivery, event: -1, type: 'webhook.test' };
  api.json('GET /api/v1/webhooks/wh_1/deliveries', { deliveries: [trial, delivery, late] });
  api.json('POST /api/v1/webhooks/wh_1/redeliver', delivery);
  const { out } = await headwater('webhook', 'deliveries', 'wh_1');
  const rows = out.split('\n').map((line) => line.split(/ {2,}/));
  expect(rows.slice(1, 4).map((row) => [row[0], row[1], row[3], row[4]])).toEqual([
    ['–', 'webhook.test', '1', '204'],
    ['ev_42', 'channel.live', '1', '204'],
    ['ev_41', 'channel.live', '2', 'timeout'],
  ]);
  for (const event of ['42', 'ev_42']) {
    expect((await headwater('webhook', 'redeliver', 'wh_1', event)).out).toBe('channel.live  204, 12 ms\n');
  }
  expect(api.lines.slice(1)).toEqual(Array(2).fill('POST /api/v1/webhooks/wh_1/redeliver {"event":42}'));
  expect((await headwater('webhook', 'redeliver', 'wh_1', 'ev_test_1')).err).toContain('"ev_test_1" is no event.');
});

it.each([
  [500, null, 'The address answered 500.'],
  [null, 'unreachable', 'The address did not take it (unreachable).'],
])('a test that is answered with %s %s fails', async (status, error, words) => {
  api.json('POST /api/v1/webhooks/wh_1/test', { ...delivery, status, error });
  const { code, json, err } = await headwater('webhook', 'test', 'wh_1', '--json');
  expect([code, json.status, JSON.parse(err).error]).toMatchObject([
    1,
    status,
    { code: 'delivery_failed', message: words },
  ]);
});

it('refuses a type that there is not', async () => {
  const { code, err } = await headwater('webhook', 'create', 'https://a.example', '--type', 'channel.gone');
  expect([code, api.calls.length]).toEqual([2, 0]);
  expect(err).toContain('Use channel.live, channel.interrupted');
});
