import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Edge, startEdge } from '../support/edge.ts';

/**
 * Varnish's own tester as an outside judge: each script below varnishtest/ is a server and its clients, with the PoP in
 * between. The script says what the origin is asked and answers; a request that it does not expect makes it fail.
 */

const varnishtest = process.env.VARNISHTEST_PATH ?? 'varnishtest';
const scripts = globSync('varnishtest/*.vtc', { cwd: import.meta.dirname })
  .map((file) => basename(file))
  .sort();
const run = promisify(execFile);
let edge: Edge;
let origin: string;

beforeAll(async () => {
  origin = `127.0.0.1:${await freePort()}`;
  edge = await startEdge({ originUrl: `http://${origin}`, pops: [{ name: 'fra', continent: 'EU' }] });
}, 30_000);
afterAll(() => edge?.stop());

test('there are scripts', () => {
  expect(scripts.length).toBeGreaterThan(3);
});

test.each(scripts)('%s', async (script) => {
  const { broadcast } = await edge.addBroadcast();
  const macros = { origin, pop: new URL(edge.url()).host, folder: `/b/${broadcast}/v720` };
  const defined = Object.entries(macros).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const outcome = await run(varnishtest, [...defined, '-t', '30', `varnishtest/${script}`], {
    cwd: import.meta.dirname,
  })
    .then(() => 'passed')
    .catch((error: { stdout?: string; message: string }) => error.stdout || error.message);
  expect(outcome).toBe('passed');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
