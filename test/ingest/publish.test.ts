import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFrame, isKeyframe, isSequenceHeader } from '../../origin/ingest/flv-body.ts';
import { pollUntil } from '../support/poll.ts';
import { RtmpClient, rtmpMessage } from '../support/rtmp-client.ts';
import { goodKey, type Harness, refusal, startHarness } from './ingest-harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(async () => {
  await harness.ingest.close();
});

function pushWithFfmpeg(key: string, seconds: number): Promise<{ code: number | null; elapsedMs: number }> {
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30', '-f', 'lavfi', '-i', 'sine=r=48000'];
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '15', '-c:a', 'aac'];
  const target = `rtmp://127.0.0.1:${harness.ingest.port}/live/${key}`;
  const rest = ['-t', String(seconds), ...video, '-f', 'flv', target];
  const startedMs = performance.now();
  const child = spawn('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'error', ...source, ...rest], {
    stdio: 'ignore',
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve({ code, elapsedMs: performance.now() - startedMs }));
  });
}

test('all tags of a real encoder arrive, in order and whole', async () => {
  const before = harness.taken.length;
  const { code } = await pushWithFfmpeg(goodKey, 2);
  expect(code).toBe(0);
  const taken = harness.taken[before];
  await pollUntil(() => taken?.end !== null, 'the end');
  expect(taken?.end).toBe('closed');
  expect(taken?.request).toMatchObject({ streamKey: goodKey, ip: '127.0.0.1' });
  expect(taken?.request.encoder).toMatch(/^FMLE\/3\.0 \(compatible; Lavf/);
  const tags = taken?.tags ?? [];
  const video = tags.filter((tag) => tag.type === 'video');
  const audio = tags.filter((tag) => tag.type === 'audio');
  expect(video.filter((tag) => isSequenceHeader('video', tag.body))).toHaveLength(1);
  expect(audio.filter((tag) => isSequenceHeader('audio', tag.body))).toHaveLength(1);
  const frames = video.filter((tag) => isFrame('video', tag.body));
  // ffmpeg may begin above 0, by the priming of its AAC encoder.
  const firstMs = frames[0]?.timestampMs ?? 0;
  const keyframes = frames.filter((tag) => isKeyframe(tag.body));
  expect(keyframes.map((tag) => tag.timestampMs - firstMs)).toEqual([0, 500, 1000, 1500]);
  expect(frames).toHaveLength(60);
  for (const [i, tag] of frames.entries()) {
    expect(Math.abs(tag.timestampMs - firstMs - (i * 100) / 3)).toBeLessThanOrEqual(1);
  }
  expect(audio.length).toBeGreaterThan(90);
  expect(tags[0]?.type).toBe('script');
  const arrivals = tags.map((tag) => tag.arrivalMs);
  expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
  expect(Math.abs((arrivals[0] ?? 0) - Date.now())).toBeLessThan(60_000);
});

test('a wrong key is refused at once, with a reason, and the encoder gives up', async () => {
  const { code, elapsedMs } = await pushWithFfmpeg('wrong-key', 20);
  expect(code).not.toBe(0);
  // The bound of the product is 1 s from publish to refusal; the encoder's own start counts here too.
  expect(elapsedMs).toBeLessThan(3_000);
  const client = await RtmpClient.ready(harness.ingest.port);
  const askedMs = performance.now();
  client.publish('wrong-key');
  await pollUntil(() => client.closed, 'the close');
  expect(performance.now() - askedMs).toBeLessThan(1_000);
  expect(client.statuses).toEqual([{ level: 'error', code: 'NetStream.Publish.BadName', description: refusal }]);
});

test('nothing is sent to the encoder before the decision', async () => {
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  expect(client.statuses.map((status) => status.code)).toEqual(['NetStream.Publish.Start']);
  await client.end();
});

test('media before the acceptance is not forwarded, media after it is', async () => {
  const before = harness.taken.length;
  const client = await RtmpClient.ready(harness.ingest.port);
  client.message(rtmpMessage.video, Buffer.from('early'));
  client.publish(goodKey);
  client.message(rtmpMessage.audio, Buffer.from('early too'));
  await pollUntil(() => client.statuses.length > 0);
  client.message(rtmpMessage.data, Buffer.from('in time'));
  await pollUntil(() => harness.taken[before]?.tags.length === 1);
  expect(harness.taken[before]?.tags[0]).toMatchObject({ type: 'script', body: Buffer.from('in time') });
  await client.end();
});

test('a publisher that is closed gets the sentence, and its sink exactly one end and no more tags', async () => {
  const before = harness.taken.length;
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  client.message(rtmpMessage.video, Buffer.from('a'));
  const taken = harness.taken[before];
  await pollUntil(() => taken?.tags.length === 1);
  taken?.publisher.close('Another encoder has taken over – this one may stop.');
  client.message(rtmpMessage.video, Buffer.from('b'));
  await pollUntil(() => client.closed, 'the close');
  expect(client.statuses.at(-1)).toEqual({
    level: 'error',
    code: 'NetStream.Publish.BadName',
    description: 'Another encoder has taken over ? this one may stop.',
  });
  expect(taken).toMatchObject({ end: 'kicked', tags: [{ body: Buffer.from('a') }] });
});

test('two publishers of one key both go to the decision', async () => {
  const first = await RtmpClient.publishing(harness.ingest.port, goodKey);
  const second = await RtmpClient.publishing(harness.ingest.port, goodKey);
  const [a, b] = harness.taken.slice(-2);
  expect([a?.end, b?.end]).toEqual([null, null]);
  expect(a?.request.session).not.toBe(b?.request.session);
  await first.end();
  await second.end();
});

test('a stream that the encoder deletes is over at once', async () => {
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  client.command('deleteStream', 4, null, 1);
  await pollUntil(() => harness.taken.at(-1)?.end === 'closed', 'the end');
});

test.each([
  ['absolute', (client: RtmpClient) => client.message(rtmpMessage.video, Buffer.from('b'), { timestampMs: 7 })],
  ['differences', (client: RtmpClient) => client.deltaMessage(rtmpMessage.video, Buffer.from('b'), 23)],
])('32-bit time that wraps in %s goes on', async (_, send) => {
  const before = harness.taken.length;
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  client.message(rtmpMessage.video, Buffer.alloc(300, 1), { timestampMs: 2 ** 32 - 16 });
  send(client);
  await pollUntil(() => harness.taken[before]?.tags.length === 2);
  expect(harness.taken[before]?.tags.map((tag) => tag.timestampMs)).toEqual([2 ** 32 - 16, 7]);
  await client.end();
});

test('bodies arrive as sent: enhanced headers, large and empty ones', async () => {
  const before = harness.taken.length;
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  client.setChunkSize(4_096);
  const enhanced = Buffer.concat([Buffer.from([0x91]), Buffer.from('hvc1'), Buffer.from([0, 0, 40, 9, 8, 7])]);
  const large = Buffer.alloc(300_000, 0x17);
  client.message(rtmpMessage.video, enhanced);
  client.message(rtmpMessage.audio, Buffer.alloc(0));
  client.message(rtmpMessage.video, large);
  client.message(rtmpMessage.audio, Buffer.from([0x90, 0x4f, 0x70, 0x75, 0x73, 1]));
  await pollUntil(() => harness.taken[before]?.tags.length === 3);
  const bodies = harness.taken[before]?.tags.map((tag) => tag.body);
  expect(bodies?.[0]?.equals(enhanced)).toBe(true);
  expect(bodies?.[1]?.equals(large)).toBe(true);
  expect(bodies?.[2]?.toString('latin1', 1, 5)).toBe('Opus');
  await client.end();
});

test('another app than live is refused with a reason', async () => {
  const client = await RtmpClient.ready(harness.ingest.port, 'other');
  expect(client.statuses).toEqual([
    {
      level: 'error',
      code: 'NetConnection.Connect.InvalidApp',
      description: 'This server takes streams at rtmp://<host>/live only.',
    },
  ]);
  await pollUntil(() => client.closed, 'the close');
});

test('bytes are acknowledged when the client asked for it', async () => {
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  const window = Buffer.alloc(4);
  window.writeUInt32BE(100_000);
  client.message(rtmpMessage.windowSize, window, { chunkStream: 2 });
  client.message(rtmpMessage.video, Buffer.alloc(120_000));
  const acknowledgement = 3;
  await pollUntil(() => client.messageTypes.includes(acknowledgement), 'an acknowledgement');
  await client.end();
});

test('no stream key is in a log line', () => {
  expect(harness.lines.length).toBeGreaterThan(0);
  expect(JSON.stringify(harness.lines)).not.toMatch(/good-key|wrong-key/);
});
