import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Api } from '../../../cli/api.ts';
import { checkClock } from '../../../cli/doctor/edge.ts';
import { checkToken } from '../../../cli/doctor/token.ts';
import { ApiDouble } from '../../support/api-double.ts';
import { cli, tempFolder } from '../../support/cli-run.ts';

let api: ApiDouble;
let folder: ReturnType<typeof tempFolder>;
const taken: Server[] = [];

beforeEach(async () => {
  api = await ApiDouble.start();
  folder = tempFolder();
});

afterEach(async () => {
  await api.stop();
  folder.remove();
  for (const server of taken.splice(0)) server.close();
});

const wireKeys = 'k1:0123456789abcdef0123456789abcdef';
const link = { id: 'ln_1', token: 'ey.J' };

/** A deployment that is well: bucket, clock, links and all. */
function beWell(): void {
  const objects = new Map<string, unknown>();
  let revoked = false;
  api.json('GET /healthz', { status: 'ok', pop: 'fra' });
  api.on('GET /time', (_, response) => response.end(new Date().toISOString()));
  api.json('GET /api/v1/channels', { channels: [], next: null });
  api.json('GET /api/v1/origins', { origins: [{ id: 'fra-1', dead: false }] });
  api.json('POST /api/v1/links', link, 201);
  api.on('DELETE /api/v1/links/ln_1', (_, response) => {
    revoked = true;
    response.writeHead(204).end();
  });
  api.on('POST /api/v1/channels', ({ body }, response) => {
    const { id } = body as { readonly id: string };
    const problem = (status: number, code: string) => ({ status, code, detail: 'A sentence.' });
    api.json(`GET /live/${id}/index.m3u8`, problem(401, 'token_missing'), 401);
    api.on(`GET /t/ey.J/live/${id}/index.m3u8`, (_, answer) => answer.writeHead(revoked ? 410 : 404).end());
    api.json(`DELETE /api/v1/channels/${id}`, null, 204);
    response.writeHead(201).end('{}');
  });
  api.any = ({ method, target }, response, bytes) => {
    if (!target.startsWith('/api/v1/origin/objects/b/')) return response.writeHead(404).end();
    if (method === 'PUT') objects.set(target, bytes);
    if (method === 'DELETE') objects.delete(target);
    if (method !== 'GET') return response.writeHead(204).end();
    const found = objects.get(target);
    return found ? response.end(found) : response.writeHead(404).end();
  };
}

async function doctor(env: Readonly<Record<string, string>> = {}, url = api.url) {
  const settings = { HEADWATER_URL: url, HEADWATER_TOKEN: 'right-token', HEADWATER_WIRE_KEYS: wireKeys, ...env };
  const run = await cli(['doctor', '--json'], { cwd: folder.path, env: settings });
  const found = run.json.checks.find.bind(run.json.checks);
  return { ...run, find: (check: string) => found((one: { readonly check: string }) => one.check === check) };
}

/** Ports of its own, so that whatever runs on this machine does not matter. */
const anyPorts = {
  ...{ HEADWATER_ORIGIN_ID: 'o-1', HEADWATER_RTMP_PORT: '0', HEADWATER_HTTP_PORT: '0' },
  HEADWATER_CONTROL_URL: 'http://127.0.0.1:9',
};

it('finds nothing wrong where all is well, and leaves nothing behind', async () => {
  beWell();
  const { code, json, err } = await doctor(anyPorts);
  const statuses = Object.fromEntries(
    json.checks.map((one: { check: string; status: string }) => [one.check, one.status]),
  );
  const names = [
    'settings',
    'node',
    'ffmpeg',
    'encoders',
    'ports',
    'disk',
    'edge',
    'transport',
    'clock',
    'api',
    'origins',
    'bucket',
    'token',
  ];
  expect(statuses).toEqual(Object.fromEntries(names.map((name) => [name, 'ok'])));
  expect([code, json.ok, err]).toEqual([0, true, '']);
  const left = api.lines
    .filter((line) => /^(?:POST|PUT|DELETE)/.test(line))
    .map((line) => line.split('/')[3]?.split(' ')[0]);
  expect(left).toEqual(['origin', 'origin', 'channels', 'links', 'links', 'channels']);
});

it('shows each as a line with its way out for people', async () => {
  beWell();
  api.json('GET /api/v1/origins', { origins: [] });
  const env = { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token', ...anyPorts, HEADWATER_CONTROL_URL: 'here' };
  const { code, out, err } = await cli(['doctor'], { cwd: folder.path, env });
  expect(code).toBe(1);
  expect(out).toContain(
    '✗ settings   The origin would not start. HEADWATER_CONTROL_URL: Invalid URL\n' +
      '             fix  Set HEADWATER_CONTROL_URL, such as https://',
  );
  expect(out).toContain('✓ transport  stays on this machine\n');
  expect(out).toContain(
    '✗ origins    No origin was ever heard of.\n' +
      '             fix  Start one: docs/operate/origin.md. The wire keys must be the same on both sides.\n',
  );
  expect(out).toContain('– bucket     needs the wire keys of an origin');
  expect(err).toBe('error  2 of 13 checks failed. (doctor_failed)\n  Each says above what to do.\n');
});

it('reads the configuration file of an origin as the origin does', async () => {
  beWell();
  const path = join(folder.path, 'origin.json');
  const content = { originId: 'o-2', controlUrl: 'http://127.0.0.1:9', wireKeys, ffmpegPath: `${folder.path}/none` };
  writeFileSync(path, JSON.stringify({ ...content, rtmp: { port: 0 }, http: { port: 0 }, bucket: { kind: 'none' } }));
  const env = { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' };
  const { json } = await cli(['doctor', '--json', '--config', 'origin.json'], { cwd: folder.path, env });
  const found = (check: string) => json.checks.find((one: { readonly check: string }) => one.check === check);
  expect(found('settings')).toMatchObject({ status: 'ok', detail: 'o-2, media stays nowhere' });
  expect(found('ffmpeg')).toMatchObject({ detail: `There is no ${folder.path}/none.` });
  expect(found('bucket')).toMatchObject({ status: 'ok' });
  const { json: gone } = await cli(['doctor', '--json', '--config', 'gone.json'], { cwd: folder.path, env });
  expect(gone.checks[0]).toMatchObject({ check: 'settings', status: 'failed' });
  expect(gone.checks[0].detail).toContain('gone.json cannot be read as JSON');
});

it('a misspelled setting is no setting', async () => {
  beWell();
  writeFileSync(join(folder.path, '.env'), 'HEADWATER_RTMP_PROT=1\nHEADWATER_URL=http://127.0.0.1:9\nFFMPEG=x\n');
  const { find } = await doctor(anyPorts);
  expect(find('settings')).toMatchObject({
    status: 'failed',
    detail: 'No settings of an origin: HEADWATER_RTMP_PROT.',
  });
});

it('a machine on which nothing is right', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  taken.push(server);
  const port = String((server.address() as { readonly port: number }).port);
  const settings = `HEADWATER_ORIGIN_ID=o-1\nHEADWATER_RTMP_PORT=${port}\nHEADWATER_HTTP_PORT=0\nFFMPEG_PATH=${folder.path}/none\n`;
  writeFileSync(join(folder.path, '.env'), settings);
  const { code, find } = await doctor({}, 'http://127.0.0.1:9');
  expect(code).toBe(1);
  expect(find('ffmpeg')).toMatchObject({ status: 'failed', detail: `There is no ${folder.path}/none.` });
  expect(find('encoders')).toMatchObject({ status: 'skipped', fix: null });
  expect(find('ports')).toMatchObject({
    status: 'failed',
    detail: `Not free: ${port} for encoders (held by another program).`,
  });
  expect(find('ports').fix).toContain('HEADWATER_RTMP_PORT');
  expect(find('edge')).toMatchObject({ status: 'failed' });
  expect(find('edge').fix).toContain('npx headwater up');
  for (const check of ['transport', 'clock', 'api', 'origins', 'bucket', 'token']) {
    expect(find(check)).toEqual({ check, status: 'skipped', detail: 'needs the edge', fix: null });
  }
});

it.each([
  ['edge', 'GET /healthz', 200, 'hello', 'not as a PoP does'],
  ['clock', 'GET /time', 200, '2020-01-01T00:00:00.000Z', 'ahead of the PoP'],
  ['clock', 'GET /time', 200, 'noon', 'does not tell the time'],
  [
    'api',
    'GET /api/v1/channels',
    401,
    '{"code":"unauthorized","detail":"The API token is not the right one."}',
    '(unauthorized)',
  ],
  ['origins', 'GET /api/v1/origins', 200, '{"origins":[{"id":"a","dead":true}]}', 'All 1 origins are dead'],
  ['token', 'POST /api/v1/links', 409, '{"code":"conflict","detail":"keys are full"}', 'keys are full'],
])('%s is ✗ when %s answers %i %s', async (check, call, status, body, words) => {
  beWell();
  api.on(call, (_, response) => response.writeHead(status).end(body));
  const { code, find } = await doctor(anyPorts);
  expect(code).toBe(1);
  expect(find(check)).toMatchObject({ status: 'failed' });
  expect(find(check).detail).toContain(words);
  expect(find(check).fix.length).toBeGreaterThan(10);
});

it.each([
  [404, {}, 'skipped', 'does not make links'],
  [201, { 'GET /t/': 401 }, 'failed', 'A fresh link is refused (401).'],
  [201, { 'GET /live/': 200 }, 'failed', 'A signed channel answers 200 without a token.'],
])('tokens: links answer %i and playlists %o', async (links, playlists: Record<string, number>, status, words) => {
  beWell();
  api.json('POST /api/v1/links', links === 404 ? { code: 'not_found', detail: 'No such call.' } : link, links);
  api.on('POST /api/v1/channels', ({ body }, response) => {
    const { id } = body as { readonly id: string };
    const answer = (call: string, path: string, usual: number) =>
      api.on(`${call}${path}`, (_, playlist) => playlist.writeHead(playlists[call] ?? usual).end());
    answer('GET /live/', `${id}/index.m3u8`, 401);
    answer('GET /t/', `ey.J/live/${id}/index.m3u8`, 404);
    api.json(`DELETE /api/v1/channels/${id}`, null, 204);
    response.writeHead(201).end('{}');
  });
  const { find } = await doctor(anyPorts);
  expect(find('token')).toMatchObject({ status });
  expect(find('token').detail).toContain(words);
  expect(api.lines.at(-1)).toMatch(/^DELETE \/api\/v1\/channels\/doctor-[0-9a-f]{12}$/);
});

it('an origin that has not joined yet is to be started first', async () => {
  beWell();
  const token = `jt_${'0'.repeat(20)}_${'a'.repeat(32)}`;
  const joining = { ...anyPorts, HEADWATER_JOIN_TOKEN: token, HEADWATER_DATA_DIR: join(folder.path, 'data') };
  const lines = Object.entries(joining).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder.path, 'desk.env'), lines.join(''));
  const env = { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' };
  const { code, json } = await cli(['doctor', '--json', '--env-file', 'desk.env'], { cwd: folder.path, env });
  expect(code).toBe(0);
  const detail = 'this origin has not joined yet: start it once, then run doctor again';
  expect(json.checks).toContainEqual({ check: 'bucket', status: 'skipped', detail, fix: null });
});

it.each([
  [
    'a put that is refused',
    'PUT',
    401,
    '{"code":"unauthorized","detail":"wrong: The signature does not match."}',
    'put is refused: wrong',
  ],
  ['a get that fails', 'GET', 500, '{"code":"internal","detail":"It failed."}', 'get is refused: It failed.'],
  ['other bytes', 'GET', 200, 'lies', 'What was read is not what was put.'],
])('the bucket is ✗ after %s', async (_, method, status, body, words) => {
  beWell();
  const well = api.any;
  api.any = (call, response, bytes) =>
    call.method === method ? response.writeHead(status).end(body) : well(call, response, bytes);
  const { find } = await doctor(anyPorts);
  expect(find('bucket')).toMatchObject({ status: 'failed' });
  expect(find('bucket').detail).toContain(words);
  const deletes = api.lines.filter((line) => line.startsWith('DELETE /api/v1/origin/objects/'));
  expect(deletes.length).toBe(method === 'PUT' ? 0 : 1);
});

it("judges the control plane of the origin's settings, unless an address is named", async () => {
  api.json('GET /healthz', { status: 'ok', pop: 'fra' });
  const { HEADWATER_CONTROL_URL: _, ...ports } = anyPorts;
  const edgeOf = async (args: readonly string[], named: Readonly<Record<string, string>> = {}) => {
    const env = { ...ports, FFMPEG_PATH: `${folder.path}/none`, ...named };
    const { json } = await cli(['doctor', '--json', ...args], { cwd: folder.path, env });
    return json.checks.find((one: { readonly check: string }) => one.check === 'edge').detail;
  };
  expect(await edgeOf([], { HEADWATER_CONTROL_URL: `${api.url}/` })).toContain('PoP fra answers');
  writeFileSync(join(folder.path, 'origin.json'), JSON.stringify({ controlUrl: api.url, wireKeys }));
  expect(await edgeOf(['--config', 'origin.json'])).toContain('PoP fra answers');
  writeFileSync(join(folder.path, '.env'), `HEADWATER_CONTROL_URL=${api.url}\n`);
  expect(await edgeOf([])).toContain('PoP fra answers');
  expect(await edgeOf(['--url', 'http://127.0.0.1:9'])).toContain('Nothing answers at http://127.0.0.1:9');
});

it('sends no token to what a file names, unless that is on this machine or the address is given too', async () => {
  beWell();
  const { HEADWATER_CONTROL_URL: _, ...ports } = anyPorts;
  const env = { ...ports, FFMPEG_PATH: `${folder.path}/none`, HEADWATER_TOKEN: 'right-token' };
  // An address of this machine that is none of its loopback interface.
  const url = api.url.replace('127.0.0.1', '0.0.0.0');
  const found = async (args: readonly string[] = [], more: Readonly<Record<string, string>> = {}) => {
    api.calls.length = 0;
    const { json } = await cli(['doctor', '--json', ...args], { cwd: folder.path, env: { ...env, ...more } });
    const checks = ['edge', 'clock', 'api', 'origins', 'token'].map((name) =>
      json.checks.find((one: { readonly check: string }) => one.check === name),
    );
    const isSent = api.calls.some(({ headers }) => headers.authorization !== undefined);
    return [checks.map(({ status }) => status).join(' '), isSent, checks.at(-1).detail];
  };
  const heldBack = ['ok ok skipped skipped skipped', false, 'add --url to use your token there'];
  const sent = ['ok ok ok ok ok', true, expect.anything()];
  writeFileSync(join(folder.path, '.env'), `HEADWATER_CONTROL_URL=${url}\n`);
  expect(await found()).toEqual(heldBack);
  beWell();
  expect(await found(['--url', url])).toEqual(sent);
  beWell();
  expect(await found([], { HEADWATER_CONTROL_URL: url })).toEqual(sent);
  writeFileSync(join(folder.path, 'origin.json'), JSON.stringify({ controlUrl: url, wireKeys }));
  writeFileSync(join(folder.path, '.env'), '');
  expect(await found(['--config', 'origin.json'])).toEqual(heldBack);
  writeFileSync(join(folder.path, '.env'), `HEADWATER_CONTROL_URL=${api.url}\n`);
  beWell();
  expect(await found()).toEqual(sent);
});

it('no address is an ✗ of its own', async () => {
  const env = { ...anyPorts, HEADWATER_CONTROL_URL: 'here' };
  const { code, json } = await cli(['doctor', '--json'], { cwd: folder.path, env });
  expect(code).toBe(1);
  expect(json.checks.find((one: { readonly check: string }) => one.check === 'edge').detail).toContain('not known');
});

it('secrets stand in no verdict', async () => {
  beWell();
  const { out, err } = await doctor(anyPorts);
  for (const secret of ['right-token', wireKeys.slice(3), 'ey.J']) expect(out + err).not.toContain(secret);
});

it('a link that outlives its revocation is ✗, and is not waited for longer than it may take', async () => {
  api.json('POST /api/v1/links', link, 201);
  api.json('DELETE /api/v1/links/ln_1', null, 204);
  api.any = ({ method, target }, response) => {
    const status = target.startsWith('/live/') ? 401 : target.startsWith('/t/') ? 404 : method === 'DELETE' ? 204 : 201;
    return response.writeHead(status).end(status === 201 ? '{}' : '');
  };
  const verdict = await checkToken(new Api({ url: api.url, token: 'right-token', tokenFrom: '' }), 0);
  expect(verdict).toMatchObject({ check: 'token', status: 'failed', detail: 'A revoked link still opens after 0 s.' });
  expect(api.lines.at(-1)).toMatch(/^DELETE \/api\/v1\/channels\/doctor-/);
});

it('a clock that is behind, and one that is near enough', async () => {
  api.on('GET /time', (_, response) => response.end(new Date(Date.now() + 60_000).toISOString()));
  const address = { url: api.url, token: null, tokenFrom: '', local: null };
  expect(await checkClock(address)).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('behind the PoP'),
  });
  expect(await checkClock(address, 120_000)).toMatchObject({ status: 'ok' });
});
