import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { browserPublishLimits } from '#shared/limits/ingest.ts';
import { formatBrowserPublish } from '#shared/wire/browser-publish.ts';
import { importWireKey, signatureHeader, type WireKey } from '#shared/wire/signature.ts';
import { type OriginHttp, startOriginHttp } from '../../origin/http/server.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';
import { signAnew } from '../support/sign-anew.ts';

const { socketsMax, socketsPerIpMax } = browserPublishLimits;

let http: OriginHttp;
let key: WireKey;
/** What has come so far: texts, and connections that are gone. */
let texts: string[];
let closed: number;

beforeEach(async () => {
  [texts, closed] = [[], 0];
  key = await importWireKey('k1', 'a-secret-of-at-least-thirty-two-characters');
  http = await startOriginHttp({
    ...{ bind: '127.0.0.1', port: 0, keys: [key], find: () => null, log: silentLog, now: Date.now },
    publish: (socket) => {
      socket.onText((text) => texts.push(text));
      socket.onClose(() => closed++);
    },
  });
});

afterEach(() => http.close());

/** A PoP's request for a browser, and what it is answered. */
async function connect(ip: string, target = formatBrowserPublish({ ip, browser: 'test' })) {
  const signed = { audience: 'origin', method: 'GET', target, body: null } as const;
  const headers = { [signatureHeader]: await signAnew(key, signed, Date.now()) };
  const socket = new WebSocket(`ws://127.0.0.1:${http.port}${target}`, { headers });
  socket.on('error', () => {});
  const status = await new Promise<number | undefined>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode);
      request.destroy();
    });
  });
  return { socket, status };
}

const addressOf = (n: number) => `192.0.2.${n}`;

/** As many as there are places, from as few addresses as may have them. */
const connectAll = () =>
  Promise.all(Array.from({ length: socketsMax }, (_, n) => connect(addressOf(Math.floor(n / socketsPerIpMax)))));

it('one address has so many connections and no more; another one, or a later one, is taken', async () => {
  const first = await Promise.all(Array.from({ length: socketsPerIpMax }, () => connect(addressOf(1))));
  expect(first.map(({ status }) => status)).toEqual(first.map(() => 101));
  expect([(await connect(addressOf(1))).status, (await connect(addressOf(2))).status]).toEqual([503, 101]);
  first[0]?.socket.close();
  await pollUntil(() => closed === 1, 'its end', 5_000);
  expect((await connect(addressOf(1))).status).toBe(101);
  expect((await connect('', '/publish?ip=')).status).toBe(404);
});

it('a refused request leaves no connection behind, though the client keeps its side open', async () => {
  const client = connectTcp({ host: '127.0.0.1', port: http.port, allowHalfOpen: true });
  client.on('error', () => {});
  client.write('GET /publish HTTP/1.1\r\nhost: o\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  const [answer] = (await once(client, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 401 /);
  // The server waits for all of them.
  await http.close();
  client.destroy();
});

it('who says nothing makes way where all places are taken, and nobody else does', async () => {
  const all = await connectAll();
  const [silent, ...others] = all;
  for (const { socket } of others) socket.send('a stream key');
  await pollUntil(() => texts.length === others.length, 'all others to speak', 5_000);
  const gone = silent && once(silent.socket, 'close');
  const late = await connect(addressOf(100));
  expect(late.status).toBe(101);
  await gone;
  late.socket.send('a stream key');
  await pollUntil(() => texts.length === socketsMax, 'the late one to speak', 5_000);
  expect((await connect(addressOf(101))).status).toBe(503);
  expect([...others, late].map(({ socket }) => socket.readyState)).toEqual(all.map(() => WebSocket.OPEN));
});
