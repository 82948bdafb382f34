import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { studioLimits } from '#shared/limits/page.ts';
import { isOfDeployment, sectionNames } from '../../../web/src/studio/place.ts';
import { useStage } from '../stage.ts';
import { channelOf, findingOf, linkOf, reportOf } from './facts.ts';
import { answerStudio, apiToken, openStudio, stored } from './studio-stage.ts';

const stage = useStage();
const patience = { timeout: 9_000 };

afterEach(() => {
  expect(stage.faults.splice(0), 'script errors and breaches of the policy').toEqual([]);
  stage.server.answer('/api/v1/channels', 404, {});
});

describe('signing in', () => {
  it('says what is wrong with a token, and lets the right one in', async () => {
    stage.server.answer('/api/v1/channels', 401, { detail: 'no' });
    const page = await stage.open('/studio');
    const field = page.getByLabel('API token');
    await page.locator('#skip').press('Enter');
    await page.locator('#sign-in:focus').waitFor();
    expect(await field.getAttribute('type')).toBe('password');
    for (const [text, words] of [
      ['two words', 'This cannot be a token'],
      ['wrong', 'This is not the API token of this server.'],
    ] as const) {
      await field.fill(text);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').filter({ hasText: words }).waitFor();
    }
    expect(await stored(page)).not.toContain('wrong');
    answerStudio(stage);
    await field.fill(` ${apiToken} `);
    await field.press('Enter');
    await page.getByRole('heading', { name: 'You are live' }).waitFor();
    expect(stage.server.credentials).toContain(`Bearer ${apiToken}`);
    expect(page.url()).not.toContain('token');
    expect(await stored(page)).toContain(`"headwater.studio.token":"${apiToken}"`);
    await page.reload();
    await page.getByRole('heading', { name: 'You are live' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    expect(await stored(page)).not.toContain(apiToken);
    await page.context().close();
  });

  it('is asked for again when the token is no longer the right one', async () => {
    answerStudio(stage);
    const page = await openStudio(stage, 'keys');
    await page.getByText('OBS at home').waitFor();
    stage.server.answer('/api/v1/channels/news', 401, {});
    await page.getByText('Your token is not accepted any more. Sign in again.').waitFor();
    expect(await stored(page)).not.toContain(apiToken);
    await page.context().close();
  });
});

describe('a role', () => {
  const changing =
    /^(?:Create|Upload|Remove|Cancel|Delete|Drain|Replace|Resume|Revoke|Rename|Save|Test|Switch|Close the|End|Clip|New|Go live)/;
  const seen = async (page: Page, role: string): Promise<string[]> => {
    const texts: string[] = [];
    for (const name of sectionNames.filter((section) => role === 'admin' || !isOfDeployment(section))) {
      await page.goto(`${stage.server.url}/studio#/${name}/news`);
      await page.locator(`#section-${name}`).waitFor();
      // At once: lists come while it is looked.
      const buttons = page.getByRole('button', { name: changing });
      const words = await buttons.evaluateAll((found) =>
        found.map((button) => button.textContent?.trim() || (button.getAttribute('aria-label') ?? '')),
      );
      texts.push(...words);
    }
    return texts;
  };

  it.each([
    ['viewer', [], true],
    ['owner', ['Clip last 30 s', 'Create key', 'Create link', 'Create webhook', 'Delete', 'Save'], false],
    [
      'admin',
      [
        ...['New channel', 'Clip last 30 s', 'Create key', 'Create link', 'Create webhook', 'Delete', 'Save'],
        'Create join token',
      ],
      false,
    ],
  ])('%s is offered what it may do', async (role, offered, isTold) => {
    answerStudio(stage, {}, {}, role);
    const page = await openStudio(stage, 'keys');
    await page.locator(`:root[data-role="${role}"]`).waitFor();
    await page.getByText('OBS at home').waitFor();
    const texts = await seen(page, role);
    if (offered.length === 0) expect(texts).toEqual([]);
    expect(texts).toEqual(expect.arrayContaining(offered));
    expect(texts.includes('New channel')).toBe(role === 'admin');
    expect(await page.getByText('Your token only reads').isVisible()).toBe(isTold);
    await page.context().close();
  });
});

describe('go live', () => {
  it('listens, and turns into what it sees', async () => {
    answerStudio(stage, { state: 'waiting', broadcast: null });
    const page = await openStudio(stage);
    await page.getByRole('heading', { name: 'Listening for your encoder…' }).waitFor();
    expect(await page.locator('#rtmp').textContent()).toBe('rtmp://fra-1.example.com:1935/live');
    expect(await page.locator('#rtmps').textContent()).toBe('rtmps://fra-1.example.com:1936/live');
    const findings = [
      findingOf({ expectedMs: Date.now() + 12.9 * 60_000 }),
      findingOf({ code: 'transcode.slow', severity: 'error', sentence: 'Too slow.' }),
    ];
    answerStudio(stage, {}, { report: reportOf({ findings }) });
    await page.getByRole('heading', { name: 'You are live' }).waitFor();
    expect(await page.locator('#announcer').textContent()).toContain('You are live.');
    expect(await page.locator('#seen').textContent()).toContain('1920 × 1080, 60 fps, H.264');
    expect(await page.locator('#findings .finding-sentence').first().textContent()).toBe('Error: Too slow.');
    expect(await page.locator('#findings .finding p').allTextContents()).toContain('Expected in about 12 min.');
    expect(await page.locator('#timer').textContent()).toMatch(/^12:\d\d$/);
    await expect.poll(() => stage.server.asked('/live/news/index.m3u8')).toBeGreaterThan(0);
    // What is said twice is a change twice.
    const said = await page.evaluateHandle(() => {
      const words: string[] = [];
      const region = document.getElementById('announcer') as HTMLElement;
      new MutationObserver(() => void words.push(region.textContent ?? '')).observe(region, { childList: true });
      return words;
    });
    const copied = async () => (await said.jsonValue()).filter((words) => words.startsWith('watch link: ')).length;
    for (const times of [1, 2]) {
      await page.locator('#watch-copy button').click();
      await expect.poll(copied, patience).toBe(times);
    }
    await page.context().close();
  });

  it('counts down while the encoder is gone', async () => {
    answerStudio(stage, { state: 'interrupted' }, { state: 'interrupted', interruptedUntilMs: Date.now() + 54_000 });
    const page = await openStudio(stage);
    await page.getByText(/^5\d s left before the broadcast ends$/).waitFor();
    expect(await page.locator('#announcer').textContent()).not.toContain('left');
    await page.context().close();
  });

  it('shows a new key once, masked', async () => {
    answerStudio(stage, { state: 'waiting', broadcast: null });
    stage.server.answer('POST /api/v1/channels/news/keys', 201, { id: 'sk_3', streamKey: 'sk_3_secret' });
    const page = await openStudio(stage);
    await page.getByRole('button', { name: 'Create a stream key' }).click();
    const field = page.getByRole('textbox', { name: 'Stream key' }).or(page.locator('input[aria-label="Stream key"]'));
    await field.first().waitFor();
    expect([await field.first().inputValue(), await field.first().getAttribute('type')]).toEqual([
      'sk_3_secret',
      'password',
    ]);
    await page.getByRole('button', { name: 'Show Stream key' }).click();
    expect(await field.first().getAttribute('type')).toBe('text');
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain('sk_3_secret');
    expect(await stored(page)).not.toContain('sk_3_secret');
    await page.context().close();
  });

  it('clips, and ends after a question', async () => {
    answerStudio(stage);
    const clip = { id: 'cl_9', title: 'Evening news', playback: { page: '/clip/cl_9', download: '' } };
    stage.server.answer('POST /api/v1/clips', 201, clip);
    const page = await openStudio(stage);
    await page.getByRole('button', { name: 'Clip last 30 s' }).click();
    expect(await page.getByRole('link', { name: 'Open the clip' }).getAttribute('href')).toBe('/clip/cl_9');
    await page.getByRole('button', { name: 'End and close' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'End and close' }).click();
    stage.server.answer('PATCH /api/v1/channels/news', 200, {});
    answerStudio(stage, { state: 'ended', disabled: true });
    await page.locator('#confirm-action').click();
    await page.getByRole('heading', { name: 'This channel is closed' }).waitFor();
    expect(stage.server.changes.slice(-2)).toEqual([
      'POST /api/v1/clips {"channel":"news","lastS":30}',
      'PATCH /api/v1/channels/news {"disabled":true}',
    ]);
    await page.context().close();
  });
});

describe('lists', () => {
  it('makes a link, tells it once, and revokes', async () => {
    answerStudio(stage);
    const embed = '/embed/news?token=secret.of.link';
    const urls = { watch: '/watch/news#token=secret.of.link', embed, hls: '/t/secret.of.link/live/news/index.m3u8' };
    stage.server.answer('POST /api/v1/links', 201, { ...linkOf(), urls });
    stage.server.answer('DELETE /api/v1/links/ln_1', 204, null);
    const page = await openStudio(stage, 'links');
    await page.getByLabel('Good for').selectOption('1h');
    await page.getByLabel('Uses', { exact: true }).fill('5');
    await page.getByLabel('Only on these sites').fill('https://example.com/');
    await page.getByRole('button', { name: 'Create link' }).click();
    const link = page.locator('input[aria-label="Watch link"]');
    expect(await link.inputValue()).toBe(`${stage.server.url}/watch/news#token=secret.of.link`);
    const code = page.locator('input[aria-label="Embed code"]');
    expect(await code.inputValue()).toContain(`<iframe src="${stage.server.url}${embed}" title="Evening news"`);
    const wish = '{"channel":"news","preset":"1h","uses":5,"sites":["example.com"],"label":""}';
    expect(stage.server.changes.at(-1)).toBe(`POST /api/v1/links ${wish}`);
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain('secret.of.link');
    await page.getByRole('button', { name: 'Revoke For the press' }).click();
    await page.locator('#confirm-action').click();
    await page.getByText('The link is revoked.').first().waitFor();
    expect(stage.server.changes.at(-1)).toBe('DELETE /api/v1/links/ln_1');
    await page.context().close();
  });

  it('lets a deleted replay come back, and deletes it when nobody wants that', async () => {
    answerStudio(stage);
    const doomed = 'DELETE /api/v1/broadcasts/b_00000000000000000003';
    stage.server.answer(doomed, 202, {});
    const page = await openStudio(stage, 'replays');
    const remove = async () => {
      await page
        .getByRole('button', { name: /^Delete the replay/ })
        .first()
        .click();
      await page.locator('#confirm-action').click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    };
    await remove();
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await page.locator('.tile.leaving').count()).toBe(0);
    expect(stage.server.changes).not.toContain(doomed);
    await remove();
    await expect.poll(() => stage.server.changes, { timeout: studioLimits.undoMs + 5_000 }).toContain(doomed);
    await page.context().close();
  });

  it('deletes as the page is left what was not taken back by then', async () => {
    answerStudio(stage);
    const page = await openStudio(stage, 'clips');
    for (const [title, isTakenBack] of [
      ['The goal', true],
      ['Another one', false],
    ] as const) {
      await page.getByRole('button', { name: `Delete ${title}` }).click();
      await page.locator('#confirm-action').click();
      const undo = page.getByRole('button', { name: 'Undo' });
      if (isTakenBack) await undo.click();
      else await undo.waitFor();
    }
    await page.goto('about:blank');
    await expect.poll(() => stage.server.changes.at(-1), patience).toBe('DELETE /api/v1/clips/cl_2');
    expect(stage.server.changes).not.toContain('DELETE /api/v1/clips/cl_1');
    await page.context().close();
  });

  it('renames a clip, and says why when it cannot', async () => {
    answerStudio(stage);
    stage.server.answer('PATCH /api/v1/clips/cl_1', 400, { detail: 'title: must have 1 to 120 characters.' });
    const page = await openStudio(stage, 'clips');
    await page.getByRole('button', { name: 'Rename The goal' }).click();
    await page.locator('#rename-text').fill('A goal');
    await page.keyboard.press('Enter');
    await page.getByText('title: must have 1 to 120 characters.').waitFor();
    stage.server.answer('PATCH /api/v1/clips/cl_1', 200, {});
    await page.keyboard.press('Enter');
    await page.getByText('The clip has its new title.').first().waitFor();
    expect(stage.server.changes.at(-1)).toBe('PATCH /api/v1/clips/cl_1 {"title":"A goal"}');
    await page.context().close();
  });

  it('makes a webhook, tries it, and shows its deliveries', async () => {
    answerStudio(stage);
    stage.server.answer('POST /api/v1/webhooks', 201, { id: 'wh_9', secret: 'whsec_secret' });
    stage.server.answer('POST /api/v1/webhooks/wh_1/test', 200, { status: null, error: 'timeout', tookMs: 10_000 });
    const page = await openStudio(stage, 'webhooks');
    await page.locator('#webhook-url').fill('https://example.com/hook');
    await page.getByLabel('Encoder dropped').check();
    await page.getByRole('button', { name: 'Create webhook' }).click();
    expect(await page.locator('input[aria-label="Secret"]').inputValue()).toBe('whsec_secret');
    const wish = '{"url":"https://example.com/hook","label":"","channel":"news","types":["channel.interrupted"]}';
    expect(stage.server.changes.at(-1)).toBe(`POST /api/v1/webhooks ${wish}`);
    await page.getByRole('button', { name: 'Test: Newsroom' }).click();
    await page.getByText('Test sent: no answer (timeout).').first().waitFor();
    await page.getByRole('button', { name: 'Deliveries: Newsroom' }).click();
    await page.getByRole('cell', { name: '204 after 85 ms' }).waitFor();
    await page.context().close();
  });

  it('shows text of others as text', async () => {
    const title = '<img src=x onerror="window.pwned=1">';
    answerStudio(stage, { title });
    stage.server.answer('/api/v1/links', 200, { links: [linkOf({ label: title })], next: null });
    const page = await openStudio(stage, 'links');
    await page.getByRole('cell', { name: `${title} The channel` }).waitFor();
    expect(await page.evaluate(() => 'pwned' in window || document.querySelector('main img') !== null)).toBe(false);
    await page.context().close();
  });
});

describe('health and settings', () => {
  it('draws strips with a table twin', async () => {
    answerStudio(stage, {}, { report: reportOf({ findings: [findingOf()] }) });
    const page = await openStudio(stage, 'health');
    await page.getByRole('heading', { name: 'Live, with something to mend' }).waitFor();
    await expect.poll(() => page.locator('#bitrate-strip path').getAttribute('d')).toMatch(/^M.*L/);
    await page.getByText('As a table').click();
    expect(await page.locator('#samples tr').first().textContent()).toContain('1.01 ×');
    await page.context().close();
  });

  it('saves what was changed in this form, and nothing else, whatever others do meanwhile', async () => {
    answerStudio(stage);
    stage.server.answer('PATCH /api/v1/channels/news', 200, {});
    const page = await openStudio(stage, 'settings');
    await expect.poll(() => page.locator('#section-settings').getByLabel('Title').inputValue()).toBe('Evening news');
    await page.getByLabel('Who can watch').first().selectOption('signed');
    await page.getByLabel('Keep replays').selectOption('days');
    await page.locator('#settings-days').fill('7');
    // Somebody else makes it another channel meanwhile.
    answerStudio(stage, { title: 'Late news', latency: 'standard', slate: true, sites: ['example.com'] });
    await page.locator('#channel option', { hasText: 'Late news' }).waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').first().waitFor();
    const change = '{"visibility":"signed","retention":{"keep":"days","days":7}}';
    expect(stage.server.changes.at(-1)).toBe(`PATCH /api/v1/channels/news ${change}`);
    await page.locator('#section-settings').getByLabel('Title').fill('News at ten');
    await page.getByRole('button', { name: 'Save' }).click();
    const retitled = 'PATCH /api/v1/channels/news {"title":"News at ten"}';
    await expect.poll(() => stage.server.changes.at(-1), patience).toBe(retitled);
    await page.context().close();
  });

  it('helps who has no channel yet', async () => {
    stage.server.answer('/api/v1/channels', 200, { channels: [], next: null });
    stage.server.answer('POST /api/v1/channels', 201, channelOf({ id: 'sports', title: 'Sports' }));
    const page = await stage.open('/studio');
    await page.getByLabel('API token').fill(apiToken);
    await page.keyboard.press('Enter');
    await page.locator('#first-channel').click();
    await page.locator('#new-channel-name').fill('Sports');
    await page.keyboard.press('Enter');
    await page.locator('#section-live').waitFor();
    expect(stage.server.changes.at(-1)).toBe(
      'POST /api/v1/channels {"title":"Sports","visibility":"public","id":"sports"}',
    );
    await page.context().close();
  });
});

describe('look', () => {
  it.each([320, 390, 768, 1440])('%i px needs no sideways scrolling in any section', async (width) => {
    const title = `${'Averylongtitlewithoutanyspace'.repeat(3)} and words`;
    answerStudio(stage, { title });
    stage.server.answer('/api/v1/links', 200, { links: [linkOf({ label: title })], next: null });
    const page = await openStudio(stage, 'live', { viewport: { width, height: 800 } });
    for (const section of sectionNames) {
      await page.evaluate((name) => Object.assign(location, { hash: `#/${name}/news` }), section);
      await page.locator(`#section-${section}`).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth), section).toBe(width);
    }
    await page.context().close();
  });

  it('gives fingers targets of 44 px', async () => {
    answerStudio(stage);
    const page = await openStudio(stage, 'clips', {
      ...{ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true },
    });
    await page.getByText('The goal').waitFor();
    const small = await page.locator('button:visible, a:visible, select:visible').evaluateAll((elements) =>
      elements
        .filter((element) => !element.classList.contains('skip'))
        .map((element) => ({ words: element.textContent, height: element.getBoundingClientRect().height }))
        .filter(({ height }) => height < 44),
    );
    expect(small).toEqual([]);
    await page.context().close();
  });

  it('is walked by keyboard, with a focus that can be seen', async () => {
    answerStudio(stage);
    const page = await openStudio(stage, 'keys');
    await page.getByText('OBS at home').waitFor();
    const reached: string[] = [];
    for (let presses = 0; presses < 21; presses++) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
        return { name: name.trim() || element.id, outline: getComputedStyle(element).outlineStyle };
      });
      expect(focus.outline, focus.name).not.toBe('none');
      reached.push(focus.name);
    }
    expect(reached.join(' | ')).toContain('Sign out | Go live | Health | Replays | Clips | Links | Keys | Webhooks');
    expect(reached.join(' | ')).toContain('Replace OBS at home | Delete OBS at home');
    await page.locator('#skip').press('Enter');
    await page.locator('#main:focus').waitFor();
    expect(await page.locator('#section-keys').isVisible()).toBe(true);
    await expect.poll(() => new URL(page.url()).hash, patience).toBe('#/keys/news');
    await page.context().close();
  });
});
