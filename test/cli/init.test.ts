import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askAnswers } from '../../cli/init/ask.ts';
import { envFileText, originVariables } from '../../cli/init/env-file.ts';
import { portsBeside } from '../../cli/init/ports.ts';
import type { LocalStack } from '../../cli/local-stack.ts';
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
  expect([joined.code, joined.out.includes('Its wire keys are new')]).toEqual([0, false]);
  expect(joined.out).toContain('Its HEADWATER_WIRE_KEYS are those of the stack that ran here: ');
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

describe('beside a stack that runs here', () => {
  const pops = [{ name: 'fra', url: 'http://127.0.0.1:8787' }];
  const addresses = { rtmp: 'rtmp://127.0.0.1:1935/live', rtmps: null, origin: 'http://127.0.0.1:8080' };
  beforeEach(() => {
    mkdirSync(join(folder.path, '.headwater'));
    const run = JSON.stringify({ pops, ...addresses, pids: { stack: process.pid } });
    writeFileSync(join(folder.path, '.headwater/run.json'), run);
    writeFileSync(join(folder.path, '.headwater/secrets.json'), JSON.stringify({ wireKeys }));
  });

  it('is an origin that can start: with ports, a folder and a host of its own, and the keys of the stack', async () => {
    mkdirSync(join(folder.path, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(folder.path, 'node_modules/.bin/node'), '');
    const { code, out } = await init(['--origin-id', 'desk-1', '--file', 'desk-1.env']);
    const config = loadConfig(null, parseEnv(written('desk-1.env')));
    const { rtmp, http, ingestHost, dataDir, wireKeys: keys } = config;
    expect([code, ingestHost, dataDir, keys]).toEqual([0, '127.0.0.1', '.headwater/desk-1', wireKeys]);
    expect(rtmp.port).toBeGreaterThan(1936);
    expect(http.port).toBeGreaterThan(8080);
    expect(out).toBe(`Control plane http://127.0.0.1:8787 (the stack that runs here).
HEADWATER_RTMP_PORT is ${rtmp.port}, as 1935 is in use.
HEADWATER_HTTP_PORT is ${http.port}, as 8080 is in use.
Its HEADWATER_WIRE_KEYS are those of the stack that runs here: it needs no join token, and speaks for all origins there.
Wrote desk-1.env, readable by you only. Next:
  node_modules/.bin/node --env-file=desk-1.env origin/main.ts  # this origin
  npx headwater doctor --env-file desk-1.env                   # in another terminal, once it runs
`);
    const { json } = await init(['--origin-id', 'desk-1', '--json', '--force']);
    expect(json).toMatchObject({ rtmpPort: rtmp.port, wireKeysFrom: 'the stack that runs here' });
  });

  it('has the ports, host and region that it is given', async () => {
    const ports = ['--rtmp-port', '1951', '--http-port', '9081'];
    const { out } = await init([...ports, '--ingest-host', 'desk.example', '--region', 'eu']);
    const { rtmp, http, ingestHost, region } = loadConfig(null, parseEnv(written()));
    expect([rtmp.port, http.port, ingestHost, region]).toEqual([1951, 9081, 'desk.example', 'eu']);
    expect(out).not.toContain('is in use');
    await init([...cloudflare, '--file', 'worker.env'], joining);
    expect(parseEnv(written('worker.env')).HEADWATER_DATA_DIR).toBe('.headwater/origin-1');
  });

  it('takes the usual ports where they are free, else the next that are', async () => {
    const stack = { pops, ...addresses, pids: { stack: 1 }, dataDir: '' } as unknown as LocalStack;
    const others = { ...stack, rtmp: 'rtmp://127.0.0.1:1/live', origin: 'http://127.0.0.1:2' };
    const busy =
      (...ports: number[]) =>
      (port: number) =>
        Promise.resolve(!ports.includes(port));
    expect(await portsBeside(others, busy())).toEqual({ rtmp: 1935, http: 8080 });
    expect(await portsBeside(stack, busy(1937, 8081))).toEqual({ rtmp: 1938, http: 8082 });
  });
});

it('alone it leaves the usual ports, and is to be run again once the PoPs are there', async () => {
  const { out } = await init(['--edge', 'none', '--file', 'a.env', '--region', 'eu west']);
  const { rtmp, http, ingestHost } = loadConfig(null, parseEnv(written('a.env')));
  expect([rtmp.port, http.port, ingestHost]).toEqual([1935, 8080, '127.0.0.1']);
  const again = `npx headwater init --file a.env --yes --edge none --region 'eu west' --force`;
  expect(out).toContain(`Next:
  npx headwater up${' '.repeat(again.length - 16)}  # the PoPs, with an origin of their own
  ${again}  # in another terminal, once they run: their keys, and ports beside theirs
`);
});

it.each([[cloudflare], [['--edge', 'none', '--control-url', 'http://127.0.0.1:9000']]])(
  'with %o the origin comes next, on the Node that is there',
  async (options) => {
    const { out } = await init(options, joining);
    expect(out).toContain(`Next:
  node --env-file=.env origin/main.ts   # this origin
  npx headwater doctor --env-file .env  # in another terminal, once it runs
`);
  },
);

it('says that a Worker will name no server to encoders without a host', async () => {
  const words = 'No list of ingests will name it: add --ingest-host <host>';
  const without = await init(cloudflare, joining);
  expect(without.out).toContain(words);
  expect(without.out).not.toContain('headwater up');
  const { out } = await init([...cloudflare, '--ingest-host', 'o.example', '--force'], joining);
  expect([out.includes(words), parseEnv(written()).HEADWATER_INGEST_HOST]).toEqual([false, 'o.example']);
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
  [['--rtmp-port', '70000'], '"70000" is no port.'],
  [['--http-port', '1935'], 'cannot share a port'],
  [['--ingest-host', 'rtmp://o.example'], '--ingest-host is no host.'],
  [['--region', 'e'.repeat(65)], '--region is empty or too long.'],
])('refuses %o', async (options, words) => {
  const { code, err } = await init(options);
  expect(code).toBe(2);
  expect(err).toContain(words);
  expect(() => written()).toThrow('ENOENT');
});

it('asks for no host where the PoPs are on this machine', async () => {
  const known = { originId: 'o', edge: 'none', storage: 'r2', s3: {} } as const;
  const asked = await askAnswers(known, () => 'http://127.0.0.1:8787', null);
  expect(asked).toMatchObject({ rtmpPort: null, httpPort: null, ingestHost: '127.0.0.1', region: null });
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
    ...{ rtmpPort: 1937, httpPort: 8081, ingestHost: 'o.example', region: 'eu', dataDir: 'data' },
    storage: 's3',
    s3,
  } as const;
  const names = originVariables(answers, { variable: 'HEADWATER_WIRE_KEYS', value: wireKeys }).map(([name]) => name);
  expect(names.length).toBe(16);
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});
