import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import { noDirectives } from '#shared/hls/directives.ts';
import { parsePlaybackPath } from '#shared/route/route.ts';
import { readSegmentList } from '#shared/wire/segment-list.ts';
import { type Answer, refusal } from '../../../workers/cache/answer.ts';
import { ByteLru } from '../../../workers/cache/byte-lru.ts';
import { BucketSource } from '../../../workers/shield/bucket-source.ts';
import type { OriginRequest } from '../../../workers/shield/source.ts';
import { askSources } from '../../../workers/shield/sources.ts';
import { makeBroadcast } from '../../support/finished-broadcast.ts';

test('while the origin is away nothing out of an unfinished record says that the broadcast is over, until viewers are told', async () => {
  const lines = makeBroadcast().record.map((entry) => `${JSON.stringify(entry)}\n`);
  const record = gzipSync(lines.join(''));
  const get = async () => ({ sizeBytes: record.length, body: new Response(record).body });
  const bucket = new BucketSource(() => ({ get }) as never, {} as never, new ByteLru(1_000_000, 10));
  let isToldOver = false;
  const origin = {
    isOver: async () => false,
    isToldOver: async () => isToldOver,
    answer: async () => refusal('upstream_failed', 'away', Date.now(), 'origin'),
  };
  const bucketFirst = { answer: async () => null };
  const ask = (file: string) => {
    const path = `/b/b_00000000000000000000/${file}`;
    const route = parsePlaybackPath(path)?.route as OriginRequest['route'];
    return askSources({ origin, bucket, bucketFirst } as never, { route, path, directives: noDirectives });
  };
  const files = ['index.m3u8', 'v360/index.m3u8', 'v360/iframes.m3u8', 'index.mpd', 'v360/segments.json'];
  const statuses = async () => (await Promise.all(files.map(ask))).map(({ status }) => status);
  const isEnded = async () => readSegmentList(new TextDecoder().decode((await ask('v360/segments.json')).body)).ended;
  expect([await statuses(), await isEnded()]).toEqual([[200, 502, 502, 502, 200], false]);
  isToldOver = true;
  expect([await statuses(), await isEnded()]).toEqual([[200, 200, 200, 200, 200], true]);
});

test('of a replay whose origins were removed nobody is told that it is not there while the bucket is away', async () => {
  const get = vi.fn(async (): Promise<unknown> => null);
  const missing = { of: async () => new Set() };
  const bucket = new BucketSource(() => ({ get }) as never, missing as never, new ByteLru(1_000_000, 10));
  let isOrphaned = true;
  const origin = {
    isOver: async () => true,
    isToldOver: async () => true,
    isOrphaned: async () => isOrphaned,
    answer: async () => refusal('not_found', 'no origin', Date.now(), 'origin'),
    heirAnswer: async (_: unknown, answer: Answer) => answer,
  };
  const bucketFirst = { answer: async () => null };
  const ask = async (file: string) => {
    const path = `/b/b_00000000000000000000/${file}`;
    const route = parsePlaybackPath(path)?.route as OriginRequest['route'];
    return (await askSources({ origin, bucket, bucketFirst } as never, { route, path, directives: noDirectives }))
      .status;
  };
  const statuses = () => Promise.all(['index.m3u8', 'v360/index.m3u8', 'index.mpd', 'v360/1.m4s'].map(ask));
  get.mockRejectedValue(new Error('away'));
  expect(await statuses()).toEqual([502, 502, 502, 502]);
  // An origin that is there says so itself.
  isOrphaned = false;
  expect(await statuses()).toEqual([404, 404, 404, 404]);
  isOrphaned = true;
  get.mockResolvedValue(null);
  expect(await statuses()).toEqual([404, 404, 404, 404]);
});
