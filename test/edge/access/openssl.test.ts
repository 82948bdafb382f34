import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccessPops } from '../../support/access-pops.ts';

const page = join(import.meta.dirname, '../../../docs/operate/signed-playback.md');
let pops: AccessPops;
let folder: string;
beforeAll(async () => {
  pops = await AccessPops.start();
  folder = mkdtempSync(join(tmpdir(), 'headwater-openssl-'));
}, 60_000);
afterAll(async () => {
  await pops?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Runs the shell example of the page that begins with this comment. */
function example(comment: string): string {
  const script = readFileSync(page, 'utf8')
    .split('```')
    .find((block) => block.startsWith(`sh\n# ${comment}`));
  if (!script) throw new Error(`docs/operate/signed-playback.md has no example "${comment}"`);
  writeFileSync(join(folder, 'example.sh'), script.slice('sh\n'.length));
  return execFileSync('sh', ['-eu', 'example.sh'], { cwd: folder, encoding: 'utf8' }).trim();
}

test('the shell example of the documentation mints tokens that every PoP takes', async () => {
  const jwk = JSON.parse(example('A key of your own'));
  expect((await pops.api('POST', '/signing-keys', { jwk })).json).toMatchObject({
    kid: 'backend-1',
    algorithm: 'EdDSA',
  });
  const token = example('A token');
  const { json } = await pops.ask('sin', 'POST', '/verify', token);
  const nowS = Date.now() / 1_000;
  expect(json.payload).toMatchObject({ iss: 'my-backend', aud: 'headwater', res: 'channel:news', sub: 'viewer-4711' });
  expect(json.payload.exp).toBeGreaterThan(nowS + 3_000);
  expect((await pops.ask('fra', 'POST', '/verify', `${token.slice(0, -4)}AAAA`)).status).toBe(500);
});
