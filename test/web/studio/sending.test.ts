import { afterEach, expect, it } from 'vitest';
import type { Import } from '#shared/api/shapes.ts';
import { useStage } from '../stage.ts';
import { importOf } from './facts.ts';
import { fakeMedia } from './fake-media.ts';
import { answerStudio, openStudio, stored } from './studio-stage.ts';

/** What a browser sends from the studio: its camera, and files. */

const stage = useStage();
const patience = { timeout: 9_000 };

afterEach(() => {
  expect(stage.faults.splice(0), 'script errors and breaches of the policy').toEqual([]);
  stage.server.answer('/api/v1/channels', 404, {});
});

it('sends a camera of this browser by a key of its own, one at a time, and leaves none behind', async () => {
  answerStudio(stage, { state: 'waiting', broadcast: null });
  const keys = '/api/v1/channels/news/keys';
  const nextKey = (id: string) => stage.server.answer(`POST ${keys}`, 201, { id, streamKey: `${id}_secret` });
  const made = `POST ${keys} {"label":"This browser"}`;
  const from = stage.server.changes.length;
  const changes = () => stage.server.changes.slice(from);
  const page = await openStudio(stage);
  await page.addInitScript(fakeMedia);
  await page.reload();
  await page.getByText('Go live from this browser').click();
  await page.getByRole('button', { name: 'Use camera' }).click();
  const start = page.locator('#cast-start');
  await start.waitFor();
  const shown = () =>
    page.locator('#cast-devices select').evaluateAll((lists) => lists.map((list) => (list as HTMLSelectElement).value));
  expect(await shown()).toEqual(['camera-2', 'microphone-2']);

  // Two arrow keys in the closed list: what was opened first is let go of.
  await page.locator('#cast-camera').evaluate((list: HTMLSelectElement) => {
    for (const camera of ['camera-2', 'camera-1']) {
      list.value = camera;
      list.dispatchEvent(new Event('change'));
    }
  });
  await start.waitFor();
  expect(await shown()).toEqual(['camera-1', 'microphone-2']);
  const recording = await page.evaluate(() =>
    window.fakeMedia.opened.map((stream) => stream.getTracks().filter((track) => track.readyState === 'live').length),
  );
  expect(recording).toEqual([0, 0, 2]);

  nextKey('sk_7');
  stage.server.answer(`DELETE ${keys}/sk_7`, 500, {});
  await start.click();
  // The button that was pressed is gone: the keyboard is where the broadcast is ended.
  await page.locator('#cast-stop:focus').waitFor();
  expect([await start.isVisible(), await page.locator('#cast-choice').isVisible()]).toEqual([false, false]);
  const connections = () => page.evaluate(() => window.fakeMedia.sockets.length);
  await expect.poll(connections, patience).toBe(1);
  await expect.poll(() => start.isEnabled(), patience).toBe(true);
  await start.evaluate((button: HTMLButtonElement) => button.click());
  const wakes = () => page.evaluate(() => window.fakeMedia.wakes);
  const comeBack = () => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect.poll(wakes, patience).toBe(1);
  await comeBack();
  await expect.poll(wakes, patience).toBe(2);
  expect([await connections(), changes()]).toEqual([1, [made]]);

  await page.evaluate(() =>
    window.fakeMedia.sockets[0]?.onmessage?.({ data: '{"type":"refused","sentence":"Not now."}' }),
  );
  await page.locator('#cast-sentence').filter({ hasText: 'Not now.' }).waitFor();
  // The other button goes, too, when it is refused.
  await page.locator('#cast-start:focus').waitFor();
  await expect.poll(changes, patience).toEqual([made, `DELETE ${keys}/sk_7`]);
  await comeBack();
  expect(await wakes()).toBe(2);
  expect(await stored(page)).not.toContain('secret');

  // What could not be deleted is before the next one is made, and that one as the page is left.
  nextKey('sk_8');
  // Who is elsewhere by then stays there.
  await page.getByRole('link', { name: 'Replays' }).focus();
  await start.evaluate((button: HTMLButtonElement) => button.click());
  await expect.poll(connections, patience).toBe(2);
  expect(await page.locator('#cast-stop:focus').count()).toBe(0);
  await expect.poll(wakes, patience).toBe(3);
  expect(changes().slice(2)).toEqual([`DELETE ${keys}/sk_7`, made]);
  await page.goto('about:blank');
  await expect.poll(() => changes().at(-1), patience).toBe(`DELETE ${keys}/sk_8`);
  await page.context().close();
});

it('imports a video: goes on where it broke off, tells how far it is, cancels', async () => {
  answerStudio(stage);
  const { server } = stage;
  const id = 'i_00000000000000000001';
  const list = (different: Partial<Import>) =>
    server.answer('/api/v1/channels/news/imports', 200, { imports: [importOf(different)], next: null });
  server.answer('POST /api/v1/channels/news/imports', 201, () => {
    list({});
    return importOf();
  });
  for (const part of [0, 2]) server.answer(`PUT /api/v1/imports/${id}/parts/${part}`, 204, null);
  server.answer(`PUT /api/v1/imports/${id}/parts/1`, 503, { detail: 'The bucket is away.' });
  server.answer(`POST /api/v1/imports/${id}/complete`, 200, () => {
    list({ state: 'queued', partsMissing: [] });
    return importOf({ state: 'queued', partsMissing: [] });
  });
  server.answer(`DELETE /api/v1/imports/${id}`, 204, null);
  const page = await openStudio(stage, 'replays');
  await page.getByText('Encoding, 42 %').waitFor();
  const open = page.getByRole('link', { name: 'Open the replay of Half-time' });
  expect(await open.getAttribute('href')).toBe('/replay/b_00000000000000000002');

  const changed = server.changes.length;
  const file = { name: 'Match.mp4', mimeType: 'video/mp4', buffer: Buffer.from('abcdefghij') };
  await page.locator('#import-file').setInputFiles(file);
  await page.locator('#import-title').fill('Finals');
  await page.getByRole('button', { name: 'Upload video' }).click();
  await page.getByText('Upload waits at 40 %: The bucket is away.').waitFor();
  server.answer(`PUT /api/v1/imports/${id}/parts/1`, 204, null);
  await page.getByText('Uploaded, waits for an origin').waitFor();
  await page.getByRole('button', { name: 'Cancel Finals' }).click();
  list({ state: 'cancelled', partsMissing: [] });
  await page.locator('#confirm-action').click();
  await expect.poll(() => server.changes).toContain(`DELETE /api/v1/imports/${id}`);
  await page.getByText('Cancelled', { exact: true }).waitFor();
  expect([...new Set(server.changes.slice(changed))]).toEqual([
    'POST /api/v1/channels/news/imports {"name":"Match.mp4","sizeBytes":10,"title":"Finals"}',
    `PUT /api/v1/imports/${id}/parts/0 abcd`,
    `PUT /api/v1/imports/${id}/parts/1 efgh`,
    `PUT /api/v1/imports/${id}/parts/2 ij`,
    `POST /api/v1/imports/${id}/complete`,
    `DELETE /api/v1/imports/${id}`,
  ]);

  // A page that was closed has lost the file: it is asked for again, and has to be the same.
  const half = { title: null, partsMissing: [2], share: 0.8 };
  list(half);
  server.answer(`GET /api/v1/imports/${id}`, 200, importOf(half));
  await page.reload();
  await page.getByText('80 % uploaded, this page sends nothing').waitFor();
  const goOn = async (chosen: typeof file) => {
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Go on with Match.mp4' }).click();
    await (await choosing).setFiles(chosen);
  };
  await goOn({ ...file, buffer: Buffer.from('abc') });
  await page.getByText('This is another file. Choose Match.mp4 with 10 B.').first().waitFor();
  const before = server.changes.length;
  await goOn(file);
  await page.getByText('Uploaded, waits for an origin').waitFor();
  expect(server.changes.slice(before)).toEqual([
    `PUT /api/v1/imports/${id}/parts/2 ij`,
    `POST /api/v1/imports/${id}/complete`,
  ]);
  await page.context().close();
});
