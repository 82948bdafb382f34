import { expect, test, vi } from 'vitest';
import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { TierRequest } from '../../../workers/cache/answer.ts';
import { announcedMedia, Prefetch } from '../../../workers/shield/prefetch.ts';
import { bytesAnswer, failure, playlistAnswer, start } from '../cache/memory-stage.ts';

const both = { parts: true, segments: true };
const names = (state: Partial<PlaylistState>, demand = both) =>
  announcedMedia({ ...start, ...state }, demand).map(
    ({ msn, part, hinted }) => `${msn}${part === null ? '' : `.${part}`}${hinted ? '?' : ''}`,
  );

test('the newest part, the hinted one, the segment that has ended', () => {
  expect(names({})).toEqual(['10.3', '10.4?']);
  expect(names({ part: -1 })).toEqual(['10.0?']);
  expect(names({ complete: true, part: 9 })).toEqual(['10.9', '11.0?', '10']);
  expect(names({ complete: true, part: -1, partTargetS: 0 })).toEqual(['10']);
});

test('nothing that nobody wants, and nothing after the end', () => {
  expect(names({ complete: true }, { parts: false, segments: false })).toEqual([]);
  expect(names({ complete: true, ended: true })).toEqual([]);
});

const route = { kind: 'media-playlist', broadcast: 'b_00000000000000000000', rendition: 'v720' } as const;
const request = (directives: Partial<TierRequest['directives']>): TierRequest => ({
  route,
  path: formatPlaybackPath(route),
  directives: { ...noDirectives, ...directives },
});
const blocking = request({ msn: 10, part: 3 });

function stage(status: 'there' | 'not_found' = 'there', waiting = 0, hintsOnly = false) {
  const asked: string[] = [];
  const count = vi.fn();
  const ask = async ({ path }: TierRequest) => {
    asked.push(path.slice(path.lastIndexOf('/') + 1));
    return status === 'there' ? bytesAnswer('media') : failure('not_found');
  };
  return { asked, count, prefetch: new Prefetch({ ask, waiting: () => waiting, hintsOnly, count }) };
}

test('what a blocking reload brings is asked for once, whoever brings it again', async () => {
  const { asked, count, prefetch } = stage();
  await prefetch.follow(blocking, playlistAnswer());
  await prefetch.follow(request({ msn: 10, part: 3, skip: 'YES' }), playlistAnswer());
  await prefetch.follow(blocking, playlistAnswer({ part: 4 }));
  expect(asked).toEqual(['10.3.m4s', '10.4.m4s', '10.5.m4s']);
  expect(count).toHaveBeenCalledTimes(3);
});

test('a plain reload of a low-latency playlist asks for segments only where viewers take them', async () => {
  const { asked, prefetch } = stage();
  await prefetch.follow(request({}), playlistAnswer({ complete: true }));
  expect(asked).toEqual([]);
  prefetch.see({ ...blocking, route: { ...route, kind: 'segment', msn: 9 } });
  await prefetch.follow(request({}), playlistAnswer({ complete: true }));
  await prefetch.follow(request({}), failure('not_found'));
  expect(asked).toEqual(['10.m4s']);
});

test('an origin that does not hold hinted parts is not asked for them', async () => {
  const { asked, prefetch } = stage('not_found');
  await prefetch.follow(blocking, playlistAnswer());
  await prefetch.follow(blocking, playlistAnswer({ part: 6 }));
  expect(asked).toEqual(['10.3.m4s', '10.4.m4s', '10.6.m4s']);
});

test('viewers find a connection: nothing is asked ahead while many requests wait', async () => {
  const { asked, prefetch } = stage('there', edgeLimits.prefetchWaitingMax + 1);
  await prefetch.follow(blocking, playlistAnswer());
  expect(asked).toEqual([]);
});

test('where the bucket is asked first, only what is not made yet is asked ahead', async () => {
  const { asked, prefetch } = stage('there', 0, true);
  await prefetch.follow(blocking, playlistAnswer());
  await prefetch.follow(request({ msn: 10 }), playlistAnswer({ complete: true }));
  expect(asked).toEqual(['10.4.m4s']);
});
