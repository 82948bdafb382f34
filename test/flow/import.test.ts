import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { codesOf, numbers, probeFile } from '../support/coded-broadcast.ts';
import { writeCodedFile } from '../support/coded-file.ts';
import { readMultivariant } from '../support/oracles.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { expectWhole, watchWhole } from '../support/watch-whole.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../origin/import.ts');
const command = join(import.meta.dirname, '../../cli/headwater.mjs');

let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let folder: string;
let config: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-import-'));
  stack = await startTestStack();
  config = join(stack.dataDir, 'origin/config.json');
  browser = await launchChromium();
  players = await startPlayersPage();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

async function headwaterImport(args: readonly string[]): Promise<{ readonly code: number; readonly lines: Line[] }> {
  const all = [program, '--channel', stack.run.channel, ...args, '--config', config, '--json'];
  const { stdout, code } = await run(process.execPath, all, { timeout: 120_000 }).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (cause) => ({ stdout: String(cause.stdout), code: Number(cause.code) }),
  );
  const lines = stdout.split('\n').filter((line) => line !== '');
  return { code, lines: lines.map((line) => JSON.parse(line) as Line) };
}

interface Upload {
  readonly id: string;
  readonly state: string;
  readonly share: number;
  readonly broadcast: string | null;
}

async function newestUpload(): Promise<Upload | undefined> {
  const response = await stack.api('GET', `/channels/${stack.run.channel}/imports`);
  return ((await response.json()) as { imports: Upload[] }).imports[0];
}

/** The operator's command that sends a file over HTTP; what it wrote at its end. */
async function headwaterUpload(file: string, title: string) {
  const env = { ...process.env, HEADWATER_URL: stack.popUrl(1), HEADWATER_TOKEN: stack.run.apiToken };
  const args = [command, 'replay', 'upload', file, '--channel', stack.run.channel, '--title', title, '--json'];
  return run(process.execPath, args, { env, timeout: 120_000 }).then(
    ({ stdout }) => ({ code: 0, said: JSON.parse(stdout) }),
    (cause) => ({ code: Number(cause.code), said: JSON.parse(String(cause.stderr)) }),
  );
}

let long: Promise<string> | null = null;

/** A file whose import takes a while. */
function longFile(): Promise<string> {
  const shape = { width: 640, height: 360, seconds: 60, sound: true };
  long ??= writeCodedFile(join(folder, 'long.mp4'), shape);
  return long;
}

async function orphans(): Promise<unknown[]> {
  return ((await (await stack.api('GET', '/orphans')).json()) as { orphans: unknown[] }).orphans;
}

async function replays(): Promise<Record<string, unknown>[]> {
  const response = await stack.api('GET', `/channels/${stack.run.channel}/replays`);
  return ((await response.json()) as { replays: Record<string, unknown>[] }).replays;
}

it.each([
  ['with sound', { width: 640, height: 360, sound: true, turned: false }, '640x360'],
  ['without sound, standing', { width: 360, height: 640, sound: false, turned: false }, '360x640'],
  ['turned, as telephones write it', { width: 640, height: 360, sound: true, turned: true }, '360x640'],
] as const)(
  'a file %s becomes a replay with every picture of it',
  async (_, shape, size) => {
    const file = await writeCodedFile(join(folder, 'in.mp4'), { ...shape, seconds: 15 });
    const { code, lines } = await headwaterImport([file, '--title', 'From a file']);
    const last = lines.at(-1);
    expect([code, last]).toMatchObject([0, { event: 'ready', channel: stack.run.channel }]);
    const percents = lines.filter(({ event, stage }) => event === 'progress' && stage === 'encode');
    expect(percents.at(-1)).toEqual({ event: 'progress', stage: 'encode', percent: 100 });
    const [replay] = await replays();
    expect(replay).toMatchObject({ id: last?.broadcast, title: 'From a file', state: 'ready', gapMs: 0, uploaded: 1 });
    const master = `${stack.popUrl(1)}${last?.hls}`;
    const text = await (await fetch(master)).text();
    expect(text).toContain(`RESOLUTION=${size}`);
    for (const uri of readMultivariant(text).filter((one) => one.startsWith('v'))) {
      const codes = await codesOf(new URL(uri, master).href);
      expect(codes).toHaveLength(450);
      // The code is not made to be read lying down.
      if (!shape.turned) expect(codes.map((one) => one?.frame ?? null)).toEqual(numbers(0, 449));
    }
    const download = join(folder, 'out.mp4');
    const bytes = await (await fetch(`${stack.popUrl(2)}/b/${last?.broadcast}/download.mp4`)).arrayBuffer();
    writeFileSync(download, Buffer.from(bytes));
    const { durationS, streams } = await probeFile(download);
    expect([Math.round(10 * durationS) / 10, streams.map(({ kind }) => kind).sort()]).toEqual([
      15,
      shape.sound ? ['audio', 'video'] : ['video'],
    ]);
    if (shape.sound && !shape.turned) {
      const pictures = (await codesOf(file)).flatMap((one) => one ?? []);
      expectWhole(await watchWhole(browser, players.url('hls-standard', master)), pictures, 30);
    }
  },
  120_000,
);

it("the operator's command makes a replay of a file, and says where it is", async () => {
  const file = await writeCodedFile(join(folder, 'desk.mp4'), { width: 320, height: 180, seconds: 4, sound: true });
  const args = [command, 'replay', 'import', file, '--channel', stack.run.channel, '--title', 'From the desk'];
  const { stdout } = await run(process.execPath, [...args, '--config', config, '--json'], { timeout: 120_000 });
  const made = JSON.parse(stdout) as { broadcast: string; hls: string; durationMs: number; sizeBytes: number };
  expect(made).toMatchObject({ channel: stack.run.channel, page: expect.stringContaining(made.broadcast) });
  const [replay] = await replays();
  const { broadcast: id, sizeBytes } = made;
  expect(replay).toMatchObject({ id, title: 'From the desk', state: 'ready', gapMs: 0, sizeBytes });
  const master = `${stack.popUrl(2)}${made.hls}`;
  const [best = ''] = readMultivariant(await (await fetch(master)).text());
  const codes = await codesOf(new URL(best, master).href);
  expect(codes.map((one) => one?.frame ?? null)).toEqual(numbers(0, 119));
  const env = { ...process.env, HEADWATER_URL: stack.popUrl(0), HEADWATER_TOKEN: stack.run.apiToken };
  const shown = await run(process.execPath, [command, 'replay', 'show', id, '--json'], { env });
  expect(JSON.parse(shown.stdout)).toMatchObject({ id, title: 'From the desk' });
}, 120_000);

it('a file that is sent over HTTP becomes a replay, though the origin is killed meanwhile; it is told how far it is', async () => {
  const file = await writeCodedFile(join(folder, 'sent.mp4'), { width: 320, height: 180, seconds: 6, sound: true });
  // A box of free space after all others (ISO/IEC 14496-12, 8.1.2): it takes two parts.
  const space = Buffer.alloc(17 * 2 ** 20);
  space.writeUInt32BE(space.length);
  space.write('free', 4);
  appendFileSync(file, space);
  const before = (await replays()).length;
  const sending = headwaterUpload(file, 'Sent');
  const isAtOrigin = async () => !['receiving', 'queued', undefined].includes((await newestUpload())?.state);
  await pollUntil(isAtOrigin, 'an origin to have the file', 60_000, 20);
  const first = stack.run.pids.origin;
  process.kill(first, 'SIGKILL');
  const { code, said } = await sending;
  const { broadcast } = said;
  expect([code, said]).toMatchObject([0, { state: 'ready', share: 1, partsMissing: [], problem: null }]);
  expect(stack.run.pids.origin).not.toBe(first);
  const made = await replays();
  expect([made.length, made[0]]).toMatchObject([
    before + 1,
    { id: broadcast, title: 'Sent', state: 'ready', gapMs: 0, uploaded: 1 },
  ]);
  const master = `${stack.popUrl(2)}/b/${broadcast}/index.m3u8`;
  const [best = ''] = readMultivariant(await (await fetch(master)).text());
  const codes = await codesOf(new URL(best, master).href);
  expect(codes.map((one) => one?.frame ?? null)).toEqual(numbers(0, 179));
}, 120_000);

it('leaves nothing behind when it is stopped or the file is cut off, and the next one clears up after a killed one', async () => {
  const before = (await replays()).length;
  const file = await longFile();
  const imports = join(stack.dataDir, 'origin/imports');
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const args = [program, file, '--channel', stack.run.channel, '--config', config, '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const closed = once(child, 'close');
    await pollUntil(() => /"percent":[1-9]/.test(said), 'the import to be under way', 30_000);
    child.kill(signal);
    await closed;
    expect(said.includes('"code":"import_stopped"')).toBe(signal === 'SIGTERM');
    expect(readdirSync(imports)).toHaveLength(signal === 'SIGTERM' ? 0 : 1);
  }
  const cut = join(folder, 'cut.mp4');
  writeFileSync(cut, readFileSync(file).subarray(0, 600_000));
  const { code, lines } = await headwaterImport([cut]);
  expect([code, lines.map(({ event }) => event)[0], lines.at(-1)?.code]).toEqual([1, 'note', 'import_incomplete']);
  expect(readdirSync(imports)).toEqual([]);
  expect((await replays()).length).toBe(before);
  expect(await orphans()).toEqual([]);
}, 120_000);

it('an upload that is cancelled while it is encoded leaves nothing', async () => {
  const before = (await replays()).length;
  const sending = headwaterUpload(await longFile(), 'Never');
  const isHalfway = async () => {
    const { state, share = 0 } = (await newestUpload()) ?? {};
    return state === 'encoding' && share > 0;
  };
  await pollUntil(isHalfway, 'the upload to be encoded', 90_000, 50);
  const { id } = (await newestUpload()) ?? {};
  expect((await stack.api('DELETE', `/imports/${id}`)).status).toBe(204);
  expect(await sending).toMatchObject({ code: 1, said: { error: { code: 'import_cancelled' } } });
  const imports = join(stack.dataDir, 'origin/imports');
  await pollUntil(() => readdirSync(imports).length === 0, 'the upload to be undone', 30_000);
  expect([(await replays()).length, await orphans()]).toEqual([before, []]);
}, 180_000);

it.each([
  ['a list that names other files', 'ffconcat version 1.0\nfile /etc/passwd\n', 'file_not_mp4'],
  ['a playlist', '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n', 'file_not_mp4'],
])('refuses %s', async (_, text, code) => {
  const file = join(folder, 'trick.mp4');
  writeFileSync(file, text);
  const { code: exit, lines } = await headwaterImport([file]);
  expect([exit, lines]).toEqual([1, [{ event: 'failed', code, message: expect.stringContaining('-c copy') }]]);
});

it('refuses a channel that is not there before anything is made', async () => {
  const file = await writeCodedFile(join(folder, 'in.mp4'), { width: 320, height: 180, seconds: 2, sound: false });
  const { code, lines } = await headwaterImport([file, '--channel', 'nobody']);
  expect([code, lines]).toMatchObject([1, [{ event: 'failed', code: 'import_refused' }]]);
});
