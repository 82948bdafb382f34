import { expect, test } from 'vitest';
import { takeToken } from '../../web/src/player/viewer-access.ts';
import { useStage, waitForState } from './stage.ts';

const stage = useStage();

test.each([
  ['#token=abc.def', 'abc.def'],
  ['#t=1&token=abc', 'abc'],
  ['#token=a%20b', null],
  ['#xtoken=abc', null],
  ['', null],
])('of %s the token is %s', (hash, token) => {
  const written: unknown[] = [];
  const history = { state: null, replaceState: (...entry: unknown[]) => void written.push(entry[2]) };
  const location = { hash, pathname: '/watch/demo', search: '?engine=dash' };
  expect(takeToken(location as Location, history as unknown as History)).toBe(token);
  expect(written).toEqual(token === null ? [] : ['/watch/demo?engine=dash']);
});

test('a token in the fragment is taken out of the address and exchanged; the view and the media use the session', async () => {
  const nowMs = Date.now();
  const session = { session: 's1.k.p.m', hls: '', dash: '', expiresMs: nowMs + 600_000, nowMs };
  stage.server.answer('/api/v1/session', 201, session);
  stage.say({ state: 'live' });
  const headers: string[] = [];
  const page = await stage.open('/watch/demo');
  page.on('request', (request) => {
    const { authorization = '', referer = '' } = request.headers();
    headers.push(`${request.method()} ${new URL(request.url()).pathname} ${authorization} ${referer}`);
  });
  await page.goto(`${stage.server.url}/watch/demo#token=canary.of.a.link`);
  await page.reload();
  await page.goto('about:blank');
  await page.goto(`${stage.server.url}/watch/demo#token=canary.of.a.link`);
  await page.waitForRequest(/\/t\/s1\.k\.p\.m\/live\/demo\/index\.m3u8$/);
  expect(page.url()).toBe(`${stage.server.url}/watch/demo`);
  expect(headers.filter((line) => line.startsWith('POST /api/v1/session Bearer canary.of.a.link '))).not.toEqual([]);
  expect(headers.filter((line) => line.includes('/api/v1/watch/demo Bearer s1.k.p.m'))).not.toEqual([]);
  expect(headers.filter((line) => line.includes('canary') && !line.includes('/api/v1/session'))).toEqual([]);
  await page.context().close();
});

test('a refused token says why', async () => {
  stage.server.answer('/api/v1/session', 429, { code: 'too_many_streams' });
  const page = await stage.open('/watch/demo#token=abc');
  await waitForState(page, 'too-many-screens');
  await page.context().close();
});

test.each([
  ['dark', 1280],
  ['light', 1280],
  ['dark', 360],
] as const)('the words of refusals fit, %s and %i px wide', async (colorScheme, width) => {
  for (const code of [
    'token_expired',
    'token_revoked',
    'link_used_up',
    'too_many_streams',
    'country_refused',
    'site_refused',
  ]) {
    stage.server.answer('/api/v1/watch/demo', 403, { code });
    const page = await stage.open('/watch/demo', { colorScheme, viewport: { width, height: 740 } });
    if (colorScheme === 'light') await page.getByRole('button', { name: /^Theme/ }).click();
    await page.locator('#screen-headline').filter({ hasNotText: 'Loading' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const fits = await page.evaluate(() => {
      const inside = (id: string) => document.getElementById(id)?.getBoundingClientRect() ?? new DOMRect();
      const [outer, words] = [inside('stage'), inside('screen')];
      return words.top >= outer.top - 1 && words.bottom <= outer.bottom + 1;
    });
    expect(fits, code).toBe(true);
    await page.context().close();
  }
});
