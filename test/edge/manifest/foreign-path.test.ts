import { expect, test } from 'vitest';
import { formatForeignFile, isForeignManifest, parseForeignPath } from '../../../workers/manifest/foreign-path.ts';

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
  '/x/news/index%2em3u8',
  '/x/news/inde%78.m3u8',
  '/x/news/v%5F1.ts',
  '/x/news/ä.ts',
  `/x/news/${'a'.repeat(4_097)}`,
])('%s is none', (path) => {
  expect(parseForeignPath(path)).toBeNull();
});

test('manifests by their extension', () => {
  const names = ['a.m3u8', 'a.MPD', 'a.m3u8%3Fx=1', 'a.ts', 'a.m3u8.ts'];
  expect(names.filter(isForeignManifest)).toEqual(['a.m3u8', 'a.MPD', 'a.m3u8%3Fx=1']);
});

const folder = new URL('https://media.example.com/live/tv/');

test.each([
  ['https://media.example.com/live/tv/v/7.ts', 'v/7.ts'],
  ['https://media.example.com/live/tv/7%2Dä.ts', '7-%C3%A4.ts'],
  ['https://media.example.com/live/tv/a[1]|b.ts?x[]=1|2^3&y=?', 'a%5B1%5D%7Cb.ts%3Fx%5B%5D=1%7C2%5E3&y=%3F'],
  ['https://media.example.com/live/7.ts', '~/media.example.com/live/7.ts'],
  ['https://cdn.example.com:8443/s/1.ts?k=%2e', '~/cdn.example.com:8443/s/1.ts%3Fk=%2e'],
  ['https://media.example.com/live/tv/~/a/1.ts', '~/media.example.com/live/tv/~/a/1.ts'],
  [`https://media.example.com/live/tv/1.ts?sig=${'a'.repeat(3_000)}`, `1.ts%3Fsig=${'a'.repeat(3_000)}`],
])('%s is written %s, and read again', (address, file) => {
  expect(formatForeignFile(new URL(address), folder)).toBe(file);
  expect(parseForeignPath(`/x/news/${file}`)?.file).toBe(file);
});

test.each(['live%2Fseg1.ts', 'a//b.ts', 'what%3F.ts', 'a%5Cb.ts', 'a%zz.ts', `1.ts?sig=${'a'.repeat(5_000)}`])(
  '%s has no path of ours',
  (name) => {
    expect(formatForeignFile(new URL(name, folder), folder)).toBeNull();
  },
);
