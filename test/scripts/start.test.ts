import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const entry = join(import.meta.dirname, '../../scripts/start.ts');
interface Outcome {
  readonly code: number;
  readonly errors: string;
}

let dataDir: string;
let server: Server;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'headwater-start-'));
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function start(...args: string[]): Promise<Outcome> {
  return startWith({}, ...args);
}

function startWith(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, NO_COLOR: '1', ...environment } };
    execFile(process.execPath, [entry, '--data', dataDir, ...args], options, (error, _output, errors) =>
      resolve({ code: Number(error?.code ?? 0), errors }),
    );
  });
}

function takenPort(): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

it('names a port that is in use and the option that changes it', async () => {
  const { code, errors } = await start('--port', '0', '--rtmp-port', String(takenPort()));
  expect(code).toBe(1);
  expect(errors).toContain(`port ${takenPort()} for RTMP (EADDRINUSE)`);
  expect(errors).toContain('(port_in_use)');
  expect(errors).toContain('--rtmp-port');
});

it('checks the ports of all PoPs', async () => {
  const { errors } = await start('--port', String(takenPort() - 1), '--rtmp-port', '0', '--pops', '2');
  expect(errors).toContain(`port ${takenPort()} for PoP nyc`);
});

it('refuses a second start on the same data folder, and takes over the lock of a dead one', async () => {
  writeFileSync(join(dataDir, 'lock'), String(process.pid));
  const second = await start('--port', String(takenPort()));
  expect(second.code).toBe(1);
  expect(second.errors).toContain(`(process ${process.pid})`);
  expect(second.errors).toContain('(data_in_use)');
  writeFileSync(join(dataDir, 'lock'), '999999999');
  expect((await start('--port', String(takenPort()))).errors).toContain('(port_in_use)');
});

it.each([
  [['--pops', 'fra,atlantis'], 'no city has the name "atlantis"'],
  [['--pops', '99'], 'that many PoPs are not on offer'],
  [['--pops', 'fra,fra'], 'a name stands there twice'],
  [['--port', 'http'], '--port http is not a port'],
  [['--rtmp-port', '70000'], '--rtmp-port 70000 is not a port'],
  [['--rtmps-port', 'tls'], '--rtmps-port tls is not a port'],
  [['--colour'], "Unknown option '--colour'"],
])('refuses %j with words', async (args, words) => {
  const { code, errors } = await start(...args);
  expect(code).toBe(1);
  expect(errors).toContain(words);
  expect(errors).toContain('(bad_option)');
});

it.each([
  ['ffmpeg_missing', 'exit 3'],
  ['ffmpeg_too_old', 'echo ffmpeg version 4.4.2 Copyright'],
])('tells %s before anything runs', async (expected, script) => {
  const fake = join(dataDir, 'ffmpeg');
  writeFileSync(fake, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { code, errors } = await startWith(
    { FFMPEG_PATH: fake },
    '--port',
    '0',
    '--rtmp-port',
    '0',
    '--rtmps-port',
    '0',
  );
  expect(code).toBe(1);
  expect(errors).toContain(`(${expected})`);
});
