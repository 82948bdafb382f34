import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { type CliRun, cli } from '../support/cli-run.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const secret = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3';
const label = 'headwater webhook listen';
const body = '{"type":"channel.live","timestamp":"2026-11-21T12:00:00.000Z","data":{"channel":"news","sequence":7}}';

let api: ApiDouble;
/** The address that was entered. */
let entered: PromiseWithResolvers<string>;

beforeEach(async () => {
  api = await ApiDouble.start();
  entered = Promise.withResolvers();
  api.json('GET /api/v1/webhooks', { webhooks: [], next: null });
  api.on('POST /api/v1/webhooks', ({ body: asked }, response) => {
    const { url } = asked as { readonly url: string };
    response.writeHead(201).end(JSON.stringify({ id: 'wh_1', url, secret }));
  });
  api.json('DELETE /api/v1/webhooks/wh_1', null, 204);
});
afterEach(() => api.stop());

/** Listens on a free port; `entered` is told once that is known. */
function listen(args: readonly string[], stopped?: Promise<void>): Promise<CliRun> {
  return cli(['webhook', 'listen', '--port', '0', ...args], {
    env: { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' },
    onOut: (text) => {
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
      if (url) entered.resolve(url);
    },
    ...(stopped && { stopped }),
  });
}

/** A delivery as the Worker's courier sends it. */
async function deliver(url: string, { key = secret, text = body, atMs = Date.now() } = {}): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'ev_42',
    'webhook-timestamp': String(Math.floor(atMs / 1_000)),
    'webhook-signature': new Webhook(key).sign('ev_42', new Date(atMs), text),
  };
  const { status } = await fetch(url, { method: 'POST', headers, body: text });
  return status;
}

it('enters itself, prints what comes with the right signature, and takes itself away', async () => {
  const running = listen(['--channel', 'news', '--type', 'channel.live', '--count', '2']);
  const url = await entered.promise;
  const wrong = { key: 'whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCBrZXk=' };
  expect(await deliver(url, wrong)).toBe(401);
  expect(await deliver(url, { atMs: Date.now() - 600_000 })).toBe(401);
  expect((await fetch(url)).status).toBe(405);
  expect(await deliver(url, { text: `"${'x'.repeat(1_048_576)}"` })).toBe(413);
  expect([await deliver(url), await deliver(url)]).toEqual([204, 204]);
  const { code, out, err } = await running;
  expect([code, out]).toEqual([
    0,
    `Listening as webhook wh_1 at ${url}. Ctrl-C ends it.\nsecret  ${secret}\n` +
      '12:00:00  ev_42  channel.live  {"channel":"news","sequence":7}\n'.repeat(2),
  ]);
  expect(err.split('\n').slice(0, 2)).toEqual([
    'refused  No matching signature found',
    'refused  Message timestamp too old',
  ]);
  expect(api.lines).toEqual([
    'GET /api/v1/webhooks?channel=news&limit=100',
    `POST /api/v1/webhooks {"url":"${url}","channel":"news","types":["channel.live"],"label":"${label}"}`,
    'DELETE /api/v1/webhooks/wh_1',
  ]);
  await expect(fetch(url)).rejects.toThrow();
});

it('hands deliveries on as they came, and answers as they were answered', async () => {
  const receiver = await WebhookReceiver.start();
  receiver.answers = [500, 200];
  const running = listen(['--forward', receiver.url, '--json', '--count', '2']);
  const url = await entered.promise;
  expect([await deliver(url), await deliver(url)]).toEqual([500, 200]);
  const { code, out } = await running;
  receiver.stop();
  const [start, ...lines] = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([code, start]).toEqual([0, { webhook: 'wh_1', url, secret }]);
  expect(lines.map(({ id, event, forwarded }) => [id, event.type, forwarded.status])).toEqual([
    ['ev_42', 'channel.live', 500],
    ['ev_42', 'channel.live', 200],
  ]);
  for (const { headers, body: came } of receiver.received)
    expect(new Webhook(secret).verify(came, headers)).toBeTruthy();
  expect(receiver.received).toHaveLength(2);
});

it('asks for the event again when nobody answers behind it', async () => {
  const receiver = await WebhookReceiver.start();
  const { url } = receiver;
  receiver.stop();
  const running = listen(['--forward', url, '--count', '1']);
  expect(await deliver(await entered.promise)).toBe(502);
  expect((await running).out).toContain('→ no answer, ');
});

it('takes itself away when it is stopped, and what an earlier run left before it begins', async () => {
  const tunnel = 'https://tunnel.example/';
  const left = [
    { id: 'wh_0', url: tunnel, label },
    { id: 'wh_9', url: tunnel, label: 'of somebody' },
  ];
  api.json('GET /api/v1/webhooks', { webhooks: left, next: null });
  api.json('DELETE /api/v1/webhooks/wh_0', null, 204);
  const { code, err } = await listen(['--address', tunnel], Promise.resolve());
  expect([code, err]).toEqual([0, 'Deleted webhook wh_1.\n']);
  expect(api.lines.slice(1)).toEqual([
    'DELETE /api/v1/webhooks/wh_0',
    `POST /api/v1/webhooks {"url":"${tunnel}","label":"${label}"}`,
    'DELETE /api/v1/webhooks/wh_1',
  ]);
});

it('says why a deployment does not send to loopback, and what to do', async () => {
  const problem = { status: 400, code: 'bad_request', detail: 'url: must be an https address on the public internet.' };
  api.json('POST /api/v1/webhooks', problem, 400);
  const { code, err } = await listen([]);
  expect([code, err.includes('(loopback_refused)')]).toEqual([1, true]);
  expect(err).toMatch(/WEBHOOK_HOSTS="127\.0\.0\.1:\d+"/);
  expect(err).toContain('--address');
  expect((await listen(['--address', 'https://127.0.0.1'])).err).toContain('(bad_request)');
});

it('a port that somebody has is told as such', async () => {
  const { port } = new URL(api.url);
  const { code, err } = await listen(['--port', port]);
  expect([code, api.calls.length]).toEqual([1, 0]);
  expect(err).toContain(`Port ${port} of this machine cannot be listened on (EADDRINUSE). (port_taken)`);
});
