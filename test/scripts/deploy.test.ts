import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CloudflareApi, startCloudflareApi } from '../support/cloudflare-api.ts';

/** What `npm run deploy` and a bare `wrangler deploy` do, with the real wrangler before a double of Cloudflare's API. */

let api: CloudflareApi;
let home: string;

beforeEach(async () => {
  api = await startCloudflareApi('acc');
  home = mkdtempSync(join(tmpdir(), 'headwater-deploy-'));
});

afterEach(async () => {
  await api.close();
  rmSync(home, { recursive: true, force: true });
});

const run = (...args: string[]) => runWith({ CLOUDFLARE_API_TOKEN: 'token' }, ...args);

async function runWith(login: object, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH, HOME: home, CI: 'true', NO_COLOR: '1', HEADWATER_SETUP: 'off' },
      ...{ WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true', CLOUDFLARE_CF_FETCH_ENABLED: 'false' },
      ...{ CLOUDFLARE_API_BASE_URL: api.url, CLOUDFLARE_ACCOUNT_ID: 'acc', ...login },
    },
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, words, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output: out + words };
}

const deploy = (...args: string[]) => run('scripts/deploy.ts', ...args);
const secretsFile = () => join(home, 'secrets.env');
const newSecrets = () => ['--new-secrets', '--secrets-file', secretsFile()];
const migrations = readdirSync('workers/migrations').filter((name) => name.endsWith('.sql'));
const tables = () => api.account.databases.get('headwater')?.prepare('SELECT name FROM d1_migrations').all() ?? [];

it('a first deployment makes what it needs, a second one nothing, and an older version changes nothing', {
  timeout: 240_000,
}, async () => {
  const first = await deploy(...newSecrets());
  expect(first.output).toContain('New API_TOKEN, WIRE_KEYS, ACCESS_KEYS in ');
  expect(first.code).toBe(0);
  const { account } = api;
  expect(tables().map(({ name }) => name)).toEqual(migrations);
  expect([...account.buckets]).toEqual(['headwater-media']);
  expect(account.bindings).toContainEqual(expect.objectContaining({ name: 'DB', type: 'd1', id: 'id-of-headwater' }));
  expect(account.bindings).toContainEqual(expect.objectContaining({ name: 'MEDIA', bucket_name: 'headwater-media' }));
  expect(account.durableObjectTag).toBe('v4');
  expect(account.crons).toEqual(['*/5 * * * *']);
  expect(account.pages).toContain('/index.html');

  expect(statSync(secretsFile()).mode & 0o777).toBe(0o600);
  const kept = parseEnv(readFileSync(secretsFile(), 'utf8'));
  expect(Object.fromEntries(account.secrets)).toEqual(kept);
  expect(kept.WIRE_KEYS).toMatch(/^k1:[0-9a-f]{64}$/);
  for (const secret of Object.values(kept)) expect(first.output).not.toContain(secret);

  const before = api.calls.length;
  const second = await deploy();
  expect(second.code, second.output).toBe(0);
  const made = api.calls.slice(before).filter((call) => /^POST \/(?:d1\/database|r2\/buckets)$/.test(call));
  expect(made).toEqual([]);
  expect(Object.fromEntries(account.secrets)).toEqual(kept);

  // Asked for by mistake, and Cloudflare does not say which it has: those in use stay.
  account.listsSecrets = false;
  const unsure = await deploy('--new-secrets', '--secrets-file', join(home, 'others.env'));
  account.listsSecrets = true;
  expect(unsure.code).toBe(1);
  expect(unsure.output).toContain('could not list the secrets');
  expect(Object.fromEntries(account.secrets)).toEqual(kept);

  account.databases.get('headwater')?.exec("INSERT INTO d1_migrations (name) VALUES ('9999_newer.sql')");
  const until = api.calls.length;
  const older = await deploy();
  expect(older.code).toBe(1);
  expect(older.output).toContain('9999_newer.sql');
  expect(api.calls.slice(until).filter((call) => /^(?:PUT|PATCH)|versions|deployments/.test(call))).toEqual([]);
});

it('says which secrets are missing and who makes them, and has changed nothing', async () => {
  const { code, output } = await deploy();
  expect(code).toBe(1);
  expect(output).toContain('The Worker has no API_TOKEN, no WIRE_KEYS, no ACCESS_KEYS.');
  expect(output).toContain('npm run deploy -- --new-secrets');
  expect(api.calls.filter((call) => !call.startsWith('GET'))).toEqual([]);
});

it('asks for a login before anything else', async () => {
  const { code, output } = await runWith({}, 'scripts/deploy.ts');
  expect(code).toBe(1);
  expect(output).toContain('wrangler is not logged in to Cloudflare');
  expect(output).toContain('npx wrangler login');
  expect(output).not.toContain('The Worker has no');
  expect([api.calls, output.includes('Pages ')]).toEqual([[], false]);
});

it('a bare wrangler deploy builds the pages by itself', { timeout: 120_000 }, async () => {
  const { code, output } = await run('node_modules/wrangler/bin/wrangler.js', 'deploy');
  expect(code, output).toBe(0);
  expect(output).toContain('[custom build] Running: node scripts/run.mjs build');
  expect(api.account.pages).toContain('/index.html');
  expect([...api.account.buckets]).toEqual(['headwater-media']);
});
