import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { useStage, waitForState } from './stage.ts';

const stage = useStage();

afterEach(() => {
  expect(stage.faults.splice(0), 'script errors and breaches of the policy').toEqual([]);
});

/** Perceived brightness of the page's ground, 0 to 255. */
function ground(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [r = 0, g = 0, b = 0] = (getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g) ?? []).map(Number);
    return 0.299 * r + 0.587 * g + 0.114 * b;
  });
}

describe('theme', () => {
  it('is dark on the watch page until a person chooses, and the choice lasts', async () => {
    stage.say({ state: 'waiting' });
    const page = await stage.open('/watch/demo', { colorScheme: 'light' });
    expect(await ground(page)).toBeLessThan(40);
    const button = page.getByRole('button', { name: /^Theme/ });
    expect(await button.getAttribute('aria-label')).toBe('Theme: dark');
    await button.click();
    expect(await button.getAttribute('aria-label')).toBe('Theme: automatic');
    expect(await ground(page)).toBeGreaterThan(220);
    await button.click();
    await page.reload();
    expect(await button.getAttribute('aria-label')).toBe('Theme: light');
    expect(await ground(page)).toBeGreaterThan(220);
    await page.context().close();
  });

  it('follows the device on the home page', async () => {
    for (const [colorScheme, low, high] of [
      ['light', 220, 256],
      ['dark', -1, 40],
    ] as const) {
      const page = await stage.open('/', { colorScheme });
      const brightness = await ground(page);
      expect(brightness).toBeGreaterThan(low);
      expect(brightness).toBeLessThan(high);
      await page.context().close();
    }
  });
});

describe('width', () => {
  const title = `${'Averylongtitlewithoutanyspace'.repeat(4)} and a few words`;

  it.each([320, 360, 768, 1440])('%i px needs no sideways scrolling, and words fit the stage', async (width) => {
    const nowMs = Date.now();
    const live = { channel: 'demo', title, state: 'live', startedMs: nowMs, height: 720 };
    stage.server.answer('/api/v1/live', 200, { channels: [live, { ...live, channel: 'two' }], pop: 'x', nowMs });
    stage.say({ state: 'interrupted', title, interruptedUntilMs: nowMs + 60_000 });
    const page = await stage.open('/watch/demo', { viewport: { width, height: 700 } });
    await waitForState(page, 'interrupted');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const cut = await page.locator('#screen').evaluate((screen) => screen.scrollHeight - screen.clientHeight);
    expect(cut).toBeLessThanOrEqual(0);
    await page.goto(`${stage.server.url}/`);
    await page
      .getByRole('link', { name: /Averylong/ })
      .first()
      .waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.context().close();
  });

  it('gives fingers targets of 44 px', async () => {
    stage.server.answer('/api/v1/watch/demo', 403, {});
    const page = await stage.open('/watch/demo', {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    await waitForState(page, 'private');
    const boxes = await page.locator('button:visible, a.brand').evaluateAll((elements) =>
      elements.map((element) => {
        const { width, height } = element.getBoundingClientRect();
        return { id: element.id || element.className, small: Math.min(width, height) };
      }),
    );
    expect(boxes.length).toBeGreaterThan(3);
    expect(boxes.filter((box) => box.small < 44)).toEqual([]);
    await page.context().close();
  });
});

describe('keyboard', () => {
  it('opens and closes statistics and the list of keys', async () => {
    stage.say({ state: 'waiting' });
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'waiting');
    await page.keyboard.press('s');
    await page.locator('#stats').waitFor({ state: 'visible' });
    expect(await page.locator('#stats-lines').textContent()).toContain('Frankfurt');
    await page.keyboard.press('s');
    await page.locator('#stats').waitFor({ state: 'hidden' });
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('m');
    expect(await page.locator('video').evaluate((video: HTMLVideoElement) => video.muted)).toBe(true);
    await page.context().close();
  });

  it('reaches everything that can be used, with a focus that can be seen', async () => {
    stage.server.answer('/api/v1/watch/demo', 403, {});
    const page = await stage.open('/watch/demo');
    await waitForState(page, 'private');
    const reached: string[] = [];
    for (let i = 0; i < 16; i++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        return { name: element.id || element.className, outline: getComputedStyle(element).outlineStyle };
      });
      if (!focused || reached.includes(focused.name)) continue;
      expect(focused.outline, focused.name).not.toBe('none');
      reached.push(focused.name);
    }
    expect(reached).toEqual(['skip', 'brand', 'theme', 'screen-retry', 'share', 'stats-button', 'help-button']);
    await page.context().close();
  });

  it('does not move for those who asked for stillness', async () => {
    stage.say({ state: 'waiting' });
    const page = await stage.open('/watch/demo', { reducedMotion: 'reduce' });
    await waitForState(page, 'waiting');
    const animation = await page.locator('.screen-icon').evaluate((icon) => getComputedStyle(icon).animationName);
    expect(animation).toBe('none');
    await page.context().close();
  });
});
