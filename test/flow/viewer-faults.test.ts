import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownPops, type PopSpec } from '../../scripts/local/pop-spec.ts';
import { launchChromium } from '../support/chromium.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { type CountingProxy, type Fault, startCountingProxy } from '../support/counting-proxy.ts';
import { pollUntil } from '../support/poll.ts';
import { ProcessRest } from '../support/process-rest.ts';
import { expectRecovery, recoveryText } from '../support/recovery.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { WatchedPage } from '../support/watched-page.ts';

/**
 * Ways that are cut or narrow, seen by viewers on the watch page, and how they come back (`support/recovery.ts`); then what
 * faults and viewers leave behind.
 */

/** The lowest rung and the sound are some 200 kb/s together. */
const heights = [180, 96];
/** A machine that others use too takes its time. */
const resumeMs = 60_000;

let toOrigin: CountingProxy;
let toControl: CountingProxy;
let stack: TestStack;
let before: ProcessRest;
let publisher: CodedPublisher;
let browser: Browser;

beforeAll(async () => {
  [toOrigin, toControl, browser] = await Promise.all([startCountingProxy(), startCountingProxy(), launchChromium()]);
  stack = await startTestStack({
    pops: [knownPops[0] as PopSpec],
    originPublicUrl: toOrigin.url,
    controlUrl: (popUrl) => {
      toControl.target = popUrl;
      return toControl.url;
    },
    ladder: { heights },
  });
  toOrigin.target = stack.run.origin;
  before = new ProcessRest(stack.run.pids.origin);
  publisher = publishCodedPicture({ url: stack.publishUrl, constantKbps: 1_200 });
  await stack.waitForState('live');
}, 90_000);

afterAll(async () => {
  await browser?.close();
  await publisher?.stop();
  await stack?.stop();
  await Promise.all([toOrigin?.close(), toControl?.close()]);
}, 30_000);

const openWatch = (query = '') => WatchedPage.open(browser, stack.popUrl(0) + stack.run.watch + query);

async function pass(seconds: number): Promise<void> {
  const untilMs = performance.now() + seconds * 1_000;
  await pollUntil(() => performance.now() >= untilMs, `${seconds} s`, seconds * 2_000);
}

/** Each side hangs as though the way were gone. */
function cut(fault: Fault, ways: readonly CountingProxy[] = [toOrigin, toControl]): void {
  for (const proxy of ways) {
    proxy.fault = () => fault;
    proxy.drop();
  }
}

it('fifteen seconds without a way between origin and edge are an interruption, never the end', async ({
  annotate,
  onTestFinished,
}) => {
  const viewer = await openWatch();
  onTestFinished(async () => {
    cut('none');
    await viewer.close();
  });
  cut('hang');
  await pass(15);
  await viewer.says('interrupted', resumeMs);
  await annotate(recoveryText(await expectRecovery([viewer], () => cut('none'))));
  await viewer.checkPicture();
  const { states } = await viewer.seen();
  expect(states).not.toContain('ended');
  expect(states.at(-1)).toBe('live');
}, 240_000);

it('what is live and does not arrive is an interruption too: nothing is shown twice, and viewers are back at the live edge by themselves', async ({
  annotate,
  onTestFinished,
}) => {
  const viewers: WatchedPage[] = [];
  onTestFinished(async () => {
    cut('none');
    await Promise.all(viewers.map((viewer) => viewer.close()));
  });
  for (const query of ['', '?engine=dash']) viewers.push(await openWatch(query));
  cut('hang', [toOrigin]);
  await pass(5);
  await Promise.all(viewers.map((viewer) => viewer.says('interrupted', resumeMs)));
  await pass(12);
  // The control plane was reached all the time, and knows nothing of it.
  expect((await stack.view()).state).toBe('live');
  await annotate(recoveryText(await expectRecovery(viewers, () => cut('none'))));
  for (const viewer of viewers) {
    await viewer.checkNothingTwice();
    expect(await viewer.checkPicture()).toBeLessThan(20_000);
    const { states } = await viewer.seen();
    expect(states.filter((state) => state === 'ended' || state === 'error')).toEqual([]);
    expect(states.at(-1)).toBe('live');
  }
}, 300_000);

describe('a viewer', () => {
  it('whose network is gone is told so, and sees what is live once it is back', async ({ annotate }) => {
    const viewer = await openWatch();
    for (const awayS of [5, 30]) {
      await viewer.useNetwork('none');
      await pass(awayS);
      if (awayS === 30) await viewer.says('offline-you', resumeMs);
      const recovered = await expectRecovery([viewer], () => viewer.useNetwork('good'));
      await annotate(`after ${awayS} s: ${recoveryText(recovered)}`);
      // Not what came while it was away.
      expect(await viewer.checkPicture()).toBeLessThan(20_000);
      const { states } = await viewer.seen();
      expect(states).not.toContain('ended');
      expect(states.at(-1)).toBe('live');
    }
    await viewer.close();
  }, 180_000);

  it('whose network gets slow ends on the lowest rung, and stays there', async ({ annotate }) => {
    const viewer = await openWatch();
    const rungs = async () => {
      const shown = (await viewer.seen()).heights.filter((height) => height > 0);
      return shown.filter((height, index) => height !== shown[index - 1]);
    };
    await viewer.useNetwork(600);
    await viewer.showsLess(360, resumeMs);
    await viewer.plays(8, resumeMs);
    await viewer.useNetwork(300);
    await viewer.showsLess(180, resumeMs);
    const switches = (await rungs()).length;
    await viewer.plays(12, resumeMs);
    const seen = await rungs();
    await annotate(`heights at 600, then 300 kb/s: ${seen.join(' ')}`);
    expect(seen.at(-1)).toBe(96);
    expect(seen.length - switches).toBeLessThanOrEqual(2);
    await viewer.checkPicture();
    await viewer.close();
  }, 240_000);
});

it('leaves no process, connection or file open behind when the broadcast is over', async () => {
  expect(before.isBack).toBe(false);
  // The key that it publishes with is taken away: nobody waits for it to come back.
  const path = `/channels/${stack.run.channel}/keys`;
  const { keys } = (await (await stack.api('GET', path)).json()) as { keys: { id: string }[] };
  for (const { id } of keys) await stack.api('DELETE', `${path}/${id}`);
  await stack.waitForState('ended');
  await publisher.stop();
  await before.returns(60_000);
}, 120_000);
