import { afterEach, describe, expect, it } from 'vitest';
import { studioLimits } from '#shared/limits/page.ts';
import { useStage } from '../stage.ts';
import { joinTokenOf, originOf } from './facts.ts';
import { answerStudio, apiToken, openStudio, stored } from './studio-stage.ts';

const stage = useStage();
const patience = { timeout: studioLimits.listPollMs + 9_000 };

afterEach(() => {
  expect(stage.faults.splice(0), 'script errors and breaches of the policy').toEqual([]);
});

describe('origins', () => {
  it('are listed with state, figures and addresses', async () => {
    answerStudio(stage);
    const page = await openStudio(stage, 'origins');
    const rows = page.locator('#origins > li');
    await rows.first().waitFor();
    expect(await rows.locator('.state').allTextContents()).toEqual([
      'Draining, 1 to go',
      'Takes publishers',
      expect.stringMatching(/^Not heard since /),
    ]);
    const figures = await rows.nth(1).locator('.figures > div').allTextContents();
    expect(figures).toEqual(['On air3 broadcasts', 'Load43 %', 'Encodes4.5 × 720p30', 'Heard2 s ago', 'Version0.1.0']);
    const offered = await page.locator('#origins').getByRole('button').all();
    expect(await Promise.all(offered.map((button) => button.getAttribute('aria-label')))).toEqual([
      ...['Resume ams-1', 'Drain fra-1', 'Copy RTMP address of fra-1', 'Copy RTMPS address of fra-1'],
      ...['Remove iad-1', 'Copy RTMP address of iad-1', 'Copy RTMPS address of iad-1'],
    ]);
    expect(await page.locator('#origins').getAttribute('aria-busy')).toBe('false');
    expect(await page.title()).toBe('Origins · Studio');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy RTMPS address of fra-1' }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()), patience)
      .toBe('rtmps://fra-1.example.com:1936/live');
    await page.context().close();
  });

  it('are read again by themselves, and the keyboard stays where it was', async () => {
    answerStudio(stage);
    const page = await openStudio(stage, 'origins');
    const button = page.getByRole('button', { name: 'Drain fra-1' });
    await button.focus();
    const row = await page.locator('#origins > li', { hasText: 'fra-1' }).first().elementHandle();
    const origins = [originOf({ id: 'aaa-1' }), originOf({ broadcasts: 4, draining: true, seenMs: Date.now() })];
    stage.server.answer('/api/v1/origins', 200, { origins, next: null });
    await page.getByText('Draining, 4 to go').waitFor(patience);
    expect(await row?.evaluate((element) => element.isConnected)).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Resume fra-1');
    await page.context().close();
  });

  it('are drained after a question, and taken back without one', async () => {
    answerStudio(stage);
    stage.server.answer('PATCH /api/v1/origins/fra-1', 204, null);
    const page = await openStudio(stage, 'origins');
    const before = stage.server.changes.length;
    const drain = page.getByRole('button', { name: 'Drain fra-1' });
    await drain.press('Enter');
    await page.getByRole('dialog', { name: 'Drain fra-1?' }).waitFor();
    expect(await page.locator('#confirm-sentence').textContent()).toContain('the others stay until they end');
    await page.getByRole('button', { name: 'Cancel' }).press('Enter');
    expect(stage.server.changes.slice(before)).toEqual([]);
    await drain.press('Enter');
    stage.server.answer('/api/v1/origins', 200, { origins: [originOf({ draining: true })], next: null });
    await page.locator('#confirm-action').press('Enter');
    await page.getByText('fra-1 takes nobody new.').first().waitFor();
    const resume = page.getByRole('button', { name: 'Resume fra-1' });
    await resume.waitFor();
    expect(await resume.evaluate((element) => element === document.activeElement)).toBe(true);
    await resume.press('Enter');
    await page.getByText('fra-1 takes publishers again.').first().waitFor();
    expect(stage.server.changes.slice(-2)).toEqual([
      'PATCH /api/v1/origins/fra-1 {"draining":true}',
      'PATCH /api/v1/origins/fra-1 {"draining":false}',
    ]);
    await page.context().close();
  });

  it('are not spared because the question before was answered a moment ago', async () => {
    answerStudio(stage);
    stage.server.answer('PATCH /api/v1/origins/fra-1', 204, null);
    const page = await openStudio(stage, 'origins');
    const drain = page.getByRole('button', { name: 'Drain fra-1' });
    await drain.click();
    // Its dialog is open again before the browser tells that it was closed.
    await drain.evaluate((button: HTMLElement) => {
      (document.getElementById('confirm') as HTMLDialogElement).close('no');
      button.click();
    });
    const before = stage.server.changes.length;
    await page.locator('#confirm-action').click();
    await page.getByText('fra-1 takes nobody new.').first().waitFor();
    expect(stage.server.changes.slice(before)).toEqual(['PATCH /api/v1/origins/fra-1 {"draining":true}']);
    await page.context().close();
  });

  it('are removed once they are gone, or why not is told', async () => {
    answerStudio(stage);
    const detail = 'Origin iad-1 holds broadcasts that are not over: 2. Another origin with the bucket finishes them.';
    stage.server.answer('DELETE /api/v1/origins/iad-1', 409, { code: 'conflict', detail });
    const page = await openStudio(stage, 'origins');
    const remove = async () => {
      await page.getByRole('button', { name: 'Remove iad-1' }).click();
      await page.locator('#confirm-action').click();
    };
    await remove();
    await page.getByText(detail).first().waitFor();
    stage.server.answer('DELETE /api/v1/origins/iad-1', 204, null);
    stage.server.answer('/api/v1/origins', 200, { origins: [], next: null });
    await remove();
    await page.getByText('No origin was heard of yet.').waitFor();
    await page.locator('#main:focus').waitFor();
    await page.context().close();
  });

  it('say that they cannot be read', async () => {
    answerStudio(stage);
    stage.server.answer('/api/v1/origins', 503, { detail: 'The catalogue does not answer.' });
    const page = await openStudio(stage, 'origins');
    await page.getByText('The catalogue does not answer.').first().waitFor();
    expect(await page.locator('#origins-empty').isVisible()).toBe(false);
    await page.context().close();
  });
});

describe('a new origin', () => {
  it('gets its settings with a token that is told once', async () => {
    answerStudio(stage);
    const token = 'jt_1_secret-of-the-test';
    stage.server.answer('POST /api/v1/join-tokens', 201, { ...joinTokenOf(), token });
    stage.server.answer('DELETE /api/v1/join-tokens/jt_1', 204, null);
    const page = await openStudio(stage, 'origins');
    await page.getByRole('button', { name: 'Drain fra-1' }).waitFor();
    await page.getByLabel('Id', { exact: true }).fill('fra-1');
    await page.getByLabel('Address for PoPs').fill('https://fra-2.example.com');
    await page.getByRole('button', { name: 'Create join token' }).click();
    await page.getByRole('alert').filter({ hasText: 'There is an origin fra-1 already' }).waitFor();
    await page.getByLabel('Id', { exact: true }).fill('fra-2');
    await page.getByLabel('Region').fill('eu');
    await page.getByLabel('To join within').selectOption('24');
    await page.getByRole('button', { name: 'Create join token' }).click();
    const lines = page.locator('textarea[aria-label="Settings"]');
    await lines.waitFor();
    const wish = JSON.parse((stage.server.changes.at(-1) ?? '').replace('POST /api/v1/join-tokens ', ''));
    expect(wish).toEqual({ label: 'fra-2', expiresMs: expect.any(Number) });
    expect(Math.abs(wish.expiresMs - Date.now() - 86_400_000)).toBeLessThan(60_000);
    expect(await lines.inputValue()).not.toContain(token);
    await page.getByRole('button', { name: 'Show Settings' }).click();
    expect((await lines.inputValue()).split('\n')).toEqual([
      ...['HEADWATER_ORIGIN_ID=fra-2', `HEADWATER_CONTROL_URL=${stage.server.url}`, `HEADWATER_JOIN_TOKEN=${token}`],
      ...['HEADWATER_PUBLIC_URL=https://fra-2.example.com', 'HEADWATER_REGION=eu'],
    ]);
    // Which channel is chosen makes no difference to it.
    await page.locator('#channel').selectOption('sports');
    await page.getByRole('button', { name: 'Hide Settings' }).click();
    expect(await lines.inputValue()).not.toContain(token);
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.content()).not.toContain(token);
    expect(await stored(page)).not.toContain(token);
    await page.getByRole('button', { name: 'Revoke the join token fra-2' }).click();
    await page.locator('#confirm-action').click();
    await page.getByText('The join token is revoked.').first().waitFor();
    expect(stage.server.changes.at(-1)).toBe('DELETE /api/v1/join-tokens/jt_1');
    await page.context().close();
  });

  it('is made before there is a channel', async () => {
    answerStudio(stage);
    stage.server.answer('/api/v1/channels', 200, { channels: [], next: null });
    const page = await stage.open('/studio');
    await page.evaluate((token) => sessionStorage.setItem('headwater.studio.token', token), apiToken);
    await page.reload();
    await page.locator('#no-channel').waitFor();
    await page.getByRole('link', { name: 'Origins' }).click();
    await page.getByRole('button', { name: 'Drain fra-1' }).waitFor();
    expect(await page.locator('#no-channel').isVisible()).toBe(false);
    expect(new URL(page.url()).hash).toBe('#/origins');
    await page.context().close();
  });
});

describe('somebody who is no administrator', () => {
  it.each(['owner', 'viewer'])('is not shown them: %s', async (role) => {
    answerStudio(stage, {}, {}, role);
    const asked = () => ['/api/v1/origins', '/api/v1/join-tokens'].map((path) => stage.server.asked(path));
    const page = await openStudio(stage, 'keys');
    await page.locator(`:root[data-role="${role}"]`).waitFor();
    const before = asked();
    expect(await page.getByRole('link', { name: 'Settings' }).isVisible()).toBe(true);
    expect(await page.getByRole('link', { name: 'Origins' }).count()).toBe(0);
    for (const isAnew of [false, true]) {
      await page.evaluate(() => Object.assign(location, { hash: '#/origins/news' }));
      if (isAnew) await page.reload();
      await page.locator('#section-live').waitFor();
      expect(await page.locator('#section-origins').isVisible()).toBe(false);
      await expect.poll(() => new URL(page.url()).hash, patience).toBe('#/live/news');
    }
    expect(asked()).toEqual(before);
    await page.context().close();
  });
});
