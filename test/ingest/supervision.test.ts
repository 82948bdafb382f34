import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { pollUntil } from '../support/poll.ts';
import { RtmpClient, rtmpMessage } from '../support/rtmp-client.ts';
import { goodKey, provePublishing, startHarness } from './ingest-harness.ts';

const open: Array<{ close(): Promise<void> }> = [];

afterEach(async () => {
  for (const ingest of open.splice(0)) await ingest.close();
});

async function start(...parameters: Parameters<typeof startHarness>) {
  const harness = await startHarness(...parameters);
  open.push(harness.ingest);
  return harness;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a busy port rejects with port_in_use and a way out, and leaves no process', async () => {
  const first = await start();
  const second = startHarness({}, first.ingest.port);
  await expect(second).rejects.toMatchObject({ code: 'port_in_use' });
  const words = `RTMP port ${first.ingest.port} on 127.0.0.1 is in use. Stop the other program or set HEADWATER_RTMP_PORT to another port.`;
  await expect(second).rejects.toThrow(words);
  await provePublishing(first);
});

test('a killed ingest process ends its publishers and is back on the same port', async () => {
  const harness = await start();
  const { pid, port } = harness.ingest;
  const client = await RtmpClient.publishing(port, goodKey);
  client.message(rtmpMessage.video, Buffer.from('a'));
  await pollUntil(() => harness.taken[0]?.tags.length === 1);
  process.kill(pid, 'SIGKILL');
  await pollUntil(() => harness.taken[0]?.end !== null, 'the end');
  expect(harness.taken[0]?.end).toBe('ingest_crashed');
  await pollUntil(() => harness.ingest.pid !== 0 && harness.ingest.pid !== pid, 'the restart');
  expect(harness.ingest.port).toBe(port);
  await provePublishing(harness);
  expect(new Set(harness.taken.map((taken) => taken.request.session)).size).toBe(2);
});

test('closing ends publishers and the process', async () => {
  const harness = await start();
  const { pid, port } = harness.ingest;
  const client = await RtmpClient.publishing(port, goodKey);
  await harness.ingest.close();
  expect(isAlive(pid)).toBe(false);
  await pollUntil(() => harness.taken[0]?.end === 'closed');
  await pollUntil(() => client.closed);
});

test('closing while a restart waits starts nothing more', async () => {
  const harness = await start({ restartBackoffMsMin: 50 });
  process.kill(harness.ingest.pid, 'SIGKILL');
  await pollUntil(() => harness.ingest.pid === 0, 'the death');
  await harness.ingest.close();
  // Two more starts take longer than the wait that was cut short and a start of its own.
  await provePublishing(await start());
  await provePublishing(await start());
  expect(harness.lines.filter((line) => line.message === 'ingest listening')).toHaveLength(1);
  expect(harness.ingest.pid).toBe(0);
});

test('signals of the terminal do not reach past the main process', async () => {
  const harness = await start();
  process.kill(harness.ingest.pid, 'SIGINT');
  process.kill(harness.ingest.pid, 'SIGTERM');
  await provePublishing(harness);
});

test('the ingest process has no environment and no secret in its arguments', async () => {
  const harness = await start();
  const client = await RtmpClient.publishing(harness.ingest.port, goodKey);
  const { pid } = harness.ingest;
  const seen =
    process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')
      : execFileSync('ps', ['-Eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  expect(seen).toContain('origin/ingest/process.ts');
  expect(seen).not.toMatch(new RegExp(`${goodKey}|PATH=|HOME=`));
  await client.end();
});

test('the ingest process ends with its parent, even a killed one', async () => {
  const script = fileURLToPath(new URL('./orphan-parent.ts', import.meta.url));
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const { pid } = JSON.parse(line.toString()) as { pid: number };
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await pollUntil(() => !isAlive(pid), 'the ingest process to end');
});
