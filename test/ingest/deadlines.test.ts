import { afterEach, expect, test } from 'vitest';
import { startIngest } from '../../origin/ingest/server.ts';
import { pollUntil } from '../support/poll.ts';
import { RtmpClient, rtmpMessage } from '../support/rtmp-client.ts';
import { goodKey, type Harness, provePublishing, startHarness } from './ingest-harness.ts';

let close = async (): Promise<void> => {};

afterEach(() => close());

async function start(limits: Parameters<typeof startHarness>[0]): Promise<Harness> {
  const harness = await startHarness(limits);
  close = () => harness.ingest.close();
  return harness;
}

function droppedCodes(harness: Harness): unknown[] {
  return harness.lines.flatMap((line) => ('code' in line.fields ? [line.fields.code] : []));
}

test('sockets that never finish the handshake are dropped, however they drip', async () => {
  const harness = await start({ handshakeMsMax: 300 });
  const idle = await Promise.all(Array.from({ length: 20 }, () => RtmpClient.open(harness.ingest.port)));
  const dripping = await RtmpClient.open(harness.ingest.port);
  const drip = setInterval(() => dripping.write(Buffer.from([3])), 20);
  await pollUntil(() => [...idle, dripping].every((client) => client.closed), 'all to be dropped', 3_000);
  clearInterval(drip);
  expect(droppedCodes(harness)).toEqual(Array.from({ length: 21 }, () => 'handshake_timeout'));
  await provePublishing(harness);
});

test('a client that connects and does not publish is dropped', async () => {
  const harness = await start({ connectToPublishMsMax: 300 });
  const client = await RtmpClient.ready(harness.ingest.port);
  await pollUntil(() => client.closed, 'the drop', 3_000);
  expect(droppedCodes(harness)).toEqual(['publish_timeout']);
});

test('a publisher that sends no media any more ends as idle, also when it keeps dripping bytes', async () => {
  const harness = await start({ idleMsMax: 300 });
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  client.message(rtmpMessage.video, Buffer.from('a'));
  const window = Buffer.alloc(4, 1);
  const drip = setInterval(() => client.message(rtmpMessage.windowSize, window, { chunkStream: 2 }), 20);
  await pollUntil(() => harness.taken[0]?.end !== null, 'the end', 3_000);
  clearInterval(drip);
  expect(harness.taken[0]).toMatchObject({ end: 'idle', tags: [{}] });
  await pollUntil(() => client.closed);
});

test('a publisher that keeps sending media lives longer than the deadline', async () => {
  const idleMsMax = 200;
  const harness = await start({ idleMsMax });
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  const startedMs = performance.now();
  const feed = setInterval(() => client.message(rtmpMessage.audio, Buffer.from('a')), 20);
  await pollUntil(() => performance.now() - startedMs > 4 * idleMsMax || client.closed);
  clearInterval(feed);
  expect(client.closed).toBe(false);
  expect(harness.taken[0]?.end).toBeNull();
});

test('an address has its share of connections and no more', async () => {
  const harness = await start({ connectionsPerIpMax: 3 });
  const within = await Promise.all(Array.from({ length: 3 }, () => RtmpClient.ready(harness.ingest.port)));
  const over = await RtmpClient.open(harness.ingest.port);
  await pollUntil(() => over.closed, 'the drop');
  expect(droppedCodes(harness)).toEqual(['connections_per_ip']);
  expect(within.some((client) => client.closed)).toBe(false);
  await Promise.all(within.map((client) => client.end()));
  const later = await RtmpClient.ready(harness.ingest.port);
  expect(later.commands).toEqual(['_result', '_result']);
});

test('the server has its number of connections and no more', async () => {
  const harness = await start({ connectionsMax: 2 });
  const within = await Promise.all(Array.from({ length: 2 }, () => RtmpClient.ready(harness.ingest.port)));
  const over = await RtmpClient.open(harness.ingest.port);
  await pollUntil(() => over.closed, 'the drop');
  expect(within.some((client) => client.closed)).toBe(false);
});

test('a publisher whose media is not taken in time is dropped as over its limit', async () => {
  const harness = await start({ queueBytesMax: 1_000 });
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  client.message(rtmpMessage.video, Buffer.alloc(2_000));
  await pollUntil(() => harness.taken[0]?.end === 'limit', 'the end');
  expect(droppedCodes(harness)).toEqual(['queue']);
});

test('a decision that fails or never comes refuses the publisher with a reason', async () => {
  const answers = [() => Promise.reject(new Error('no control plane')), () => new Promise<never>(() => {})];
  const lines: string[] = [];
  const write = (_: object, message: string): void => void lines.push(message);
  const ingest = await startIngest({
    bind: '127.0.0.1',
    port: 0,
    limits: { decisionMsMax: 300 },
    log: { info: write, warn: write, error: write },
    decide: () => answers.shift()?.() ?? Promise.reject(new Error('asked too often')),
  });
  close = () => ingest.close();
  for (const line of ['publish decision failed', 'publish decision too late']) {
    const client = await RtmpClient.publishing(ingest.port, goodKey);
    expect(client.statuses).toEqual([
      {
        level: 'error',
        code: 'NetStream.Publish.BadName',
        description: 'The server could not check the stream key. Please try again.',
      },
    ]);
    await pollUntil(() => client.closed);
    expect(lines).toContain(line);
  }
});

test('a publisher that leaves before the decision ends its late sink, once', async () => {
  const ends: string[] = [];
  let decide = (): void => {};
  const ingest = await startIngest({
    bind: '127.0.0.1',
    port: 0,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    decide: () =>
      new Promise((resolve) => {
        decide = () => resolve({ accept: true, sink: { tag: () => {}, end: (reason) => void ends.push(reason) } });
      }),
  });
  close = () => ingest.close();
  const client = await RtmpClient.ready(ingest.port);
  const waiting = decide;
  client.publish(goodKey);
  await pollUntil(() => decide !== waiting, 'the question');
  await client.end();
  const next = await RtmpClient.ready(ingest.port);
  await next.end();
  decide();
  await pollUntil(() => ends.length > 0, 'the end');
  await ingest.close();
  expect(ends).toEqual(['closed']);
});
