import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { holdDataFolder } from '../../../origin/broadcast/data-hold.ts';
import { cli, tempFolder } from '../../support/cli-run.ts';

let folder: ReturnType<typeof tempFolder>;
const servers: Server[] = [];

beforeEach(() => {
  folder = tempFolder();
});

afterEach(() => {
  folder.remove();
  for (const server of servers.splice(0)) server.close();
});

/** The port of a server that listens. */
function taken(server: Server = createServer()): Promise<number> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const origin = () => createHttp((_, response) => void response.end('ok\n'));

/** A port that nobody has. */
async function free(): Promise<number> {
  const port = await taken();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

/** A stack that runs in the folder. */
function runStack(fields: object = {}): void {
  const run = { pops: [], rtmp: 'rtmp://127.0.0.1:1/live', rtmps: null, origin: 'http://127.0.0.1:2', ...fields };
  mkdirSync(join(folder.path, '.headwater'), { recursive: true });
  writeFileSync(join(folder.path, '.headwater/run.json'), JSON.stringify({ ...run, pids: { stack: process.pid } }));
}

/** What doctor says of the ports of `desk.env`. */
async function ports(settings: Readonly<Record<string, string | number>>) {
  const all = { HEADWATER_ORIGIN_ID: 'desk', HEADWATER_CONTROL_URL: 'http://127.0.0.1:9', FFMPEG_PATH: '/none' };
  const lines = Object.entries({ ...all, HEADWATER_DATA_DIR: 'data', HEADWATER_JOIN_TOKEN: joinToken, ...settings });
  writeFileSync(join(folder.path, 'desk.env'), lines.map(([name, value]) => `${name}=${value}\n`).join(''));
  const { json } = await cli(['doctor', '--json', '--env-file', 'desk.env'], { cwd: folder.path });
  const { status, detail, fix } = json.checks.find((one: { readonly check: string }) => one.check === 'ports');
  return [status, detail, fix];
}

const joinToken = `jt_${'0'.repeat(20)}_${'a'.repeat(32)}`;
const ours = ['ok', 'held by the origin that runs here', null];

it('without settings of an origin they are those of the stack that runs', async () => {
  runStack();
  const { json } = await cli(['doctor', '--json'], { cwd: folder.path, env: { FFMPEG_PATH: '/none' } });
  const found = json.checks.find((one: { readonly check: string }) => one.check === 'ports');
  expect(found).toMatchObject({ status: 'ok', detail: 'held by the stack that runs here' });
});

it('beside a stack those of the settings are judged, and are free', async () => {
  runStack();
  const [rtmp, http] = [await free(), await free()];
  const words = `${rtmp} (encoders), ${http} (PoPs) are free`;
  expect(await ports({ HEADWATER_RTMP_PORT: rtmp, HEADWATER_HTTP_PORT: http })).toEqual(['ok', words, null]);
});

it('names whose they are, and the settings that change them', async () => {
  const [rtmp, rtmps, http] = [await taken(), await taken(), await taken(origin())];
  runStack({ rtmp: `rtmp://127.0.0.1:${rtmp}/live` });
  const files = { HEADWATER_RTMPS_CERT: 'tls.crt', HEADWATER_RTMPS_KEY: 'tls.key' };
  const all = { HEADWATER_RTMP_PORT: rtmp, HEADWATER_RTMPS_PORT: rtmps, HEADWATER_HTTP_PORT: await free() };
  expect(await ports({ ...files, ...all })).toEqual([
    'failed',
    `Not free: ${rtmp} for encoders (held by the stack that runs here), ${rtmps} for encoders over TLS (held by another program).`,
    'Stop what listens there, or choose other ports with HEADWATER_RTMP_PORT and HEADWATER_RTMPS_PORT.',
  ]);
  // Another origin has that of HTTP, since that of RTMP is free.
  expect(await ports({ HEADWATER_RTMP_PORT: await free(), HEADWATER_HTTP_PORT: http })).toEqual([
    'failed',
    `Not free: ${http} for PoPs (held by another program).`,
    'Stop what listens there, or choose other ports with HEADWATER_HTTP_PORT.',
  ]);
});

it('tells the origin of the settings from another one by its folder', async () => {
  const settings = { HEADWATER_RTMP_PORT: await taken(), HEADWATER_HTTP_PORT: await taken(origin()) };
  // Run in another folder than the origin was started in, it can tell by the ports alone.
  expect(await ports(settings)).toEqual(ours);
  const release = await holdDataFolder(join(folder.path, 'data'));
  expect(await ports(settings)).toEqual(ours);
  release();
  expect((await ports(settings))[1]).toContain('for PoPs (held by another program)');
});
