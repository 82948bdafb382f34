import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { screenFor } from '../../web/src/watch/screens.ts';
import type { PageState } from '../../web/src/watch/state.ts';
import { useStage, waitForState } from './stage.ts';

const stage = useStage();

afterEach(() => {
  expect(stage.faults.splice(0), 'script errors and breaches of the policy').toEqual([]);
});

describe('states', () => {
  it.each([
    ['waiting', () => stage.say({ state: 'waiting', broadcast: null, startedMs: null }), 'Not live yet'],
    ['starting', () => stage.say({ state: 'starting' }), 'Starting'],
    [
      'interrupted',
      () => stage.say({ state: 'interrupted', interruptedUntilMs: Date.now() + 54_000 }),
      'Live for 12 min',
    ],
    ['ended', () => stage.say({ state: 'ended', endedMs: Date.now() - 301_000 }), 'Ended 5 min ago'],
    ['not-found', () => stage.server.answer('/api/v1/watch/demo', 404, { code: 'not_found' }), ''],
    ['private', () => stage.server.answer('/api/v1/watch/demo', 401, { code: 'token_missing' }), ''],
    ['expired', () => stage.server.answer('/api/v1/watch/demo', 401, { code: 'token_expired' }), ''],
    ['revoked', () => stage.server.answer('/api/v1/watch/demo', 410, { code: 'token_revoked' }), ''],
    ['used-up', () => stage.server.answer('/api/v1/watch/demo', 410, { code: 'link_used_up' }), ''],
    ['too-many-screens', () => stage.server.answer('/api/v1/watch/demo', 429, { code: 'too_many_streams' }), ''],
    ['elsewhere', () => stage.server.answer('/api/v1/watch/demo', 403, { code: 'country_refused' }), ''],
    ['wrong-site', () => stage.server.answer('/api/v1/watch/demo', 403, { code: 'site_refused' }), ''],
  ] as [PageState, () => void, string][])('%s is told in words, once to a screen reader', async (state, say, facts) => {
    say();
    const page = await stage.open('/watch/demo');
    await waitForState(page, state);
    const words = screenFor(state);
    expect(await page.locator('#screen-headline').textContent()).toBe(words?.headline);
    expect(await page.locator('#screen-sentence').textContent()).toBe(words?.sentence);
    expect(await page.locator('#screen-icon').getAttribute('href')).toBe(`#icon-${words?.icon}`);
    expect(await page.locator(`#icon-${words?.icon}`).count()).toBe(1);
    expect(await page.locator('#announcer').textContent()).toBe(`${words?.headline}. ${words?.sentence}`);
    expect(await page.locator('#facts').textContent()).toBe(facts);
    await page.context().close();
  });

  it('counts down while interrupted, outside of the live region', async () => {
    stage.say({ state: 'interrupted', interruptedUntilMs: Date.now() + 54_000 });
    const page = await stage.open('/watch/demo');
    await page.getByText(/^5[34] s left before the stream ends$/).waitFor();
    await page.getByText(/^5[12] s left before the stream ends$/).waitFor();
    expect(await page.locator('#announcer').textContent()).not.toContain('left');
    await page.context().close();
  });

  it('goes from one state to the next by itself', async () => {
    stage.say({ state: 'waiting', broadcast: null });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'waiting');
    stage.say({ state: 'starting' });
    await waitForState(page, 'starting');
    await page.context().close();
  });

  it('tells when the server is away, tries again by itself, and shows what failed', async () => {
    stage.server.answer('/api/v1/watch/demo', 502, { code: 'upstream_failed' });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'error');
    expect(await page.locator('#screen-countdown').textContent()).toContain('(upstream_failed)');
    stage.say({ state: 'waiting' });
    await page.getByRole('button', { name: 'Try again now' }).click();
    await waitForState(page, 'waiting');
    await page.context().close();
  });

  it('tells when media does not come, and keeps trying', async () => {
    stage.say({ hls: '/live/demo/index.m3u8' });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'error');
    expect(await page.locator('#screen-countdown').textContent()).toContain('(hls.manifestLoadError.404)');
    const asked = stage.server.asked('/live/demo/index.m3u8');
    await expect.poll(() => stage.server.asked('/live/demo/index.m3u8'), { timeout: 9_000 }).toBeGreaterThan(asked);
    expect(await page.evaluate(() => window.headwater.errors)).toContain('hls.manifestLoadError.404');
    await page.context().close();
  });

  it.each([
    ['hls.js', '', '/live/demo/index.m3u8'],
    ['dash.js', '?engine=dash', '/live/demo/index.mpd'],
  ])('%s gets nothing of what is live: it is interrupted, and keeps trying', async (_, query, manifest) => {
    stage.say();
    stage.server.answer(manifest, 502, { code: 'upstream_failed' });
    const page = await stage.open(`/watch/demo${query}`);
    await waitForState(page, 'interrupted');
    const words = screenFor('interrupted', { isLive: true });
    expect(await page.locator('#screen-sentence').textContent()).toBe(words?.sentence);
    await page.waitForFunction(() => window.headwater.errors.length >= 3);
    expect(await page.evaluate(() => window.headwater.state)).toBe('interrupted');
    // As in the tests beside this one.
    stage.server.answer(manifest, 404, { code: 'not_found' });
    await page.context().close();
  });

  it('asks for the picture at once when the device is back, however long the next try is off', async () => {
    stage.say({ hls: '/live/demo/index.m3u8' });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'error');
    const asked = () => stage.server.asked('/live/demo/index.m3u8');
    const failed = () => page.evaluate(() => window.headwater.errors.length);
    const [askedBefore, failedBefore] = [asked(), await failed()];
    // What waits runs out; from then on no time passes.
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 1_000);
    await expect.poll(asked, { timeout: 9_000 }).toBeGreaterThan(askedBefore);
    await expect.poll(failed).toBeGreaterThan(failedBefore);
    const last = asked();
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    await expect.poll(asked, { timeout: 9_000 }).toBeGreaterThan(last);
    await page.context().close();
  });

  it('tells when the device is offline, and goes on when it is back', async () => {
    stage.say({ state: 'waiting' });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'waiting');
    await page.context().setOffline(true);
    await waitForState(page, 'offline-you');
    await page.context().setOffline(false);
    await waitForState(page, 'waiting');
    await page.context().close();
  });

  it('tells when this browser can play nothing', async () => {
    stage.say({ state: 'waiting' });
    const page = await stage.open('/watch/demo');
    await page.evaluate(() => {
      for (const name of ['MediaSource', 'ManagedMediaSource', 'WebKitMediaSource']) Reflect.deleteProperty(self, name);
      HTMLMediaElement.prototype.canPlayType = () => '';
    });
    stage.say();
    await waitForState(page, 'unsupported');
    await page.context().close();
  });

  it('asks nobody about a path that can be no channel', async () => {
    const page = await stage.open('/watch/No%20Channel');
    await waitForState(page, 'not-found');
    expect(stage.server.asked('/api/v1/watch/No%20Channel')).toBe(0);
    await page.context().close();
  });
});

describe('untrusted titles', () => {
  const title = '<img src=x onerror="window.pwned=1"><b>bold</b>';

  it('are text on the watch page', async () => {
    stage.say({ state: 'waiting', title });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'waiting');
    expect(await page.locator('#title').textContent()).toBe(title);
    expect(await page.title()).toBe(`${title} · Headwater`);
    expect(await page.evaluate(() => document.querySelectorAll('main img, main b').length)).toBe(0);
    await page.context().close();
  });

  it('are text on the home page', async () => {
    const live = { channel: 'demo', title, state: 'live', startedMs: Date.now(), height: 720 };
    stage.server.answer('/api/v1/live', 200, { channels: [live], pop: 'Frankfurt', nowMs: Date.now() });
    const page = await stage.open('/');
    await page.getByText('<b>bold</b>').waitFor();
    expect(await page.evaluate(() => document.querySelectorAll('main img, #channels b').length)).toBe(0);
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    await page.context().close();
  });
});

describe('home', () => {
  it('says how to start when nobody is live, then shows who is, by itself', async () => {
    const nowMs = Date.now();
    stage.server.answer('/api/v1/live', 200, { channels: [], pop: 'Frankfurt', nowMs });
    const page = await stage.open('/');
    await page.getByText('Nobody is live right now').first().waitFor();
    await page.getByText('Point OBS at this server').waitFor();
    const live = { channel: 'demo', title: 'River stage', state: 'live', startedMs: nowMs - 725_000, height: 1080 };
    stage.server.answer('/api/v1/live', 200, { channels: [live], pop: 'Frankfurt', nowMs });
    const card = page.getByRole('link', { name: /River stage/ });
    await card.waitFor();
    expect(await card.getAttribute('href')).toBe('/watch/demo');
    expect(await card.locator('.card-facts').textContent()).toBe('1080p · live for 12 min');
    expect(await page.locator('#empty').isVisible()).toBe(false);
    await page.context().close();
  });

  it('keeps the list and says so when the server does not answer', async () => {
    const live = { channel: 'demo', title: 'River stage', state: 'live', startedMs: 0, height: null };
    stage.server.answer('/api/v1/live', 200, { channels: [live], pop: 'Frankfurt', nowMs: 0 });
    const page = await stage.open('/');
    await page.getByRole('link', { name: /River stage/ }).waitFor();
    stage.server.answer('/api/v1/live', 500, {});
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await page.getByText('The server does not answer').waitFor();
    expect(await page.getByRole('link', { name: /River stage/ }).isVisible()).toBe(true);
    await page.context().close();
  });
});

describe('weight', () => {
  it('loads hls.js by default and dash.js on request only', async () => {
    stage.say({ state: 'waiting' });
    for (const [query, engine, other] of [
      ['', 'hls-engine', 'dash-engine'],
      ['?engine=dash', 'dash-engine', null],
    ] as const) {
      const page = await stage.open(`/watch/demo${query}`);
      await page.waitForFunction(
        (name) => performance.getEntriesByType('resource').some((r) => r.name.includes(name)),
        engine,
      );
      const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
      if (other) expect(loaded.filter((name) => name.includes(other))).toEqual([]);
      await page.context().close();
    }
  });

  it.each([
    ['watch', 'replay|embed|item-page'],
    ['replay', 'watch|embed|channel-page'],
    ['embed', 'replay|watch|item-page'],
  ])('keeps the script of the %s page below 220 kB gzip, hls.js included', async (_, others) => {
    const assets = join(stage.dir, 'assets');
    const left = new RegExp(`^(home|studio|docs|standalone|dash-engine|${others})-`);
    const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js') && !left.test(name));
    expect(scripts.some((name) => name.startsWith('hls-engine'))).toBe(true);
    const sizes = await Promise.all(scripts.map(async (name) => gzipSync(await readFile(join(assets, name))).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(220_000);
  });
});
