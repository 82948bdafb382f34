import type { Request } from 'playwright-core';
import { afterEach, expect, test, vi } from 'vitest';
import { createNativeEngine } from '../../web/src/player/native-engine.ts';
import { createViewerAccess, takeToken } from '../../web/src/player/viewer-access.ts';
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
  const page = await stage.open('/');
  page.on('request', (request) => {
    const { authorization = '', referer = '' } = request.headers();
    headers.push(`${request.method()} ${new URL(request.url()).pathname} ${authorization} ${referer}`);
  });
  const isView = (request: Request) =>
    request.url().endsWith('/api/v1/watch/demo') && request.headers().authorization === 'Bearer s1.k.p.m';
  await Promise.all([page.waitForRequest(isView), page.goto(`${stage.server.url}/watch/demo#token=canary.of.a.link`)]);
  // Loaded again, the page has its session left, and nothing of the link.
  headers.length = 0;
  await Promise.all([page.waitForRequest(isView), page.reload()]);
  expect(headers.filter((line) => line.includes('canary'))).toEqual([]);
  const views = headers.filter((line) => line.startsWith('GET /api/v1/watch/demo'));
  expect(views.filter((line) => !line.includes(' Bearer s1.k.p.m '))).toEqual([]);
  await page.goto('about:blank');
  await page.goto(`${stage.server.url}/watch/demo#token=canary.of.a.link`);
  await page.waitForRequest(/\/t\/s1\.k\.p\.m\/live\/demo\/index\.m3u8$/);
  expect(page.url()).toBe(`${stage.server.url}/watch/demo`);
  expect(headers.filter((line) => line.startsWith('POST /api/v1/session Bearer canary.of.a.link '))).not.toEqual([]);
  expect(headers.filter((line) => line.includes('/api/v1/watch/demo Bearer s1.k.p.m'))).not.toEqual([]);
  expect(headers.filter((line) => line.includes('canary') && !line.includes('/api/v1/session'))).toEqual([]);
  await page.context().close();
});

/** An API of answers in their order; what was asked, as method and credentials. */
function api(...answers: readonly (readonly [number, object])[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string, { method = 'GET', headers }: { method?: string; headers: object }) => {
    asked.push(`${method} ${path} ${(headers as { authorization?: string }).authorization ?? ''}`);
    const [status, body] = answers[asked.length - 1] ?? [500, {}];
    return new Response(JSON.stringify(body), { status });
  });
  return asked;
}
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const begun = (session: string, lifeMs: number) => [201, { session, expiresMs: 1_000 + lifeMs, nowMs: 1_000 }] as const;
const expired = [401, { code: 'token_expired' }] as const;
const seen = [200, { title: 'seen' }] as const;

test('a session that lapsed while the device slept is begun anew with the link, once', async () => {
  const asked = api(begun('s1.a', 9e9), seen, expired, begun('s1.b', 9e9), seen, expired, expired);
  const access = createViewerAccess({ channel: 'demo' }, 'link');
  expect(await access.look('/view')).toMatchObject({ ok: true });
  expect(await access.look('/view')).toMatchObject({ ok: true });
  expect(access.media('/live')).toBe('/t/s1.b/live');
  expect(await access.renewal()?.freshUrl('/t/s1.a/live')).toBe('/t/s1.b/live');
  expect(await access.look('/view')).toMatchObject({ ok: false, code: 'token_expired' });
  const session = 'POST /api/v1/session Bearer link';
  const views = ['s1.a', 's1.a', 's1.b', 's1.b'].map((token) => `GET /view Bearer ${token}`);
  expect(asked).toEqual([session, ...views.slice(0, 2), session, ...views.slice(2), session]);
});

test('a page that asks for several things at once begins one session, and one more when that has lapsed', async () => {
  const asked = api(begun('s1.a', 9e9), seen, seen, expired, expired, begun('s1.b', 9e9), seen, seen);
  const access = createViewerAccess({ channel: 'demo' }, 'link');
  const lookAtBoth = () => Promise.all([access.look('/view'), access.look('/replays')]);
  expect(await lookAtBoth()).toMatchObject([{ ok: true }, { ok: true }]);
  expect(await lookAtBoth()).toMatchObject([{ ok: true }, { ok: true }]);
  const both = (token: string) => ['/view', '/replays'].map((path) => `GET ${path} Bearer ${token}`);
  const session = 'POST /api/v1/session Bearer link';
  expect(asked).toEqual([session, ...both('s1.a'), ...both('s1.a'), session, ...both('s1.b')]);
});

test('a look that hears late that a session has lapsed uses the one that has begun since', async () => {
  let hearLate = (_: Response) => {};
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (path: string, { headers }: { headers: { authorization?: string } }) => {
    const { authorization } = headers;
    asked.push(`${path} ${authorization}`);
    if (path === '/slow' && authorization === 'Bearer s1.1') {
      return new Promise<Response>((resolve) => {
        hearLate = resolve;
      });
    }
    const begunSoFar = asked.filter((line) => line.startsWith('/api/')).length;
    const body = path.startsWith('/api/') ? begun(`s1.${begunSoFar}`, 9e9)[1] : seen[1];
    const isLapsed = path === '/view' && authorization === 'Bearer s1.1' && asked.length > 2;
    return new Response(JSON.stringify(isLapsed ? expired[1] : body), { status: isLapsed ? 401 : 200 });
  });
  const access = createViewerAccess({ channel: 'demo' }, 'link');
  await access.look('/view');
  const slow = access.look('/slow');
  await access.look('/view');
  hearLate(new Response(JSON.stringify(expired[1]), { status: 401 }));
  expect(await slow).toMatchObject({ ok: true });
  expect(asked.filter((line) => line.startsWith('/api/')).length).toBe(2);
  expect(access.media('/live')).toBe('/t/s1.2/live');
});

test('a session is kept for the next load of the page until it has ended', async () => {
  const kept: (string | null)[] = [];
  const revoked = [410, { code: 'token_revoked' }] as const;
  api(begun('s1.a', 9e9), seen, expired, begun('s1.b', 9e9), seen, revoked);
  const access = createViewerAccess({ channel: 'demo' }, 'link', (session) => void kept.push(session));
  for (const path of ['/view', '/view', '/view']) await access.look(path);
  expect(kept).toEqual(['s1.a', null, 's1.b', null]);
});

test('what is for some sites only is open to a page in a frame once it has said where that is, without a token too', async () => {
  const elsewhere = [403, { code: 'site_refused' }] as const;
  const asked = api(elsewhere, begun('s1.a', 9e9), seen, expired, begun('s1.b', 9e9), seen);
  const access = createViewerAccess({ clip: 'cl_1', embeddedOn: 'blog.example' }, null);
  expect(await access.look('/view')).toMatchObject({ ok: true });
  expect(access.media('/live')).toBe('/t/s1.a/live');
  expect(await access.look('/view')).toMatchObject({ ok: true });
  const session = 'POST /api/v1/session Bearer';
  expect(asked.map((line) => line.trim())).toEqual([
    ...['GET /view', session, 'GET /view Bearer s1.a'],
    ...['GET /view Bearer s1.a', session, 'GET /view Bearer s1.b'],
  ]);
  const refused = api(elsewhere, elsewhere, elsewhere);
  const framed = createViewerAccess({ clip: 'cl_1', embeddedOn: 'evil.example' }, null);
  expect(await framed.look('/view')).toMatchObject({ ok: false, code: 'site_refused' });
  expect(await createViewerAccess({ clip: 'cl_1' }, null).look('/view')).toMatchObject({ code: 'site_refused' });
  expect(refused).toEqual(['GET /view ', 'POST /api/v1/session Bearer ', 'GET /view ']);
});

test.each([
  ['is refused by then', expired],
  ['gets nothing that lasts longer', begun('s1.b', 1)],
])('a session whose link %s is played to its end without asking again', async (_, answer) => {
  const asked = api(begun('s1.a', 1), seen, answer);
  const access = createViewerAccess({ channel: 'demo' }, 'link');
  await access.look('/view');
  const renewal = access.renewal();
  const clock = vi.spyOn(performance, 'now');
  for (let hour = 1; hour <= 20; hour++) {
    clock.mockReturnValue(3_600_000 * hour);
    await renewal?.freshUrl('/t/x/live');
  }
  expect(asked.length).toBe(3);
});

test('a refused token says why', async () => {
  stage.server.answer('/api/v1/session', 429, { code: 'too_many_streams' });
  const page = await stage.open('/watch/demo#token=abc');
  await waitForState(page, 'too-many-screens');
  await page.context().close();
});

test.each(['', '?engine=dash'])('media that is refused for another screen says so, too (%s)', async (query) => {
  const nowMs = Date.now();
  const session = { session: 's1.k.p.m', hls: '', dash: '', expiresMs: nowMs + 600_000, nowMs };
  stage.server.answer('/api/v1/session', 201, session);
  stage.say({ state: 'live' });
  const page = await stage.open('/');
  await page.route('**/t/**', (route) => route.fulfill({ status: 429, json: { code: 'too_many_streams' } }));
  await page.goto(`${stage.server.url}/watch/demo${query}#token=abc`);
  await waitForState(page, 'too-many-screens');
  await page.context().close();
});

test("the browser's own player, which tells no status, has the playlist asked for it", async () => {
  const failures: string[] = [];
  const listener = {
    ...{ onReady() {}, onLevels() {}, onSegment() {} },
    onFailure: ({ code }: { code: string }) => void failures.push(code),
  };
  const video = Object.assign(new EventTarget(), { error: { code: 4 }, src: '', load() {}, removeAttribute() {} });
  const fetched = vi.fn(async (_: string) => new Response('', { status: 429 }));
  vi.stubGlobal('fetch', fetched);
  vi.stubGlobal('MediaError', { MEDIA_ERR_NETWORK: 2 });
  const renewal = { freshUrl: async (url: string) => `${url}?fresh` };
  for (const [times, kept] of [null, renewal].entries()) {
    const engine = createNativeEngine(video as unknown as HTMLVideoElement, listener, kept);
    engine.load('/t/s1/live/demo/index.m3u8', null);
    video.dispatchEvent(new Event('error'));
    await vi.waitFor(() => expect(failures.length).toBe(times + 1));
    engine.destroy();
  }
  expect(failures).toEqual(['native.4', 'native.4.429']);
  expect(fetched.mock.calls.map(([url]) => url)).toEqual(['/t/s1/live/demo/index.m3u8?fresh']);
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
