import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { envFileText, originVariables } from '../../cli/init/env-file.ts';
import { loadConfig } from '../../origin/config/config.ts';
import { settings } from '../../origin/config/settings.ts';
import { cli, tempFolder } from '../support/cli-run.ts';

const known = settings.map(({ variable }) => variable);
let folder: ReturnType<typeof tempFolder>;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => folder.remove());

const wireKeys = 'k1:0123456789abcdef0123456789abcdef';
const cloudflare = ['--edge', 'cloudflare', '--control-url', 'https://a.example', '--public-url', 'https://o.example'];
const joinToken = `jt_${'0'.repeat(20)}_${'a'.repeat(32)}`;
const joining = { HEADWATER_JOIN_TOKEN: joinToken };
const init = (args: readonly string[], env = {}) => cli(['init', '--yes', ...args], { cwd: folder.path, env });
const written = (name = '.env') => readFileSync(join(folder.path, name), 'utf8');

it('writes settings that the origin takes, readable by nobody else', async () => {
  const { code, out } = await init(cloudflare, { HEADWATER_WIRE_KEYS: wireKeys });
  expect(code).toBe(0);
  expect(written()).toBe(
    `# Settings of an origin, made by "headwater init": docs/operate/first-deploy.md. Holds secrets.
HEADWATER_ORIGIN_ID=origin-1
HEADWATER_CONTROL_URL=https://a.example
HEADWATER_WIRE_KEYS=${wireKeys}
HEADWATER_PUBLIC_URL=https://o.example
HEADWATER_BUCKET_KIND=worker
`,
  );
  expect(statSync(join(folder.path, '.env')).mode & 0o777).toBe(0o600);
  expect(out).not.toContain(wireKeys);
  const config = loadConfig(null, parseEnv(written()));
  expect([config.originId, config.http.publicUrl, config.bucket]).toEqual([
    'origin-1',
    'https://o.example',
    { kind: 'worker' },
  ]);
});

it('writes the keys of an S3 bucket, which come from the environment', async () => {
  const env = { ...joining, HEADWATER_S3_ACCESS_KEY_ID: 'AKIA', HEADWATER_S3_SECRET_ACCESS_KEY: 'abc/def+g=' };
  const options = ['--storage', 's3', '--s3-bucket', 'media', '--s3-endpoint', 'https://s3.example'];
  expect((await init([...cloudflare, ...options], joining)).err).toContain("The bucket's keys are missing.");
  const more = ['--s3-path-style', '--json', '--origin-id', 'fra-1'];
  const { code, json } = await init([...cloudflare, ...options, ...more], env);
  expect(code).toBe(0);
  expect(json.variables.every((name: string) => known.includes(name))).toBe(true);
  expect(loadConfig(null, parseEnv(written())).bucket).toEqual({
    ...{ kind: 's3', bucket: 'media', region: 'auto', endpoint: 'https://s3.example', forcePathStyle: true },
    ...{ accessKeyId: 'AKIA', secretAccessKey: 'abc/def+g=' },
  });
});

it.each([
  [['--edge', 'none'], 'worker'],
  [['--edge', 'none', '--storage', 'local'], 'worker'],
  [[...cloudflare, '--storage', 'local'], 'none'],
  [[...cloudflare, '--storage', 'r2'], 'worker'],
])('with %o the bucket is %s', async (options, kind) => {
  expect((await init(options, joining)).code).toBe(0);
  const { HEADWATER_BUCKET_KIND, HEADWATER_DATA_DIR } = parseEnv(written());
  expect(HEADWATER_BUCKET_KIND).toBe(kind);
  expect(HEADWATER_DATA_DIR).toBe(options.includes('none') ? '.headwater/origin-1' : undefined);
});

it('joins the local stack with its own keys, makes some where none is, and never for a Worker', async () => {
  const alone = await init(['--edge', 'none']);
  expect([alone.code, alone.out.includes('Its wire keys are new')]).toEqual([0, true]);
  expect(parseEnv(written()).HEADWATER_WIRE_KEYS).toMatch(/^k1:[0-9a-f]{64}$/);
  mkdirSync(join(folder.path, '.headwater'));
  writeFileSync(join(folder.path, '.headwater/secrets.json'), JSON.stringify({ wireKeys }));
  const joined = await init(['--edge', 'none', '--force']);
  expect([joined.code, joined.out.includes('wire keys')]).toEqual([0, false]);
  expect(parseEnv(written()).HEADWATER_WIRE_KEYS).toBe(wireKeys);
  const { code, out } = await init([...cloudflare, '--file', 'other.env'], joining);
  const other = parseEnv(written('other.env'));
  expect([code, other.HEADWATER_JOIN_TOKEN, other.HEADWATER_WIRE_KEYS]).toEqual([0, joinToken, undefined]);
  expect(loadConfig(null, other).joinToken).toBe(joinToken);
  expect(out).not.toContain('secret put');
  expect(out).not.toContain(joinToken);
});

describe('the control plane', () => {
  const stack = { pops: [{ name: 'fra', url: 'http://127.0.0.1:9321' }], pids: { stack: process.pid } };
  const local = ['--edge', 'none', '--force'];
  const worker = ['--edge', 'cloudflare', '--public-url', 'https://o.example', '--force'];
  const taken = async (args: readonly string[], env = {}) => {
    const { out } = await init(args, env);
    const [, words] = /^Control plane (.*)\.$/m.exec(out) ?? [];
    return `${parseEnv(written()).HEADWATER_CONTROL_URL}, told: ${words}`;
  };

  it('is that of the stack that runs here, whatever its ports, and is told', async () => {
    mkdirSync(join(folder.path, '.headwater'));
    writeFileSync(join(folder.path, '.headwater/run.json'), JSON.stringify(stack));
    expect(await taken(local)).toBe('http://127.0.0.1:9321, told: http://127.0.0.1:9321 (the stack that runs here)');
  });

  it('is where a stack would start when none runs, and that is told', async () => {
    expect(await taken(local)).toContain('http://127.0.0.1:8787, told: http://127.0.0.1:8787 (no stack runs here: ');
  });

  it.each([
    [[...local, '--control-url', 'http://127.0.0.1:1'], { HEADWATER_CONTROL_URL: 'http://x.example' }, '--control-url'],
    [local, { HEADWATER_CONTROL_URL: 'http://127.0.0.1:1' }, 'HEADWATER_CONTROL_URL'],
    [worker, { ...joining, HEADWATER_CONTROL_URL: 'http://127.0.0.1:1' }, 'HEADWATER_CONTROL_URL'],
    [worker, { ...joining, HEADWATER_URL: 'http://127.0.0.1:1' }, 'HEADWATER_URL'],
    [['--force'], { HEADWATER_CONTROL_URL: 'http://127.0.0.1:1' }, 'HEADWATER_CONTROL_URL'],
  ])('with %o and %o is as it was named', async (args, env, name) => {
    expect(await taken(args, env)).toBe(`http://127.0.0.1:1, told: http://127.0.0.1:1 (as ${name} says)`);
  });
});

it('refuses a Worker that the environment names where the PoPs were not said to be there', async () => {
  const { code, err } = await init([], { HEADWATER_CONTROL_URL: 'https://a.example', HEADWATER_WIRE_KEYS: wireKeys });
  expect([code, err.includes('--edge cloudflare')]).toEqual([2, true]);
  expect(() => written()).toThrow('ENOENT');
});

it('never writes over a file unless told', async () => {
  writeFileSync(join(folder.path, '.env'), 'mine');
  const { code, err } = await init([]);
  expect([code, err.includes('(file_exists)'), written()]).toEqual([1, true, 'mine']);
  expect((await init(['--force'])).code).toBe(0);
  expect(written()).toContain('HEADWATER_ORIGIN_ID=origin-1');
  expect(statSync(join(folder.path, '.env')).mode & 0o777).toBe(0o600);
});

it.each([
  [['--origin-id', 'Fra 1'], 'no name for an origin'],
  [['--edge', 'cloudflare'], 'address of the Worker is missing'],
  [['--control-url', 'https://a.example'], 'https://a.example is not on this machine, and where the PoPs run'],
  [['--control-url', 'a.example'], '--control-url is not an address'],
  [['--edge', 'cloudflare', '--control-url', 'https://a.example'], 'must reach this origin'],
  [
    ['--edge', 'cloudflare', '--control-url', 'https://a.example/x', '--public-url', 'https://o.example'],
    '--control-url is not an address',
  ],
  [[...cloudflare, '--storage', 's3'], 'The bucket is missing'],
  [cloudflare, 'The join token is missing'],
])('refuses %o', async (options, words) => {
  const { code, err } = await init(options);
  expect(code).toBe(2);
  expect(err).toContain(words);
  expect(() => written()).toThrow('ENOENT');
});

it('asks nobody where there is no terminal', async () => {
  const { code, err } = await cli(['init'], { cwd: folder.path });
  expect([code, err.includes('--yes')]).toEqual([2, true]);
});

it.each(['two\nlines', 'a"b', 'a#b', 'a$b', ' a', 'a\\b', ''])(
  'a value such as %j cannot stand in an env file',
  (value) => {
    expect(() => envFileText([['A', value]])).toThrow('does not fit');
  },
);

it('knows no variable that the origin does not', () => {
  const s3 = {
    pathStyle: true,
    bucket: 'b',
    region: 'auto',
    endpoint: 'https://s3.example',
    accessKeyId: 'a',
    secretAccessKey: 's',
  };
  const answers = {
    originId: 'o',
    edge: 'cloudflare',
    controlUrl: 'https://a.example',
    publicUrl: 'https://o.example',
    storage: 's3',
    s3,
  } as const;
  const names = originVariables(answers, { variable: 'HEADWATER_WIRE_KEYS', value: wireKeys }).map(([name]) => name);
  expect(names.length).toBe(11);
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});
