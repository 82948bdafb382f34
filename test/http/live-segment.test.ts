import { once } from 'node:events';
import { type ClientRequest, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { liveSegmentHeader } from '#shared/wire/live-segment.ts';
import { importWireKey, signatureHeader, type WireKey } from '#shared/wire/signature.ts';
import { sendLiveSegment } from '../../origin/http/send-live-segment.ts';
import { type OriginHttp, startOriginHttp } from '../../origin/http/server.ts';
import type { Packager, TrackSink } from '../../origin/packager/packager.ts';
import type { LiveWindow } from '../../origin/packager/window.ts';
import { BodyReader } from '../support/body-reader.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';
import { signAnew } from '../support/sign-anew.ts';

const id = 'b_0123456789abcdefghjk';
const durationsTicks = [3_000, 3_000, 3_000, 3_000, 3_000, 3_000];

let http: OriginHttp;
let key: WireKey;
let packager: Packager;
let window: LiveWindow;
let sink: TrackSink;
let clockMs: number;
let nextMs: number;

/** Adds the next 200 ms of media, ten of which are a segment. */
function feed(parts: number): void {
  for (let i = 0; i < parts; i++, nextMs += 200) {
    if ((nextMs + 200) % 2_000 === 0) packager.keyframe(nextMs + 200);
    const independent = nextMs % 2_000 === 0;
    sink.data(chunk({ startTicks: 900_000 + nextMs * 90, durationsTicks, independent }));
  }
}

async function send(target: string, method = 'GET'): Promise<ClientRequest> {
  const signed = { audience: 'origin', method, target, body: null } as const;
  const headers = { [signatureHeader]: await signAnew(key, signed, clockMs) };
  const sent = request({ host: '127.0.0.1', port: http.port, path: target, method, headers, agent: false });
  sent.on('error', () => {});
  sent.end();
  return sent;
}

async function open(target: string, method?: string): Promise<BodyReader> {
  const sent = await send(target, method);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return new BodyReader(sent, response);
}

/** Segment 0 from a server that does nothing else. */
async function serveAlone(stallMsMax: number) {
  let over = false;
  const job = { source: window, rendition: 'v720', msn: 0, stallMsMax, now: Date.now };
  const server = createServer(async (_, response) => {
    await sendLiveSegment(job, response);
    over = true;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sent = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
  sent.on('error', () => {});
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { reader: new BodyReader(sent, response), isOver: () => over, close: () => server.close() };
}

/** What the window holds of a segment. */
function bytesOf(msn: number): Buffer {
  const found = window.segment('v720', msn);
  return Buffer.concat('parts' in found ? found.parts : []);
}

beforeEach(async () => {
  clockMs = Date.UTC(2026, 10, 21);
  nextMs = 0;
  key = await importWireKey('k1', 'a-secret-of-at-least-thirty-two-characters');
  const live = createLiveWindow();
  packager = live.packager;
  window = live.window;
  const rendition = { name: 'v720', kind: 'video', frameRate: 30, bitrate: 1_000_000, passthrough: true } as const;
  const run = packager.beginRun({
    renditions: [rendition],
    keyframes: 'source',
    gopMs: 2_000,
    partTargetMs: 200,
    anchorMs: clockMs,
  });
  packager.keyframe(0);
  sink = packager.openTrack(run, 'v720') as TrackSink;
  sink.data(initSegment('video'));
  const find = (asked: string) => (asked === id ? window : null);
  http = await startOriginHttp({ bind: '127.0.0.1', port: 0, keys: [key], find, log: silentLog, now: () => clockMs });
});

afterEach(() => http.close());

it('sends a segment in the making part by part, and ends with it (rule 42)', async () => {
  feed(3);
  const reader = await open(`/b/${id}/v720/0.m4s`);
  expect(reader.response.headers).toMatchObject({
    'transfer-encoding': 'chunked',
    'content-type': 'video/iso.segment',
    [liveSegmentHeader]: '1',
  });
  expect(reader.response.headers['content-length']).toBeUndefined();
  await reader.holds(bytesOf(0));
  feed(4);
  await reader.holds(bytesOf(0));
  expect(reader.ended).toBeNull();
  feed(3);
  await pollUntil(() => reader.ended === 'whole', 'the end');
  expect(reader.body).toEqual(bytesOf(0));
  const later = await open(`/b/${id}/v720/0.m4s`);
  await pollUntil(() => later.ended === 'whole', 'the whole segment');
  expect(later.response.headers).toMatchObject({ 'content-length': String(reader.body.length) });
  expect(later.response.headers[liveSegmentHeader]).toBeUndefined();
  expect(later.body).toEqual(reader.body);
});

it('waits for the segment after the one in the making, then sends it as it is made', async () => {
  feed(7);
  const sent = await send(`/b/${id}/v720/1.m4s`);
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  const first = await Promise.race([answered, open(`/b/${id}/v720/0.0.m4s`).then(() => 'other')]);
  expect(first).toBe('other');
  feed(4);
  const reader = new BodyReader(sent, (await answered)[0]);
  await reader.holds(bytesOf(1));
  expect(reader.ended).toBeNull();
  feed(9);
  await pollUntil(() => reader.ended === 'whole', 'the end');
  expect(reader.body).toEqual(bytesOf(1));
});

it('ends the body cleanly when the run dies: what is there is the segment', async () => {
  feed(3);
  const reader = await open(`/b/${id}/v720/0.m4s`);
  packager.endRun();
  await pollUntil(() => reader.ended === 'whole', 'the end');
  expect(reader.body).toEqual(bytesOf(0));
});

it('refuses the next segment when it turns out that there is none', async () => {
  feed(10);
  const sent = await send(`/b/${id}/v720/1.m4s`);
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  await open(`/b/${id}/v720/0.0.m4s`);
  packager.end();
  expect((await answered)[0].statusCode).toBe(404);
});

it('breaks off when no part comes for too long', async () => {
  feed(3);
  const { reader, close } = await serveAlone(50);
  await pollUntil(() => reader.ended === 'broken', 'the break');
  expect(reader.body).toEqual(bytesOf(0));
  close();
});

it('forgets a client that leaves', async () => {
  feed(3);
  const { reader, isOver, close } = await serveAlone(60_000);
  await reader.holds(bytesOf(0));
  reader.request.destroy();
  await pollUntil(isOver, 'the server to notice');
  close();
});

it('answers HEAD for a segment in the making without a length and without a body', async () => {
  feed(3);
  const reader = await open(`/b/${id}/v720/0.m4s`, 'HEAD');
  await pollUntil(() => reader.ended === 'whole', 'the end');
  expect([reader.response.statusCode, reader.response.headers['content-length'], reader.body.length]).toEqual([
    200,
    undefined,
    0,
  ]);
});
