import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { recordLimits } from '#shared/limits/store.ts';
import { parsePlaybackPath } from '#shared/route/route.ts';
import { readRecordText } from '../../../workers/bucket/record-text.ts';
import { ByteLru } from '../../../workers/cache/byte-lru.ts';
import { BucketSource, type HeldReplay } from '../../../workers/shield/bucket-source.ts';
import type { OriginRequest } from '../../../workers/shield/source.ts';
import { makeBroadcast } from '../../support/finished-broadcast.ts';

const lines = [...makeBroadcast().record, { kind: 'end' }].map((entry) => `${JSON.stringify(entry)}\n`);
const record = gzipSync(lines.join(''));
const idOf = (name: string) => `b_${name.padEnd(20, '0')}`;

/** A bucket that has the same record of every broadcast, and sources of it with one memory. */
function bucketWith(replays: ByteLru<HeldReplay>) {
  const read: string[] = [];
  const get = async (key: string) => {
    read.push(key.split('/')[1] ?? '');
    return { sizeBytes: record.length, body: new Response(record).body };
  };
  const missing = { of: async () => new Set<string>() };
  return { read, source: () => new BucketSource(() => ({ get }) as never, missing as never, replays) };
}

async function playlistOf(source: BucketSource, broadcast: string, rendition = 'v360'): Promise<number | undefined> {
  const path = `/b/${broadcast}/${rendition}/index.m3u8`;
  const route = parsePlaybackPath(path)?.route as OriginRequest['route'];
  const answer = await source.answer({ route, path, directives: noDirectives }, true);
  return answer === 'failed' ? undefined : answer?.status;
}

test('the shields of all renditions read the record of a broadcast once', async () => {
  const replays = new ByteLru<HeldReplay>(edgeLimits.replayCacheBytesMax, 10);
  const { read, source } = bucketWith(replays);
  const [video, audio] = [source(), source()];
  const broadcast = idOf('one');
  expect([await video.isWhole(broadcast), await playlistOf(video, broadcast)]).toEqual([true, 200]);
  const held = replays.get(broadcast);
  expect([await audio.isWhole(broadcast), await playlistOf(audio, broadcast, 'a1')]).toEqual([true, 200]);
  expect(read).toEqual([broadcast]);
  expect(replays.get(broadcast)).toBe(held);
});

test('records make room for each other, and media of one that had to go is served without reading it again', async () => {
  const probe = new ByteLru<HeldReplay>(Number.POSITIVE_INFINITY, 10);
  await bucketWith(probe).source().isWhole(idOf('probe'));
  const { read, source } = bucketWith(new ByteLru<HeldReplay>(2 * probe.sizeBytes, 10));
  const [one, two, three] = [idOf('one'), idOf('two'), idOf('three')];
  const first = source();
  expect(await first.isWhole(one)).toBe(true);
  for (const broadcast of [two, three]) expect(await playlistOf(source(), broadcast)).toBe(200);
  expect(await first.isWhole(one)).toBe(true);
  expect(read).toEqual([one, two, three]);
  for (const broadcast of [two, one]) expect(await playlistOf(first, broadcast)).toBe(200);
  expect(read).toEqual([one, two, three, one]);
});

test('the longest record that there is has room', () => {
  const { replayBytesPerSegment, replayBytesMin, replayCacheBytesMax } = edgeLimits;
  expect(replayBytesMin + recordLimits.segmentsMax * replayBytesPerSegment).toBeLessThanOrEqual(replayCacheBytesMax);
});

test('what grows without end as it is unpacked is no record', async () => {
  const unpack = (bytes: Buffer) => readRecordText(new Response(new Uint8Array(bytes)).body as never);
  expect(await unpack(record)).toBe(lines.join(''));
  const bomb = gzipSync(Buffer.alloc(recordLimits.textBytesMax + 1));
  await expect(unpack(bomb)).rejects.toMatchObject({ code: 'bucket_failed' });
});
