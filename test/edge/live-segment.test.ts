import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { liveSegment, liveSegmentHeader } from '#shared/wire/live-segment.ts';
import { BodyReader } from '../support/body-reader.ts';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

/** A segment at the origin that the test makes chunk by chunk. */
class Making {
  readonly path: string;
  sent = Buffer.alloc(0);
  readonly #responses: ServerResponse[] = [];

  constructor(path: string) {
    this.path = path;
    stage.origin.on(path, (_, response) => {
      response.writeHead(200, { [liveSegmentHeader]: liveSegment });
      response.write(this.sent);
      this.#responses.push(response);
    });
  }

  /** Requests that the origin serves now. */
  get transfers(): number {
    return this.#responses.filter((response) => !response.destroyed).length;
  }

  add(sizeBytes = 40_000): void {
    const chunk = randomBytes(sizeBytes);
    this.sent = Buffer.concat([this.sent, chunk]);
    for (const response of this.#responses) response.write(chunk);
  }

  end(): void {
    for (const response of this.#responses.splice(0)) response.end();
    stage.origin.put(this.path, this.sent);
  }

  cut(): void {
    for (const response of this.#responses.splice(0)) response.destroy();
  }
}

async function make(): Promise<Making> {
  const making = new Making(await stage.newObject('v720/12.m4s'));
  making.add();
  return making;
}

async function watch(path: string, pop?: string, headers = {}): Promise<BodyReader> {
  const sent = get(new URL(path, stage.edge.url(pop)), { agent: false, headers });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return new BodyReader(sent, response);
}

const watchers = (count: number, path: string, pop?: string) =>
  Promise.all(Array.from({ length: count }, () => watch(path, pop)));

test('many viewers get each chunk while the segment is made, from one transfer per region (rules 25, 42)', async () => {
  const making = await make();
  const near = [...(await watchers(30, making.path, 'fra')), ...(await watchers(30, making.path, 'ams'))];
  for (let chunk = 0; chunk < 4; chunk++) {
    await Promise.all(near.map((viewer) => viewer.holds(making.sent)));
    expect(distinct(near.map(({ ended }) => ended))).toEqual([null]);
    making.add();
  }
  expect(stage.origin.countPath(making.path)).toBe(1);
  const [far] = await watchers(1, making.path, 'nyc');
  await far?.holds(making.sent);
  expect(stage.origin.countPath(making.path)).toBe(2);
  making.end();
  for (const viewer of [...near, ...(far ? [far] : [])]) {
    await viewer.over('whole');
    expect(viewer.body.equals(making.sent)).toBe(true);
  }
  expect(near[0]?.response.headers).toMatchObject({
    'transfer-encoding': 'chunked',
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'video/iso.segment',
    etag: `"${making.path}"`,
    'access-control-allow-origin': '*',
  });
});

test('a viewer who comes in the middle gets everything, one who comes afterwards hits', async () => {
  const making = await make();
  const [first] = await watchers(1, making.path);
  for (let chunk = 0; chunk < 3; chunk++) making.add();
  await first?.holds(making.sent);
  const late = await watch(making.path);
  await late.holds(making.sent);
  making.add();
  making.end();
  await late.over('whole');
  expect(late.body.equals(making.sent)).toBe(true);
  await pollUntil(() => stage.edge.inPopCache('fra', making.path), 'the segment in the PoP cache');
  const after = await stage.get(making.path);
  expect([after.headers['headwater-cache'], after.headers['content-length']]).toEqual([
    'isolate',
    String(making.sent.length),
  ]);
  expect(after.body.equals(making.sent)).toBe(true);
  const other = await stage.get(making.path, 'ams');
  expect([other.headers['headwater-cache'], other.body.equals(making.sent)]).toEqual(['shield', true]);
  expect(stage.origin.countPath(making.path)).toBe(1);
});

test('the viewer who began the transfer may leave', async () => {
  const making = await make();
  const [leader] = await watchers(1, making.path);
  await leader?.holds(making.sent);
  const followers = await watchers(10, making.path);
  leader?.request.destroy();
  for (let chunk = 0; chunk < 3; chunk++) {
    making.add();
    await Promise.all(followers.map((viewer) => viewer.holds(making.sent)));
  }
  making.end();
  await Promise.all(followers.map((viewer) => viewer.over('whole')));
  expect(stage.origin.countPath(making.path)).toBe(1);
  expect(stage.edge.logs).not.toMatch(/uncaught/i);
});

test('when everybody has left the segment is still made and kept', async () => {
  const making = await make();
  const viewers = await watchers(3, making.path);
  await Promise.all(viewers.map((viewer) => viewer.holds(making.sent)));
  for (const viewer of viewers) viewer.request.destroy();
  await stage.reached();
  making.add();
  making.end();
  await pollUntil(() => stage.edge.inPopCache('fra', making.path), 'the segment in the PoP cache');
  expect((await stage.get(making.path)).body.equals(making.sent)).toBe(true);
  expect(stage.origin.countPath(making.path)).toBe(1);
});

test('a transfer that breaks off is an error for all and kept by nobody; the next request gets it whole', async () => {
  const making = await make();
  const viewers = [...(await watchers(5, making.path, 'fra')), ...(await watchers(5, making.path, 'ams'))];
  await Promise.all(viewers.map((viewer) => viewer.holds(making.sent)));
  making.cut();
  await Promise.all(viewers.map((viewer) => viewer.over('broken')));
  expect(await stage.edge.inPopCache('fra', making.path)).toBe(false);
  making.add();
  const again = [await watch(making.path, 'fra'), await watch(making.path, 'ams')];
  await Promise.all(again.map((viewer) => viewer.holds(making.sent)));
  making.end();
  await Promise.all(again.map((viewer) => viewer.over('whole')));
  expect(stage.origin.countPath(making.path)).toBe(2);
});

test('HEAD has no length, a range waits for the end, a known segment is not sent again', async () => {
  const making = await make();
  const head = await stage.get(making.path, 'fra', { method: 'HEAD' });
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, undefined, 0]);
  const known = await stage.get(making.path, 'fra', { headers: { 'if-none-match': `"${making.path}"` } });
  expect(known.status).toBe(304);
  const ranges = ['bytes=10-19', 'bytes=-5', 'bytes=9999999-'].map((range) =>
    stage.get(making.path, 'fra', { headers: { range } }),
  );
  await stage.reached();
  making.add();
  making.end();
  const [inside, tail, outside] = await Promise.all(ranges);
  expect([inside?.status, inside?.body.equals(making.sent.subarray(10, 20))]).toEqual([206, true]);
  expect([tail?.status, tail?.body.equals(making.sent.subarray(-5))]).toEqual([206, true]);
  expect([outside?.status, outside?.headers['content-range']]).toEqual([416, `bytes */${making.sent.length}`]);
  expect(stage.origin.countPath(making.path)).toBe(1);
});

test('a segment that grows beyond what one object may be is given up, and its memory is free again', async () => {
  for (let round = 0; round < 3; round++) {
    const making = await make();
    const [viewer] = await watchers(1, making.path);
    making.add(30_000_000);
    await viewer?.over('broken');
    await pollUntil(() => making.transfers === 0, 'the origin to be let go');
  }
  const making = await make();
  const [viewer] = await watchers(1, making.path);
  making.add(12_000_000);
  await viewer?.holds(making.sent);
  making.end();
  await viewer?.over('whole');
});

test('parts are never sent before they are whole (rule 27)', async () => {
  const path = await stage.newObject('v720/12.3.m4s');
  const hold: ServerResponse[] = [];
  stage.origin.on(path, (_, response) => {
    response.writeHead(200, { 'content-type': 'video/iso.segment' });
    response.write('half');
    hold.push(response);
  });
  const asked = watch(path);
  await pollUntil(() => hold.length === 1, 'the origin request');
  await stage.reached();
  const first = await Promise.race([asked, stage.get('/healthz').then(() => 'nothing yet')]);
  expect(first).toBe('nothing yet');
  for (const response of hold) response.end('half');
  const viewer = await asked;
  await viewer.over('whole');
  expect([viewer.body.toString(), viewer.response.headers['content-length']]).toEqual(['halfhalf', '8']);
});
