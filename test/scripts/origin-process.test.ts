import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OriginConfig, OriginProcess, type OriginRecord } from '../../scripts/local/origin-process.ts';
import { pollUntil } from '../support/poll.ts';

const entry = join(import.meta.dirname, 'fake-origin-process.ts');
let folder: string;
let records: OriginRecord[];
let changes: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-origin-'));
  records = [];
  changes = [];
});

afterEach(() => {
  delete process.env.FAKE_ORIGIN_FATE;
  delete process.env.HEADWATER_RTMP_PORT;
  rmSync(folder, { recursive: true, force: true });
});

function startOrigin(fate = 'serve'): Promise<OriginProcess> {
  process.env.FAKE_ORIGIN_FATE = fate;
  const config: OriginConfig = {
    originId: 'o_test',
    controlUrl: 'http://127.0.0.1:1',
    wireKeys: 'k:secret-of-thirty-two-characters-or-more',
    rtmp: { bind: '127.0.0.1', port: 0 },
    http: { bind: '127.0.0.1', port: 0 },
    dataDir: folder,
    ffmpegPath: 'ffmpeg',
  };
  return OriginProcess.start({
    config,
    configPath: join(folder, 'config.json'),
    entry,
    onRecord: (record) => records.push(record),
    onChange: (ready) => changes.push(ready ? 'back' : 'died'),
  });
}

it('is configured by a private file alone', async () => {
  process.env.HEADWATER_RTMP_PORT = '1';
  const origin = await startOrigin();
  await origin.stop();
  const started = records.find((record) => record.event === 'fake_started');
  expect(started?.config).toMatchObject({ originId: 'o_test', rtmp: { port: 0 } });
  expect(started?.environment).not.toContain('HEADWATER_RTMP_PORT');
  expect(statSync(join(folder, 'config.json')).mode & 0o777).toBe(0o600);
  expect(records).toContainEqual({ level: 40, msg: 'a word on stderr' });
});

it('starts again on the same ports when it dies', async () => {
  const origin = await startOrigin();
  const { pid } = origin;
  process.kill(pid, 'SIGKILL');
  await pollUntil(() => changes.length === 2, 'the origin to be back');
  expect(changes).toEqual(['died', 'back']);
  expect(origin.pid).not.toBe(pid);
  expect(origin.ready).toMatchObject({ rtmpPort: 40_001, httpPort: 40_002 });
  const configs = records.filter((record) => record.event === 'fake_started').map((record) => record.config);
  expect(configs[1]).toMatchObject({ rtmp: { port: 40_001 }, http: { port: 40_002 } });
  await origin.stop();
});

it('stays down once it was stopped', async () => {
  const origin = await startOrigin();
  await origin.stop();
  expect([origin.pid, changes]).toEqual([0, []]);
});

it('hands on why it cannot start', async () => {
  await expect(startOrigin('refuse')).rejects.toMatchObject({ code: 'port_in_use', message: 'the port is taken' });
  const crash = { code: 'origin_failed', hint: expect.stringContaining('a stack trace') };
  await expect(startOrigin('crash')).rejects.toMatchObject(crash);
});
