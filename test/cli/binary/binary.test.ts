import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Edge, startEdge } from '../../support/edge.ts';
import { wireKeyId, wireSecret } from '../../support/fake-origin.ts';

const binary = join(import.meta.dirname, '../../../cli/headwater.mjs');
const apiToken = 'token-of-the-edge-tests';

let edge: Edge;
let folder: string;
/** Of loopback, to which the Worker sends webhooks. */
let port: number;

beforeAll(async () => {
  port = await freePort();
  const vars = { WEBHOOK_HOSTS: `127.0.0.1:${port}` };
  edge = await startEdge({ originUrl: 'http://127.0.0.1:9', pops: [{ name: 'fra', continent: 'EU' }], vars });
  folder = mkdtempSync(join(tmpdir(), 'headwater-binary-'));
});

afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  return free;
}

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  // biome-ignore lint/suspicious/noExplicitAny: every field read is compared with a literal
  readonly json: any;
}

/** The command as it is installed, on whatever Node runs this, against a PoP in workerd. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawn(process.execPath, [binary, ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? '',
      HEADWATER_SETUP: 'off',
      HEADWATER_URL: edge.url(),
      HEADWATER_TOKEN: apiToken,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function headwater(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const child = start(args, env);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, err, json: out.startsWith('{') ? JSON.parse(out) : null };
}

it('looks after a channel from its creation to its end', async () => {
  const fields = ['--id', 'news', '--title', 'Evening news', '--reconnect-window', '2m'];
  const { origin } = new URL(edge.url());
  const made = await headwater(['channel', 'create', ...fields]);
  expect(made.code).toBe(0);
  expect(made.out.replace(/created .*\n/, 'created     …\n')).toBe(
    `channel     news
title       Evening news
state       waiting
visibility  public
latency     low
reconnect   2 min
created     …
watch       ${origin}/watch/news
HLS         ${origin}/live/news/index.m3u8
DASH        ${origin}/live/news/index.mpd
`,
  );
  const again = await headwater(['channel', 'create', ...fields, '--json']);
  expect([again.code, again.out, JSON.parse(again.err).error.code]).toEqual([1, '', 'conflict']);
  const changed = await headwater([
    'channel',
    'change',
    'news',
    '--visibility',
    'unlisted',
    '--slate',
    'on',
    '--disable',
    '--json',
  ]);
  expect(changed.json).toMatchObject({
    id: 'news',
    title: 'Evening news',
    visibility: 'unlisted',
    slate: true,
    disabled: true,
  });
  expect((await headwater(['channel', 'list'])).out).toContain('news  disabled  unlisted    low      Evening news\n');
  expect((await headwater(['channel', 'delete', 'news'])).code).toBe(2);
  expect((await headwater(['channel', 'delete', 'news', '--yes', '--json'])).json).toEqual({ deleted: 'news' });
  const gone = await headwater(['channel', 'show', 'news']);
  expect([gone.code, gone.err.includes('(not_found)')]).toEqual([1, true]);
});

it('lists more channels than a page holds', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `many-${String(index).padStart(3, '0')}`);
  await Promise.all(
    ids.map((id) =>
      edge.sql("INSERT INTO channels (id, title, visibility, created_ms) VALUES (?1, 'x', 'public', 1)", id),
    ),
  );
  const { json } = await headwater(['channel', 'list', '--all', '--json']);
  expect(json.channels.map(({ id }: { id: string }) => id).filter((id: string) => id.startsWith('many-'))).toEqual(ids);
  expect(json.more).toBe(false);
});

it('shows a new key once, with where to publish', async () => {
  const channel = await edge.addChannel();
  const ingest = {
    place: null,
    rtmpUrl: 'rtmp://fra-1.example.com:1935/live',
    rtmpsUrl: 'rtmps://fra-1.example.com:1936/live',
  };
  await edge.sql('UPDATE origins SET ingest = ?1', JSON.stringify(ingest));
  const made = await headwater(['key', 'create', channel, '--label', 'OBS at home']);
  expect(made.out).toMatch(/^stream key {2}sk_[0-9a-z]{20}_\w{32}$/m);
  expect(made.out).toContain(
    'server      rtmp://fra-1.example.com:1935/live\nwith TLS    rtmps://fra-1.example.com:1936/live\nstream key  sk_',
  );
  const [, id = ''] = /^key id {6}(\S+)$/m.exec(made.out) ?? [];
  const listed = await headwater(['key', 'list', channel]);
  expect(listed.out).toBe(
    `ID                       LABEL        UNTIL  LAST USED  FROM  ENCODER\n${id}  OBS at home  –      –          –     –\n`,
  );
  expect((await headwater(['key', 'delete', channel, id, '--yes', '--json'])).json).toEqual({ deleted: id });
  expect((await headwater(['key', 'list', channel])).out).toBe(`No keys yet: headwater key create ${channel}\n`);
});

it('tells broadcasts, origins, PoPs and what is live', async () => {
  const { channel, broadcast } = await edge.addBroadcast();
  const finding = {
    code: 'video.gop_long',
    severity: 'warning',
    sentence: 'Keyframes are 10 s apart.',
    fix: 'Set 2 s.',
    openedMs: Date.now(),
  };
  const report = { source: null, renditions: [], findings: [finding], health: null };
  await edge.sql('UPDATE broadcasts SET report = ?2 WHERE id = ?1', broadcast, JSON.stringify(report));
  expect((await headwater(['broadcast', 'list', '--channel', channel, '--json'])).json).toMatchObject({
    broadcasts: [{ id: broadcast, channel, state: 'live', origin: 'o-test' }],
    more: false,
  });
  const shown = await headwater(['broadcast', 'show', broadcast]);
  expect(shown.out).toContain('state      live\n');
  expect(shown.out).toContain('warning  Keyframes are 10 s apart. (video.gop_long, ');
  expect(shown.out).toContain('\n  Set 2 s.\n');
  expect((await headwater(['origin', 'list'])).out).toMatch(/^o-test {2}alive +0 % +1 /m);
  expect((await headwater(['origin', 'drain', 'o-test'])).out).toBe('Origin o-test takes no new broadcasts.\n');
  expect((await headwater(['origin', 'list'])).out).toMatch(/^o-test {2}draining /m);
  expect((await headwater(['origin', 'resume', 'o-test', '--json'])).json).toEqual({
    origin: 'o-test',
    draining: false,
  });
  expect((await headwater(['pop', 'list', '--json'])).json.pops).toBeInstanceOf(Array);
  const live = await headwater(['live', '--json'], { HEADWATER_TOKEN: '' });
  expect(live.json.channels.map((row: { channel: string }) => row.channel)).toContain(channel);
});

it('a wrong token is refused, and is told nowhere', async () => {
  const { code, out, err } = await headwater(['channel', 'list'], { HEADWATER_TOKEN: 'hw_wrong_token' });
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('The API token is not the right one. (unauthorized)');
  expect(err).not.toContain('hw_wrong_token');
});

it('reads the token from a file', async () => {
  writeFileSync(join(folder, 'api-token'), `${apiToken}\n`);
  const { code } = await headwater(['origin', 'list', '--token-file', 'api-token'], { HEADWATER_TOKEN: 'wrong' });
  expect(code).toBe(0);
});

it('writes no colours where stdout is no terminal', async () => {
  const { out } = await headwater(['channel', 'list'], { FORCE_COLOR: '1' });
  expect(out).not.toContain('\u001b');
});

it('ends quietly when its reader leaves first', async () => {
  const child = start(['channel', 'list', '--all', '--json']);
  child.stdout.destroy();
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [code] = await once(child, 'close');
  expect([code, err]).toEqual([0, '']);
});

it('webhook listen is told what happens, and leaves no webhook behind when it is stopped', async () => {
  const child = start(['webhook', 'listen', '--port', String(port), '--json']);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? 'null');
  const { webhook, url } = await next();
  expect(url).toBe(`http://127.0.0.1:${port}/`);
  const test = await headwater(['webhook', 'test', webhook, '--json']);
  expect([test.code, test.json]).toMatchObject([0, { type: 'webhook.test', status: 204 }]);
  expect(await next()).toMatchObject({ id: expect.stringMatching(/^ev_test_/), event: { type: 'webhook.test' } });
  expect((await headwater(['webhook', 'rotate', webhook, '--now', '--yes'])).code).toBe(0);
  expect((await headwater(['webhook', 'test', webhook])).err).toContain('The address answered 401.');
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect((await headwater(['webhook', 'list', '--json'])).json).toEqual({ webhooks: [], more: false });
});

it('doctor goes through a real bucket and a real signed channel', async () => {
  const keys = `${wireKeyId}:${wireSecret}`;
  const ports = { HEADWATER_ORIGIN_ID: 'o-1', HEADWATER_RTMP_PORT: '0', HEADWATER_HTTP_PORT: '0' };
  const { json, err } = await headwater(['doctor', '--json'], {
    HEADWATER_WIRE_KEYS: keys,
    HEADWATER_CONTROL_URL: 'http://127.0.0.1:9',
    ...ports,
  });
  const failed = json.checks.filter(({ status }: { status: string }) => status === 'failed');
  expect(failed, err).toEqual([]);
  const detailOf = (name: string) => json.checks.find(({ check }: { check: string }) => check === name).detail;
  expect(detailOf('bucket')).toMatch(/^put, read and deleted in \d+ ms$/);
  expect(detailOf('edge')).toMatch(/^PoP fra answers in \d+ ms/);
  const { json: after } = await headwater(['channel', 'list', '--all', '--json']);
  expect(after.channels.filter(({ id }: { id: string }) => id.startsWith('doctor-'))).toEqual([]);
});

it('doctor sees wire keys that the Worker does not know', async () => {
  const { code, json } = await headwater(['doctor', '--json'], {
    HEADWATER_WIRE_KEYS: 'k1:another-secret-of-32-characters-xxxx',
  });
  const bucket = json.checks.find(({ check }: { check: string }) => check === 'bucket');
  expect([code, bucket.status]).toEqual([1, 'failed']);
  expect(bucket.detail).toContain('put is refused: wrong');
  expect(bucket.fix).toContain('WIRE_KEYS');
});

it('the package names the command, and the file can be run', () => {
  const { bin } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
  expect(bin).toEqual({ headwater: 'cli/headwater.mjs' });
  expect(readFileSync(binary, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});
