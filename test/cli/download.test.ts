import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contentRangeOf } from '../../cli/download/resume.ts';
import { ApiDouble } from '../support/api-double.ts';
import { cli, tempFolder } from '../support/cli-run.ts';
import { pollUntil } from '../support/poll.ts';

const file = Buffer.from(Array.from({ length: 4_096 }, (_, index) => index % 251));
const etag = '"v1"';
const half = 2_048;

let api: ApiDouble;
let folder: ReturnType<typeof tempFolder>;
let path: string;

beforeEach(async () => {
  api = await ApiDouble.start();
  folder = tempFolder();
  path = join(folder.path, 'goal.mp4');
  api.json('GET /api/v1/clips/c_1', { id: 'c_1', playback: { download: '/c/c_1/clip.mp4' } });
});

afterEach(async () => {
  await api.stop();
  folder.remove();
});

function load(...args: string[]) {
  const env = { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' };
  return cli(['clip', 'download', 'c_1', '-o', 'goal.mp4', '--json', ...args], { env, cwd: folder.path });
}

/** Serves the file with ranges as RFC 9110 14 says; the first answers break off after `half` bytes. */
function serve({ breaks = 0, tag = etag, route = 'GET /c/c_1/clip.mp4' } = {}): void {
  let left = breaks;
  api.on(route, ({ headers }, response) => {
    const fits = headers['if-range'] === tag;
    const from = fits ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
    const range = `bytes ${from}-${file.length - 1}/${file.length}`;
    const shared = { etag: tag, 'content-length': file.length - from };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...shared, 'content-range': range } : shared);
    if (left-- <= 0) response.end(file.subarray(from));
    else breakOff(response, from, from + half / 2);
  });
}

/** Breaks off once the bytes are on the disk: those that the client has not read yet would be lost with the connection. */
async function breakOff(response: ServerResponse, from: number, to: number): Promise<void> {
  response.write(file.subarray(from, to));
  await pollUntil(
    () => (statSync(`${path}.part`, { throwIfNoEntry: false })?.size ?? 0) >= to,
    'the bytes to be written',
  );
  response.destroy();
}

const ranges = () =>
  api.calls.filter(({ target }) => target.endsWith('.mp4')).map(({ headers }) => headers.range ?? null);

it('loads a clip; the API token is not for media', async () => {
  serve();
  const { code, json } = await load();
  expect(code).toBe(0);
  expect(json).toEqual({ clip: 'c_1', file: path, sizeBytes: 4_096, resumedBytes: 0 });
  expect(readFileSync(path)).toEqual(file);
  expect([existsSync(`${path}.part`), existsSync(`${path}.part.etag`)]).toEqual([false, false]);
  expect(api.calls.at(-1)?.headers.authorization).toBeUndefined();
});

it('goes on where the connection broke', async () => {
  serve({ breaks: 2 });
  expect((await load()).code).toBe(0);
  expect(readFileSync(path)).toEqual(file);
  expect(ranges()).toEqual([null, 'bytes=1024-', 'bytes=2048-']);
});

it('goes on where an earlier try broke', async () => {
  writeFileSync(`${path}.part`, file.subarray(0, half));
  writeFileSync(`${path}.part.etag`, etag);
  serve();
  expect((await load()).json.resumedBytes).toBe(half);
  expect(readFileSync(path)).toEqual(file);
  expect(ranges()).toEqual(['bytes=2048-']);
});

it('begins anew when the file is another one now', async () => {
  writeFileSync(`${path}.part`, Buffer.alloc(half));
  writeFileSync(`${path}.part.etag`, '"v0"');
  serve();
  expect((await load()).code).toBe(0);
  expect(readFileSync(path)).toEqual(file);
});

it('begins anew when what is here is longer than what is there', async () => {
  writeFileSync(`${path}.part`, Buffer.alloc(9_999));
  writeFileSync(`${path}.part.etag`, etag);
  let asked = 0;
  api.on('GET /c/c_1/clip.mp4', ({ headers }, response) => {
    asked++;
    if (headers.range) response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    else response.writeHead(200, { 'content-length': file.length, etag }).end(file);
  });
  expect((await load()).code).toBe(0);
  expect([readFileSync(path).equals(file), asked]).toEqual([true, 2]);
});

it('never joins what a weak ETag does not promise to be the same', async () => {
  serve({ breaks: 1, tag: 'W/"v1"' });
  expect((await load()).code).toBe(0);
  expect(readFileSync(path)).toEqual(file);
  expect(ranges()).toEqual([null, null]);
});

it('leaves a file alone that is there, unless told', async () => {
  serve();
  writeFileSync(path, 'mine');
  const { code, err } = await load();
  expect([code, JSON.parse(err).error.code, readFileSync(path, 'utf8')]).toEqual([1, 'file_exists', 'mine']);
  expect((await load('--force')).code).toBe(0);
  expect(readFileSync(path)).toEqual(file);
});

it('is told why it is refused, and does not try again', async () => {
  api.json('GET /c/c_1/clip.mp4', { code: 'gone', detail: 'The clip was deleted.' }, 410);
  const { code, err } = await load();
  expect([code, JSON.parse(err).error.code, ranges().length]).toEqual([1, 'gone', 1]);
  expect(existsSync(path)).toBe(false);
});

it('opens a closed clip by a link of its own, which ends with the download', async () => {
  api.json('POST /api/v1/links', { id: 'ln_1', token: 'ey.J' }, 201);
  api.json('DELETE /api/v1/links/ln_1', null, 204);
  const tokens: unknown[] = [];
  api.on('GET /c/c_1/clip.mp4', ({ headers }, response) => {
    tokens.push(headers.authorization);
    if (headers.authorization) response.writeHead(200, { etag: '"v1"', 'content-length': file.length }).end(file);
    else response.writeHead(403, { 'content-type': 'application/problem+json' }).end('{"code":"site_refused"}');
  });
  expect((await load()).code).toBe(0);
  expect(readFileSync(path)).toEqual(file);
  expect(api.lines.map((line) => line.replace(/\d{13}/, '…'))).toEqual([
    'GET /api/v1/clips/c_1',
    'GET /c/c_1/clip.mp4',
    'POST /api/v1/links {"clip":"c_1","scopes":["download"],"anySite":true,"expiresMs":…,"label":"headwater clip download"}',
    'GET /c/c_1/clip.mp4',
    'DELETE /api/v1/links/ln_1',
  ]);
  expect(tokens).toEqual([undefined, 'Bearer ey.J']);
});

it.each([
  ['bytes 5-9/10', { from: 5, sizeBytes: 10 }],
  ['bytes 5-9/*', { from: 5, sizeBytes: null }],
  ['bytes */10', null],
  [null, null],
])('the range %s', (text, range) => expect(contentRangeOf(text)).toEqual(range));
