import type { Browser, CDPSession, Page } from 'playwright-core';
import { pageLimits } from '#shared/limits/page.ts';
import type {} from '../../web/src/player/window-api.ts';
import { checkFrames, seeFrames } from './coded-frames.ts';
import { pollUntil } from './poll.ts';
import { takeFrames } from './video-probe.ts';

/** What a page said and showed so far: one entry for each change. */
export interface SeenPage {
  readonly states: readonly string[];
  /** Of the picture, pixels; 0: none. */
  readonly heights: readonly number[];
  /** How far the picture has moved, seconds; jumps are not counted. */
  readonly playedS: number;
  /** `LIVE`, or how far behind. */
  readonly badge: string;
  /** Behind where its player aims, seconds; null: unknown. */
  readonly behindS: number | null;
}

const lookMs = 100;
/** What the page calls live. */
const behindSMax = pageLimits.behindMsMin / 1_000;

/** A watch page in a context of its own, all of whose states are written down, over a network that can be made worse. */
export class WatchedPage {
  readonly page: Page;
  readonly #network: CDPSession;

  constructor(page: Page, network: CDPSession) {
    this.page = page;
    this.#network = network;
  }

  /** Opens a watch page and waits for its picture. */
  static async open(browser: Browser, url: string): Promise<WatchedPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto(url);
    await page.evaluate(() => {
      const seen = {
        states: [] as string[],
        heights: [] as number[],
        playedS: 0,
        badge: '',
        behindS: null as number | null,
      };
      Object.assign(globalThis, { seen });
      let [lastS, lastMs] = [0, 0];
      setInterval(() => {
        const { state, currentHeight, latencySeconds, targetLatencySeconds } = window.headwater;
        if (seen.states.at(-1) !== state) seen.states.push(state);
        if (seen.heights.at(-1) !== currentHeight) seen.heights.push(currentHeight);
        const [atS, nowMs] = [document.querySelector('video')?.currentTime ?? 0, performance.now()];
        const movedS = atS - lastS;
        // Players catch up a little, and the browser may be late.
        if (movedS > 0 && movedS < (1.2 * (nowMs - lastMs)) / 1_000 + 0.1) seen.playedS += movedS;
        [lastS, lastMs] = [atS, nowMs];
        seen.badge = document.querySelector('#live-badge')?.textContent ?? '';
        seen.behindS = latencySeconds === null ? null : latencySeconds - (targetLatencySeconds ?? 0);
      }, 50);
    });
    await seeFrames(page, 30);
    const network = await context.newCDPSession(page);
    await network.send('Network.enable');
    return new WatchedPage(page, network);
  }

  seen(): Promise<SeenPage> {
    return this.page.evaluate(() => (globalThis as unknown as { seen: SeenPage }).seen);
  }

  /** Gives the page a network: `none`, `good`, or one of so many kb/s. */
  async useNetwork(network: 'none' | 'good' | number): Promise<void> {
    const bytesPerS = typeof network === 'number' ? (network * 1_000) / 8 : -1;
    await this.#network.send('Network.emulateNetworkConditions', {
      offline: network === 'none',
      latency: typeof network === 'number' ? 20 : 0,
      downloadThroughput: bytesPerS,
      uploadThroughput: bytesPerS,
    });
  }

  /** Resolves when the picture has gone on for so many seconds, jumps not counted. */
  async plays(seconds: number, deadlineMs: number): Promise<void> {
    const { playedS: fromS } = await this.seen();
    await this.#until(({ playedS }) => playedS >= fromS + seconds, `${seconds} s of playing`, deadlineMs);
  }

  /** Resolves when the page is in a state. */
  async says(state: string, deadlineMs: number): Promise<void> {
    await this.#until(({ states }) => states.at(-1) === state, `page that is ${state}`, deadlineMs);
  }

  /** Resolves when a viewer is at the live edge, and is told so. */
  async isLive(deadlineMs: number): Promise<void> {
    const isThere = ({ badge, behindS }: SeenPage) => badge === 'LIVE' && behindS !== null && behindS <= behindSMax;
    await this.#until(isThere, 'the live edge', deadlineMs);
  }

  /** Resolves when there is a picture of fewer lines. */
  async showsLess(lines: number, deadlineMs: number): Promise<void> {
    const isLess = ({ heights }: SeenPage) => heights.at(-1) !== 0 && (heights.at(-1) ?? lines) < lines;
    await this.#until(isLess, `less than ${lines} lines`, deadlineMs);
  }

  /** Asserts that pictures come in order; how old they are when they are shown, ms. */
  async checkPicture(): Promise<number> {
    await takeFrames(this.page);
    const frames = await seeFrames(this.page, 30);
    checkFrames(frames);
    return Math.min(...frames.flatMap(({ code, shownMs }) => (code ? [shownMs - code.atMs] : [])));
  }

  /** Asserts that of all pictures since the page was opened, or since the last look, none was older than one before it. */
  async checkNothingTwice(): Promise<void> {
    const shown = (await takeFrames(this.page)).flatMap(({ code, ...rest }) =>
      code ? [{ ...rest, atMs: code.atMs }] : [],
    );
    const again = shown.findIndex(({ atMs }, index) => atMs < (shown[index - 1]?.atMs ?? 0));
    if (again === -1) return;
    const { errors, warnings } = await this.troubles();
    const around = shown.slice(Math.max(0, again - 2), again + 3);
    throw new Error(`shown again: ${JSON.stringify({ around, errors, warnings, ...(await this.seen()) })}`);
  }

  /** What its player has failed at so far. */
  troubles(): Promise<{ readonly errors: readonly string[]; readonly warnings: readonly string[] }> {
    return this.page.evaluate(() => ({ errors: window.headwater.errors, warnings: window.headwater.warnings }));
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  async #until(condition: (now: SeenPage) => boolean, what: string, deadlineMs: number): Promise<void> {
    const isSo = async () => {
      // The page has other things to do.
      await this.page.waitForTimeout(lookMs);
      return condition(await this.seen());
    };
    await pollUntil(isSo, what, deadlineMs).catch(async (cause) => {
      const { errors, warnings } = await this.troubles();
      throw new Error(`no ${what}; ${JSON.stringify({ ...(await this.seen()), errors, warnings })}`, { cause });
    });
  }
}
