import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { cli, tempFolder } from '../support/cli-run.ts';

const file = Buffer.from('0123456789');
const made = {
  ...{
    id: 'i_1',
    channel: 'news',
    name: 'talk.mp4',
    title: null,
    sizeBytes: 10,
    partBytes: 4,
    partsMissing: [0, 1, 2],
  },
  ...{ state: 'receiving', share: 0, waits: null, origin: null, broadcast: null, problem: null },
  ...{ createdMs: 1, updatedMs: 1 },
};
const ready = { ...made, partsMissing: [], state: 'ready', share: 1, origin: 'o-1', broadcast: 'b_1' };

let api: ApiDouble;
let folder: ReturnType<typeof tempFolder>;
/** Parts as they came, the last of each. */
let parts: Map<string, string>;

beforeEach(async () => {
  api = await ApiDouble.start();
  folder = tempFolder();
  writeFileSync(join(folder.path, 'talk.mp4'), file);
  parts = new Map();
  api.json('POST /api/v1/channels/news/imports', made, 201);
  api.json('POST /api/v1/imports/i_1/complete', { ...made, partsMissing: [], state: 'queued' });
  api.json('GET /api/v1/imports/i_1', ready);
  for (const part of [0, 1, 2]) take(part);
});
afterEach(async () => {
  await api.stop();
  folder.remove();
});

/** Takes a part, after it has failed so often. */
function take(part: number, failures = 0): void {
  let left = failures;
  api.on(`PUT /api/v1/imports/i_1/parts/${part}`, ({ headers }, response, bytes) => {
    if (left-- > 0) return response.destroy();
    parts.set(String(part), `${headers['content-length']} ${bytes}`);
    return response.writeHead(204).end();
  });
}

function upload(args: readonly string[], stopped?: Promise<void>) {
  const env = { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' };
  return cli(['replay', 'upload', 'talk.mp4', ...args], { env, cwd: folder.path, ...(stopped && { stopped }) });
}

const posted = () => api.lines.filter((line) => line.startsWith('POST'));
const sent = () => api.calls.filter(({ method }) => method === 'PUT').length;
const errorOf = (err: string) => JSON.parse(err).error;

it('sends a file in parts, and tells the replay once it is there', async () => {
  const { code, out, err } = await upload(['--channel', 'news', '--title', 'The talk']);
  expect([code, err]).toEqual([0, 'Import i_1\n']);
  expect(out).toBe(`import   i_1\nreplay   b_1\nchannel  news\nsize     10 B\nwatch    ${api.url}/replay/b_1\n`);
  expect(Object.fromEntries(parts)).toEqual({ 0: '4 0123', 1: '4 4567', 2: '2 89' });
  expect(posted()).toEqual([
    'POST /api/v1/channels/news/imports {"name":"talk.mp4","sizeBytes":10,"title":"The talk"}',
    'POST /api/v1/imports/i_1/complete',
  ]);
});

it('sends a part again that broke off, and writes the import as JSON', async () => {
  take(1, 2);
  expect((await upload(['--channel', 'news', '--json'])).json).toEqual(ready);
  expect([parts.size, sent()]).toEqual([3, 5]);
});

it('sends what is missing all the same when it is to be completed', async () => {
  let completes = 0;
  api.on('POST /api/v1/imports/i_1/complete', (_, response) => {
    const isWhole = ++completes === 2;
    const type = isWhole ? 'application/json' : 'application/problem+json';
    response.writeHead(isWhole ? 200 : 409, { 'content-type': type });
    response.end(JSON.stringify(isWhole ? ready : { code: 'conflict', detail: 'Parts are missing: 1.' }));
  });
  api.json('GET /api/v1/imports/i_1', { ...made, partsMissing: [1] });
  expect((await upload(['--channel', 'news', '--json'])).json).toEqual(ready);
  expect([completes, sent()]).toEqual([2, 4]);
});

it('goes on with an upload that broke off, with what it lacks', async () => {
  let looks = 0;
  api.on('GET /api/v1/imports/i_1', (_, response) => {
    response.writeHead(200).end(JSON.stringify(looks++ === 0 ? { ...made, partsMissing: [2] } : ready));
  });
  expect((await upload(['--resume', 'i_1', '--json'])).json).toEqual(ready);
  expect(Object.fromEntries(parts)).toEqual({ 2: '2 89' });
  expect(posted()).toEqual(['POST /api/v1/imports/i_1/complete']);
});

it('says why no origin makes the replay yet', async () => {
  const waiting = { ...made, partsMissing: [], state: 'queued', waits: 'no_origin' };
  let looks = 0;
  api.on('GET /api/v1/imports/i_1', (_, response) => {
    response.writeHead(200).end(JSON.stringify(looks++ === 0 ? waiting : ready));
  });
  const terminal = { env: { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' }, cwd: folder.path, typed: '' };
  const { code, err } = await cli(['replay', 'upload', 'talk.mp4', '--resume', 'i_1'], terminal);
  expect([code, err]).toEqual([0, expect.stringContaining('waiting for an origin: none is running')]);
});

it('refuses to go on with another file', async () => {
  api.json('GET /api/v1/imports/i_1', { ...made, sizeBytes: 11 });
  const { code, err } = await upload(['--resume', 'i_1', '--json']);
  expect([code, errorOf(err).code, sent()]).toEqual([1, 'file_changed', 0]);
});

it('can be stopped, and says how to go on', async () => {
  const stopped = Promise.withResolvers<void>();
  api.on('PUT /api/v1/imports/i_1/parts/1', () => stopped.resolve());
  const { code, err } = await upload(['--channel', 'news', '--json'], stopped.promise);
  const { code: why, hint } = errorOf(err);
  expect([code, why, hint]).toEqual([
    1,
    'upload_stopped',
    'Go on with: npx headwater replay upload talk.mp4 --resume i_1',
  ]);
  expect(posted()).toHaveLength(1);
});

it.each([
  [{ state: 'failed', problem: { code: 'file_not_mp4', detail: 'It is no\nMP4.' } }, 'file_not_mp4', 'It is no MP4.'],
  [{ state: 'cancelled' }, 'import_cancelled', 'The import was cancelled.'],
])('tells why there is no replay', async (end, why, words) => {
  api.json('GET /api/v1/imports/i_1', { ...ready, broadcast: null, ...end });
  const { code, out, err } = await upload(['--channel', 'news', '--json']);
  expect([code, out, errorOf(err).code, errorOf(err).message]).toEqual([1, '', why, words]);
});

it('does not repeat what is refused', async () => {
  api.json('PUT /api/v1/imports/i_1/parts/0', { code: 'forbidden', detail: 'Not yours.' }, 403);
  const { code, err } = await upload(['--channel', 'news', '--json']);
  expect([code, errorOf(err).code]).toEqual([1, 'forbidden']);
  expect(api.calls.filter(({ target }) => target.endsWith('/parts/0'))).toHaveLength(1);
});

it.each([
  [['talk.mp4'], 2, 'usage'],
  [['talk.mp4', '--channel', 'news', '--resume', 'i_1'], 2, 'usage'],
  [['none.mp4', '--channel', 'news'], 1, 'file_unreadable'],
  [['.', '--channel', 'news'], 1, 'file_unreadable'],
])('headwater replay upload %o is refused', async (args, exit, why) => {
  const env = { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' };
  const { code, err } = await cli(['replay', 'upload', ...args, '--json'], { env, cwd: folder.path });
  expect([code, errorOf(err).code, api.calls]).toEqual([exit, why, []]);
});
