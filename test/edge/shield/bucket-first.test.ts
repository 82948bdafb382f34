import { expect, test } from 'vitest';
import { noDirectives } from '#shared/hls/directives.ts';
import { parsePlaybackPath } from '#shared/route/route.ts';
import { ByteLru } from '../../../workers/cache/byte-lru.ts';
import { Counters } from '../../../workers/cache/counters.ts';
import { BucketFirst } from '../../../workers/shield/bucket-first.ts';
import { BucketSource } from '../../../workers/shield/bucket-source.ts';
import type { OriginRequest } from '../../../workers/shield/source.ts';
import { playlistAnswer } from '../cache/memory-stage.ts';

function request(file: string): OriginRequest {
  const path = `/b/b_00000000000000000000/${file}`;
  return { route: parsePlaybackPath(path)?.route as OriginRequest['route'], path, directives: noDirectives };
}

/** The keys that are looked for when these files are asked for. */
async function lookedFor(setting: string | undefined, files: readonly string[], edge?: object): Promise<string[]> {
  const keys: string[] = [];
  const bucket = {
    get: async (key: string) => {
      keys.push(key.replace('b_00000000000000000000', 'B'));
      return null;
    },
  };
  const source = new BucketSource(() => bucket as never, {} as never, new ByteLru(0, 0));
  const first = new BucketFirst(source, setting, new Counters());
  if (edge) first.noteAnswer(playlistAnswer(edge));
  for (const file of files) expect(await first.answer(request(file))).toBeNull();
  return keys;
}

const files = ['index.m3u8', 'index.mpd', 'v720/index.m3u8', 'v720/init-0.mp4', 'v720/10.m4s', 'v720/10.3.m4s'];

test('what is looked for follows from the setting; playlists never are', async () => {
  expect(await lookedFor(undefined, files)).toEqual([]);
  expect(await lookedFor('off', files)).toEqual([]);
  expect(await lookedFor('on', files)).toEqual(['b/B/v720/init-0.mp4', 'b/B/v720/10.m4s']);
  expect(await lookedFor('parts', files)).toEqual([
    'b/B/v720/init-0.mp4',
    'b/B/v720/10.m4s',
    'parts/b/B/v720/10.3.m4s',
  ]);
});

test('what the newest playlist does not name as made is not looked for', async () => {
  const media = ['9.m4s', '10.m4s', '11.m4s', '9.0.m4s', '10.3.m4s', '10.4.m4s', '11.0.m4s'].map(
    (one) => `v720/${one}`,
  );
  expect(await lookedFor('parts', media, { msn: 10, part: 3, complete: false })).toEqual([
    'b/B/v720/9.m4s',
    'parts/b/B/v720/9.0.m4s',
    'parts/b/B/v720/10.3.m4s',
  ]);
  expect(await lookedFor('parts', media, { msn: 10, part: 3, complete: true })).toEqual([
    'b/B/v720/9.m4s',
    'b/B/v720/10.m4s',
    'parts/b/B/v720/9.0.m4s',
    'parts/b/B/v720/10.3.m4s',
    'parts/b/B/v720/10.4.m4s',
  ]);
});
