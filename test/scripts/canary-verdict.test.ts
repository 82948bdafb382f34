import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CanaryIndex } from '../support/canary-index.ts';
import { canaryVariable } from '../support/canary-notes.ts';
import { judgeRun } from '../support/canary-verdict.ts';
import { pollUntil } from '../support/poll.ts';
import { ProcessLog, type ProcessWords } from '../support/process-words.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headwater-canaries-'));
  for (const folder of ['run', 'dist', 'state/cache']) mkdirSync(join(root, folder), { recursive: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

const apiToken = 'api-token-of-0123456789';
const streamKey = 'key-of-a-stream-0123456789';
const session = 's1.a1.payload-of-a-session-012345.mac-of-a-session-0123456789';

/** A stage of the suite, as it is with a run around it. */
async function stage() {
  vi.stubEnv(canaryVariable, join(root, 'run'));
  vi.resetModules();
  const notes = await import('../support/canary-notes.ts');
  notes.noteSecrets({ apiToken, streamKey, wireKeys: 'k1:first-secret-0123456789 k0:other-secret-0123456789' });
  notes.noteAnswer(JSON.stringify({ id: 'ss_1', session, hls: '/live' }));
  return notes;
}

function judge(processes: Iterable<ProcessWords> = []) {
  const [bundles, report] = [join(root, 'dist'), join(root, 'results.json')];
  return judgeRun({ folder: join(root, 'run'), bundles, reports: [report], processes });
}

test('what is clean is found clean, and short words are no secrets', async () => {
  const notes = await stage();
  notes.noteSecrets({ short: 'word', none: null });
  notes.noteLog(['a broadcast began', 'k1 was used for ss_1']);
  writeFileSync(join(root, 'state/catalogue.sqlite'), 'rows of k1 and ss_1');
  notes.sweepState(join(root, 'state'));
  writeFileSync(join(root, 'dist/main.js'), 'export {};');
  expect(judge()).toEqual({ found: [], canaries: 6 });
});

test('a planted secret is found wherever it is, and named without being told', async () => {
  const notes = await stage();
  notes.noteLog([`GET /t/${session}/live/news/index.m3u8`]);
  writeFileSync(join(root, 'state/cache/blob'), Buffer.from(`\u0000\u0001other-secret-0123456789\u0000`));
  writeFileSync(join(root, 'state', streamKey), 'a name of a file');
  writeFileSync(join(root, 'state/secrets.json'), apiToken);
  notes.sweepState(join(root, 'state'), ['secrets.json']);
  writeFileSync(join(root, 'dist/main.js'), `const key = "first-secret-0123456789";`);
  writeFileSync(join(root, 'results.json'), JSON.stringify({ message: `expected ${apiToken} to be refused` }));
  const { found } = judge();
  expect(found.toSorted()).toEqual([
    'a log: session, part 0',
    'a log: session, part 1',
    'main.js: wireKeys',
    'state/cache/blob: wireKeys',
    'state/the name of a file: streamKey',
    'the report: apiToken',
  ]);
  for (const secret of [apiToken, streamKey, ...session.split('.').slice(2)]) {
    expect(found.join()).not.toContain(secret);
  }
});

test('arguments and environments of processes are seen while they run, also of a child’s child', async () => {
  await stage();
  const env = { ...process.env, SECRET: apiToken, HEADWATER_TOKEN: streamKey };
  const script = `require('child_process').spawn('sleep', ['60'], { stdio: 'ignore' }).unref()`;
  const child = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1000)`, streamKey], {
    env,
    stdio: 'ignore',
  });
  const log = new ProcessLog();
  const isSeen = () => {
    log.look(process.pid);
    return [...log.seen].some(({ arguments: words }) => words.startsWith('sleep 60'));
  };
  await pollUntil(isSeen, 'the child of the child', 10_000);
  const sleeping = [...log.seen].find(({ arguments: words }) => words.startsWith('sleep 60'));
  if (sleeping) process.kill(sleeping.pid);
  child.kill();
  await once(child, 'exit');
  expect(judge(log.seen).found.toSorted()).toEqual([
    'arguments of a process: streamKey',
    'the environment of a process: apiToken',
  ]);
});

test('an encoder of a test may know a stream key, and nothing else', async () => {
  await stage();
  const encoder = { pid: 1, arguments: `ffmpeg rtmp://127.0.0.1/live/${streamKey} ${apiToken}`, environment: [] };
  expect(judge([encoder]).found).toEqual(['arguments of a process: apiToken']);
});

test('without a run around it nothing is noted', async () => {
  vi.stubEnv(canaryVariable, undefined);
  vi.resetModules();
  const notes = await import('../support/canary-notes.ts');
  notes.noteSecrets({ apiToken });
  notes.noteLog([apiToken]);
  notes.sweepState(join(root, 'nowhere'));
  expect(judge()).toEqual({ found: [], canaries: 0 });
});

test('the index finds exactly what is there, among many that begin alike', () => {
  const text = fc.stringMatching(/^[ab]{16,20}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(text, { minLength: 1, maxLength: 30 }),
      fc.stringMatching(/^[ab ]{0,200}$/),
      (texts, hay) => {
        const index = new CanaryIndex(texts.map((canary) => ({ name: canary, text: canary })));
        const filled = hay + texts[0];
        const expected = texts.filter((canary) => filled.includes(canary));
        expect(index.namesIn(Buffer.from(filled)).toSorted()).toEqual(expected.toSorted());
      },
    ),
  );
});
