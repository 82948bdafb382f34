import { expect, test } from 'vitest';
import { browserWords, formatBrowserPublish, readBrowserPublish } from '#shared/wire/browser-publish.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/156.0.0.0 Safari/537.36`, 'Chrome 156 on Linux'],
  [`Mozilla/5.0 (Linux; Android 15; Pixel 9) ${webkit} Chrome/156.0.0.0 Mobile Safari/537.36`, 'Chrome 156 on Android'],
  [`Mozilla/5.0 (Windows NT 10.0) ${webkit} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.1`, 'Edge 156 on Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0', 'Firefox 148 on Linux'],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) ${webkit} Version/26.1 Safari/605.1.15`, 'Safari 26 on Mac'],
  [`Mozilla/5.0 (iPhone; CPU iPhone OS 26_1) ${webkit} Version/26.1 Mobile/15E148 Safari/604.1`, 'Safari 26 on iPhone'],
  ['', 'A browser'],
])('%s is called %s', (userAgent, words) => {
  expect(browserWords(userAgent)).toBe(words);
});

test('an origin reads what a PoP writes', () => {
  for (const from of [
    { ip: '192.0.2.7', browser: 'Chrome 156 on Linux' },
    { ip: '2001:db8::1', browser: 'A browser' },
    { ip: '', browser: '' },
  ]) {
    expect(readBrowserPublish(formatBrowserPublish(from))).toEqual(from);
  }
});

test.each(['/publish', '/publish?ip=1', '/publish?ip=%zz&browser=x', '/publish?ip=1&browser=a&more=1', '/b/x'])(
  '%s is none',
  (target) => {
    expect(readBrowserPublish(target)).toBeNull();
  },
);
