import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pollUntil } from '../support/poll.ts';
import { RtmpClient, rtmpMessage } from '../support/rtmp-client.ts';
import { hostileInputs } from './hostile-inputs.ts';
import { goodKey, type Harness, provePublishing, startHarness } from './ingest-harness.ts';

let harness: Harness;
let pid: number;
const foldersBefore = { cwd: readdirSync('.'), temp: readdirSync(tmpdir()) };

beforeAll(async () => {
  harness = await startHarness();
  pid = harness.ingest.pid;
});

afterAll(async () => {
  await harness.ingest.close();
});

function droppedCodes(): string[] {
  return harness.lines.flatMap((line) => ('code' in line.fields ? [String(line.fields.code)] : []));
}

test.each(hostileInputs)('$name: $dropped', async ({ send, dropped }) => {
  const before = droppedCodes().length;
  const client = await send(harness.ingest.port);
  if (dropped !== null) await pollUntil(() => client.closed, 'the hostile client to be dropped');
  const other = await RtmpClient.ready(harness.ingest.port);
  expect(other.commands).toEqual(['_result', '_result']);
  await other.end();
  const codes = droppedCodes().slice(before);
  if (dropped === null) expect(codes.filter((code) => code !== 'bad_key')).toEqual([]);
  else if (dropped !== 'any') expect(codes).toContain(dropped);
  await client.end();
  expect(harness.ingest.pid).toBe(pid);
});

test('the same process still serves a publisher, and nobody was told of a crash', async () => {
  await provePublishing(harness);
  expect(harness.ingest.pid).toBe(pid);
  expect(harness.lines.filter((line) => line.level === 'error')).toEqual([]);
});

test('a key never becomes a file', () => {
  expect(readdirSync('.').filter((name) => !foldersBefore.cwd.includes(name))).toEqual([]);
  const added = readdirSync(tmpdir()).filter((name) => !foldersBefore.temp.includes(name));
  expect(added.filter((name) => /^(x|data|media|record)/.test(name))).toEqual([]);
});

test('neither a refused publisher nor a player can put a message into a live stream', async () => {
  const live = await RtmpClient.publishing(harness.ingest.port, goodKey);
  const taken = harness.taken.at(-1);
  const accepted = harness.taken.length;
  const refused = await RtmpClient.ready(harness.ingest.port);
  refused.publish('wrong-key');
  const player = await RtmpClient.ready(harness.ingest.port);
  player.command('play', 4, null, goodKey);
  for (const intruder of [refused, player]) {
    for (let i = 0; i < 30; i++) intruder.message(rtmpMessage.video, Buffer.from('injected'), { timestampMs: i });
    intruder.publish(goodKey);
    await pollUntil(() => intruder.closed, 'the intruder to be dropped');
  }
  expect(player.statuses[0]).toMatchObject({ level: 'error', code: 'NetStream.Play.Failed' });
  live.message(rtmpMessage.video, Buffer.from('genuine'));
  await pollUntil(() => (taken?.tags.length ?? 0) > 0);
  expect(taken?.tags.map((tag) => tag.body.toString())).toEqual(['genuine']);
  expect(harness.taken).toHaveLength(accepted);
  await live.end();
});

test('a publish behind a play in one segment is not even asked about', async () => {
  const asked = harness.requests.length;
  const client = await RtmpClient.ready(harness.ingest.port);
  client.socket.cork();
  client.command('play', 4, null, goodKey);
  client.publish(goodKey);
  client.socket.uncork();
  await pollUntil(() => client.closed, 'the drop');
  await provePublishing(harness);
  expect(harness.requests).toHaveLength(asked + 1);
});

test('a client that never reads its answers is dropped', async () => {
  const client = await RtmpClient.ready(harness.ingest.port);
  client.socket.pause();
  const before = droppedCodes().length;
  const flood = async (): Promise<boolean> => {
    for (let i = 0; i < 2_000; i++) client.command('createStream', i, null);
    return droppedCodes().slice(before).includes('unread_answers');
  };
  await pollUntil(flood, 'the drop');
  await client.end();
  expect(harness.ingest.pid).toBe(pid);
});
