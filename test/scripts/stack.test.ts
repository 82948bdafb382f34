import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WatchView } from '#shared/model/view.ts';
import { ensureCertificate } from '../../scripts/local/certificate.ts';
import { processAlive } from '../../scripts/local/process-alive.ts';
import type { RunFile } from '../../scripts/local/run-file.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { pollUntil } from '../support/poll.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'headwater-stack-'));
const events: string[] = [];
let stack: Stack;

function start(testCard: boolean): Promise<Stack> {
  return startStack({
    dataDir,
    firstPort: 0,
    rtmpPort: 0,
    rtmpsPort: 0,
    testCard,
    log: ({ event }) => events.push(event),
  });
}

beforeAll(async () => {
  stack = await start(true);
}, 120_000);

afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function runFile(): RunFile {
  return JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8'));
}

async function view(pop = 0): Promise<WatchView> {
  const response = await fetch(`${stack.pops[pop]?.url}/api/v1/watch/${stack.run.channel}`);
  return (await response.json()) as WatchView;
}

async function untilLive(): Promise<void> {
  await pollUntil(async () => (await view()).state === 'live', 'the demo channel to be live', 30_000);
}

/** Arguments of every process that runs now. */
function processes(): string {
  return execFileSync('ps', ['axww', '-o', 'pid,ppid,stat,args'], { encoding: 'utf8' });
}

it('puts the test card on air, through every PoP, each in its place', async () => {
  await untilLive();
  expect(stack.pops.map(({ name }) => name)).toEqual(['fra', 'nyc', 'sin']);
  for (const [index, pop] of stack.pops.entries()) {
    expect((await view(index)).pop).toBe(pop.name);
    const playlist = await fetch(`${pop.url}${stack.run.hls}`);
    expect([playlist.status, await playlist.text()]).toEqual([200, expect.stringContaining('RESOLUTION=1280x720')]);
    expect((await fetch(`${pop.url}${stack.run.watch}`)).headers.get('content-type')).toContain('text/html');
  }
});

it('tells scripts all that they need in a private file', () => {
  expect(runFile()).toEqual(stack.run);
  expect(statSync(join(dataDir, 'run.json')).mode & 0o777).toBe(0o600);
  expect(runFile()).toMatchObject({
    channel: 'demo',
    watch: '/watch/demo',
    hls: '/live/demo/index.m3u8',
    dash: '/live/demo/index.mpd',
    rtmp: expect.stringMatching(/^rtmp:\/\/127\.0\.0\.1:\d+\/live$/),
    rtmps: expect.stringMatching(/^rtmps:\/\/127\.0\.0\.1:\d+\/live$/),
    origin: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
  });
  for (const pid of Object.values(stack.run.pids)) expect(processAlive(pid ?? 0)).toBe(true);
});

it('takes encoders over TLS, with a certificate that is its own and stays', async () => {
  const folder = join(dataDir, 'origin');
  const ca = readFileSync(join(folder, 'tls.crt'));
  expect(statSync(join(folder, 'tls.key')).mode & 0o777).toBe(0o600);
  const port = Number(new URL(stack.run.rtmps ?? '').port);
  for (const servername of ['localhost', undefined]) {
    const socket = connect({ port, host: '127.0.0.1', ca, ...(servername !== undefined && { servername }) });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    socket.destroy();
  }
  // OBS would refuse it, so profiles for OBS must not name it.
  const { ingests } = (await (await fetch(`${stack.pops[0]?.url}/ingests`)).json()) as { ingests: object[] };
  expect(ingests[0]).toMatchObject({ url_template: `${stack.run.rtmp}/{stream_key}`, url_template_secure: null });
  const { certPath } = await ensureCertificate(folder);
  expect(readFileSync(certPath)).toEqual(ca);
  const afterMonths = await ensureCertificate(folder, Date.now() + 340 * 86_400_000);
  expect(readFileSync(afterMonths.certPath)).not.toEqual(ca);
});

it('shows no secret in any process list', () => {
  const { streamKey, apiToken } = stack.run;
  const { wireKeys } = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as { wireKeys: string };
  const list = processes();
  expect(list).toContain('test-card.ffpreset');
  for (const secret of [streamKey, apiToken, wireKeys.split(':')[1] ?? '']) {
    expect(secret.length).toBeGreaterThan(20);
    expect(list).not.toContain(secret);
  }
});

it('brings a killed test card back', async () => {
  const before = stack.run.pids.testCard ?? 0;
  process.kill(before, 'SIGKILL');
  await pollUntil(() => (stack.run.pids.testCard ?? before) !== before, 'another test card', 20_000);
  await untilLive();
  await pollUntil(() => runFile().pids.testCard === stack.run.pids.testCard, 'run.json to follow');
});

it('brings a killed origin back, where it was', async () => {
  const before = stack.run;
  const { broadcast } = await view();
  const lives = () => events.filter((event) => event === 'broadcast_live').length;
  const livesBefore = lives();
  process.kill(before.pids.origin, 'SIGKILL');
  await pollUntil(() => events.includes('origin_back'), 'the origin to be back', 30_000);
  expect(stack.run).toMatchObject({ rtmp: before.rtmp, rtmps: before.rtmps, origin: before.origin });
  expect(runFile().pids.origin).not.toBe(before.pids.origin);
  await pollUntil(() => lives() > livesBefore, 'the test card to be on air again', 30_000);
  await untilLive();
  expect((await view()).broadcast).toBe(broadcast);
});

it('yields to an encoder that takes the demo channel over, and comes back after it', async () => {
  const { rtmp, streamKey } = stack.run;
  const source = ['-re', '-f', 'lavfi', '-i', 'testsrc=s=320x180:r=25', '-c:v', 'libx264', '-preset', 'ultrafast'];
  const encode = ['-g', '50', '-pix_fmt', 'yuv420p', '-f', 'flv', `${rtmp}/${streamKey}`];
  const encoder = spawn(process.env.FFMPEG_PATH ?? 'ffmpeg', ['-v', 'error', ...source, ...encode], {
    stdio: 'ignore',
  });
  try {
    await pollUntil(() => events.includes('test_card_yielding'), 'the test card to yield', 30_000);
    expect(stack.run.pids.testCard).toBeNull();
  } finally {
    encoder.kill('SIGKILL');
  }
  await pollUntil(() => stack.run.pids.testCard !== null, 'the test card to come back', 30_000);
  await untilLive();
});

it('stops without leaving a process, a lock or run.json, and starts again with the same keys', async () => {
  const { streamKey, apiToken } = stack.run;
  const title = (await view()).title;
  await stack.stop();
  const left = processes()
    .split('\n')
    .filter(
      (line) =>
        line.includes(dataDir) || new RegExp(`^\\s*\\d+\\s+${process.pid}\\s+[^Z].*(?:workerd|ffmpeg)`).test(line),
    );
  expect(left).toEqual([]);
  expect(existsSync(join(dataDir, 'run.json'))).toBe(false);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  stack = await start(false);
  expect(stack.run).toMatchObject({ streamKey, apiToken, pids: { testCard: null } });
  expect((await view()).title).toBe(title);
});
