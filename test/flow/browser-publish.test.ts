import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket as Socket } from 'ws';
import { launchChromium } from '../support/chromium.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let streamer: Browser;
let viewer: Browser;
let studio: Page;
const faults: string[] = [];

beforeAll(async () => {
  const fakeDevices = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
  [stack, streamer, viewer] = await Promise.all([startTestStack(), launchChromium(fakeDevices), launchChromium()]);
  studio = await streamer.newPage();
  await studio.addInitScript(() => {
    const scope = globalThis as unknown as { sockets: WebSocket[]; WebSocket: typeof WebSocket };
    scope.sockets = [];
    scope.WebSocket = class extends scope.WebSocket {
      constructor(url: string | URL) {
        super(url);
        scope.sockets.push(this);
      }
    };
  });
  studio.on('pageerror', (error) => faults.push(String(error)));
  studio.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  await studio.goto(`${stack.popUrl(0)}/studio`);
  await studio.getByLabel('API token').fill(stack.run.apiToken);
  await studio.keyboard.press('Enter');
  await studio.getByText('Go live from this browser').click();
}, 120_000);
afterAll(async () => {
  await Promise.all([streamer?.close(), viewer?.close()]);
  await stack?.stop();
}, 30_000);

const sentence = () => studio.locator('#cast-sentence').textContent();
const keys = async () => {
  const answer = await stack.api('GET', `/channels/${stack.run.channel}/keys`);
  const { keys } = (await answer.json()) as { keys: readonly { label: string; lastUsedEncoder: string | null }[] };
  return keys.filter(({ label }) => label === 'This browser');
};
/** Pictures that differ from the one before, as the page shows them. */
const movingPictures = (page: Page) =>
  page.evaluate(async () => {
    const video = document.querySelector('video') as HTMLVideoElement;
    const canvas = new OffscreenCanvas(64, 36);
    const paper = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    const seen = new Set<string>();
    for (let i = 0; i < 12; i++) {
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
      paper.drawImage(video, 0, 0, 64, 36);
      seen.add(String(paper.getImageData(0, 0, 64, 36).data));
    }
    return seen.size;
  });

it('a camera of this page goes live, and somebody else watches it', async () => {
  await studio.getByRole('button', { name: 'Use camera' }).click();
  await studio.getByRole('button', { name: 'Go live' }).click();
  await pollUntil(async () => (await sentence())?.startsWith('You are live.') === true, 'being live', 20_000);
  await stack.waitForState('live');
  const page = await viewer.newPage();
  await page.goto(`${stack.popUrl(1)}/watch/${stack.run.channel}`);
  await pollUntil(
    () => page.evaluate(() => (document.querySelector('video')?.currentTime ?? 0) > 1),
    'the first pictures',
    30_000,
  );
  expect(await movingPictures(page)).toBeGreaterThan(4);
  await page.close();
  expect(await keys()).toMatchObject([{ lastUsedEncoder: expect.stringMatching(/^Chrome \d+ on Linux$/) }]);
  const { broadcast } = await stack.view();
  const report = await (await stack.api('GET', `/broadcasts/${broadcast}`)).json();
  const { source } = (report as { report: { source: { video: object; audio: object } } }).report;
  expect(source).toMatchObject({ video: { codec: 'h264', gopMs: expect.any(Number) }, audio: { codec: 'aac' } });
});

it('a connection that breaks is made again, and the broadcast goes on', async () => {
  const { broadcast } = await stack.view();
  const sockets = () => studio.evaluate(() => (globalThis as unknown as { sockets: WebSocket[] }).sockets.length);
  await studio.evaluate(() => (globalThis as unknown as { sockets: WebSocket[] }).sockets.at(-1)?.close());
  await pollUntil(async () => (await sockets()) === 2, 'another connection');
  await pollUntil(async () => (await sentence())?.startsWith('You are live.') === true, 'being live again', 20_000);
  expect((await stack.waitForState('live')).broadcast).toBe(broadcast);
});

it('ends it, the key with it', async () => {
  await studio.getByRole('button', { name: 'End the broadcast' }).click();
  await stack.waitForState('ended');
  await pollUntil(async () => (await keys()).length === 0, 'the key to be gone');
  expect(await studio.locator('#cast-view').isHidden()).toBe(true);
  expect(faults).toEqual([]);
});

/** What the server says to a first message, and how it ends. */
function knock(path: string, first: string | Buffer): Promise<{ readonly said: unknown[]; readonly code: number }> {
  const said: unknown[] = [];
  const socket = new Socket(`${stack.popUrl(2).replace('http', 'ws')}${path}`);
  socket.on('open', () => socket.send(first));
  socket.on('message', (text: Buffer) => said.push(JSON.parse(text.toString())));
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => resolve({ said, code }));
  });
}

it('a wrong key is refused in the words that encoders hear', async () => {
  const hello = JSON.stringify({ streamKey: 'no-such-key', container: 'webm', picture: 'h264' });
  const { said, code } = await knock(`/publish?channel=${stack.run.channel}`, hello);
  expect(said).toEqual([{ type: 'refused', code: 'unknown_key', sentence: expect.stringContaining('stream key') }]);
  expect(code).toBe(1008);
});

it('a recording that is none ends in words', async () => {
  const made = await stack.api('POST', `/channels/${stack.run.channel}/keys`, { label: 'Hostile' });
  const { streamKey } = (await made.json()) as { streamKey: string };
  const socket = new Socket(`${stack.popUrl(0).replace('http', 'ws')}/publish?channel=${stack.run.channel}`);
  const said: { readonly type: string; readonly sentence?: string }[] = [];
  socket.on('open', () => socket.send(JSON.stringify({ streamKey, container: 'webm', picture: 'h264' })));
  socket.on('message', (text: Buffer) => {
    said.push(JSON.parse(text.toString()));
    if (said.length === 1) socket.send(Buffer.from('#EXTM3U\nfile:///etc/hostname\n'.repeat(10_000)));
  });
  await new Promise((resolve) => socket.on('close', resolve));
  expect(said).toMatchObject([
    { type: 'accepted' },
    { type: 'ended', sentence: expect.stringContaining('cannot read') },
  ]);
});

it.each([
  ['without a WebSocket', '/publish?channel=demo', 400],
  ['without a channel', '/publish', 400],
])('%s it is a plain refusal', async (_, path, status) => {
  const answer = await fetch(`${stack.popUrl(0)}${path}`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
});
