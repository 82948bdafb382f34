import { expect, test } from 'vitest';
import { isForeignManifest, parseForeignPath } from '../../../workers/playback/foreign-path.ts';

test('channel, token and what lies below the folder', () => {
  expect(parseForeignPath('/x/news/v/720p.m3u8')).toEqual({ token: null, channel: 'news', file: 'v/720p.m3u8' });
  expect(parseForeignPath('/t/a.b/x/news/~/cdn.example.com:8443/s/1.ts%3Fkey=2')).toEqual({
    token: 'a.b',
    channel: 'news',
    file: '~/cdn.example.com:8443/s/1.ts%3Fkey=2',
  });
});

test.each([
  '/x/news',
  '/x/news/',
  '/x//a.ts',
  '/x/NEWS/a.ts',
  '/x/news/../a.ts',
  '/x/news/a/..',
  '/x/news/%2e%2E/a.ts',
  '/x/news/.%2e/a.ts',
  '/x/news/a//b.ts',
  '/x/news/a%2fb.ts',
  '/x/news/a%5cb.ts',
  '/x/news/a\\b.ts',
  '/x/news/a%00.ts',
  '/x/news/a%0d%0a.ts',
  '/x/news/a%.ts',
  '/x/news/a b.ts',
  '/x/news/ä.ts',
  `/x/news/${'a'.repeat(1_025)}`,
])('%s is none', (path) => {
  expect(parseForeignPath(path)).toBeNull();
});

test('manifests by their extension', () => {
  const names = ['a.m3u8', 'a.MPD', 'a.m3u8%3Fx=1', 'a.ts', 'a.m3u8.ts'];
  expect(names.filter(isForeignManifest)).toEqual(['a.m3u8', 'a.MPD', 'a.m3u8%3Fx=1']);
});
