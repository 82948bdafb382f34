import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReplayCard, ReplayView } from '#shared/model/replay-view.ts';
import { screenFor } from '../../web/src/replay/screens.ts';
import type { PageState } from '../../web/src/replay/state.ts';
import { useStage, waitForState } from './stage.ts';

const stage = useStage();

afterEach(() => {
  expect(stage.faults.splice(0), 'script errors and breaches of the policy').toEqual([]);
});

const broadcast = 'b_01jd5m3k8q2wxyz01234';
const path = `/replay/${broadcast}`;
const api = `/api/v1/watch-replay/${broadcast}`;
const card: ReplayCard = {
  broadcast,
  title: 'River stage',
  state: 'ready',
  startedMs: Date.UTC(2026, 10, 21, 12, 0, 0),
  endedMs: Date.UTC(2026, 10, 21, 13, 0, 0),
  durationS: 3_600,
  poster: `/b/${broadcast}/poster.jpg`,
};

function say(different: Partial<ReplayView> = {}): void {
  const base = `/b/${broadcast}`;
  const addresses = { hls: `${base}/index.m3u8`, dash: `${base}/index.mpd`, thumbs: `${base}/thumbs.vtt` };
  const view: ReplayView = { ...card, channel: 'demo', ...addresses, pop: 'Frankfurt', nowMs: Date.now() };
  stage.server.answer(api, 200, { ...view, ...different });
}

async function checkWords(page: Page, state: PageState): Promise<void> {
  const words = screenFor(state);
  expect(await page.locator('#screen-headline').textContent()).toBe(words?.headline);
  expect(await page.locator('#screen-icon').getAttribute('href')).toBe(`#icon-${words?.icon}`);
  expect(await page.locator(`#icon-${words?.icon}`).count()).toBe(1);
  expect(await page.locator('#announcer').textContent()).toBe(`${words?.headline}. ${words?.sentence}`);
}

describe('the replay page', () => {
  it.each([
    ['not-found', 404, 'not_found'],
    ['gone', 410, 'gone'],
    ['private', 403, 'forbidden'],
  ] as const)('tells %s in words, once to a screen reader, and shows nothing of it', async (state, status, code) => {
    stage.server.answer(api, status, { code });
    const page = await stage.open(path);
    await waitForState(page, state);
    await checkWords(page, state);
    expect(await page.locator('#facts').textContent()).toBe('');
    for (const id of ['download', 'channel-link', 'clip-button', 'time-link', 'whole', 'notice']) {
      expect(await page.locator(`#${id}`).isVisible(), id).toBe(false);
    }
    await page.context().close();
  });

  it('tells when media does not come, and tries again by itself', async () => {
    say();
    const page = await stage.open(path);
    await waitForState(page, 'error');
    expect(await page.locator('#screen-countdown').textContent()).toContain('(hls.manifestLoadError.404)');
    expect(await page.locator('#title').textContent()).toBe('River stage');
    await page.context().setOffline(true);
    await waitForState(page, 'offline-you');
    await page.context().close();
  });

  it('tells when this browser can play nothing', async () => {
    stage.server.answer(api, 503, { code: 'overloaded' });
    const page = await stage.open(path);
    await page.evaluate(() => {
      for (const name of ['MediaSource', 'ManagedMediaSource', 'WebKitMediaSource']) Reflect.deleteProperty(self, name);
      HTMLMediaElement.prototype.canPlayType = () => '';
    });
    say();
    await waitForState(page, 'unsupported');
    await page.context().close();
  });

  it('asks nobody about an address that can be no replay and no clip', async () => {
    for (const wrong of ['/replay/no-broadcast', '/clip/cl_1']) {
      const page = await stage.open(wrong);
      await waitForState(page, 'not-found');
      await page.context().close();
    }
    expect(stage.server.asked('/api/v1/watch-replay/no-broadcast')).toBe(0);
    expect(stage.server.asked('/api/v1/watch-clip/cl_1')).toBe(0);
  });

  it('takes a title as text, and links to where it belongs', async () => {
    const title = '<img src=x onerror="window.pwned=1"><b>bold</b>';
    say({ title });
    const page = await stage.open(path);
    await page.getByRole('heading', { name: title }).waitFor();
    expect(await page.evaluate(() => document.querySelectorAll('main img, main b').length)).toBe(0);
    expect(await page.locator('#channel-link').getAttribute('href')).toBe('/watch/demo');
    await page.context().close();
  });

  it('offers the live page while the broadcast goes on', async () => {
    say({ state: 'recording', endedMs: null, durationS: null });
    const page = await stage.open(path);
    await page.getByRole('heading', { name: 'River stage' }).waitFor();
    await page.getByText('This broadcast is still live: you see it from its beginning.').waitFor();
    expect(await page.getByRole('link', { name: 'Watch live' }).getAttribute('href')).toBe('/watch/demo');
    await page.context().close();
  });

  it.each([320, 768, 1440])('%i px needs no sideways scrolling, and words fit the stage', async (width) => {
    stage.server.answer(api, 403, { code: 'forbidden' });
    const page = await stage.open(path, { viewport: { width, height: 700 } });
    await waitForState(page, 'private');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const cut = await page.locator('#screen').evaluate((screen) => screen.scrollHeight - screen.clientHeight);
    expect(cut).toBeLessThanOrEqual(0);
    await page.context().close();
  });
});

describe('the watch page', () => {
  const list = '/api/v1/watch/demo/replays';
  const older = { ...card, broadcast: 'b_01jd5m3k8q2wxyz01111', title: 'Older one', durationS: null };

  it('lists the replays of its channel, and more on request', async () => {
    stage.say({ state: 'waiting', broadcast: null });
    stage.server.answer(list, 200, { replays: [card], next: broadcast });
    const page = await stage.open('/watch/demo');
    await page.getByRole('link', { name: /^River stage, .*, length 1:00:00$/ }).waitFor();
    stage.server.answer(list, 200, { replays: [older], next: null });
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('link', { name: /^Older one/ }).waitFor();
    const links = await page.locator('#replay-cards a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    expect(links).toEqual([path, `/replay/${older.broadcast}`]);
    expect(await page.getByRole('button', { name: 'Show more' }).isVisible()).toBe(false);
    await page.context().close();
  });

  it('offers the replay of the broadcast that has just ended as soon as there is one', async () => {
    stage.say({ state: 'waiting', broadcast });
    stage.server.answer(list, 200, { replays: [older], next: null });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'waiting');
    stage.say({ state: 'ended', broadcast, endedMs: Date.now() });
    await waitForState(page, 'ended');
    expect(await page.locator('#screen-link').textContent()).toBe('See what is live');
    stage.server.answer(list, 200, { replays: [card, older], next: null });
    const offer = page.getByRole('link', { name: 'Watch the replay' });
    await offer.waitFor();
    expect(await offer.getAttribute('href')).toBe(path);
    const links = await page.locator('#replay-cards a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    expect(links).toEqual([path, `/replay/${older.broadcast}`]);
    await page.context().close();
  });

  it('shows no list where nothing may be seen', async () => {
    stage.server.answer('/api/v1/watch/demo', 403, { code: 'forbidden' });
    stage.server.answer(list, 403, { code: 'forbidden' });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'private');
    expect(await page.locator('#replays').isVisible()).toBe(false);
    await page.context().close();
  });
});
