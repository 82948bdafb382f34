import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClone } from '../../scripts/fake-clone.ts';
import { cli } from '../../support/cli-run.ts';

let clone: FakeClone;
beforeEach(() => {
  clone = new FakeClone();
  clone.writeJson('package.json', { name: 'clone', type: 'module' });
});
afterEach(() => clone.remove());

const headwater = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  cli(['replay', 'import', ...args], { root: clone.folder, cwd: clone.folder, env });

/** An import that notes how it was started, says these lines, and leaves. */
function willSay(code: number, ...lines: readonly object[]): void {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  clone.write(
    'origin/import.ts',
    `import { writeFileSync } from 'node:fs';
     writeFileSync('started', JSON.stringify({ args: process.argv.slice(2), id: process.env.HEADWATER_ORIGIN_ID }));
     process.stdout.write(${JSON.stringify(text)});
     process.exitCode = ${code};`,
  );
}

const replay = {
  ...{ broadcast: 'b_1', channel: 'news', durationMs: 61_000, sizeBytes: 1_024 },
  ...{ page: '/replay/b_1', hls: '/b/b_1/index.m3u8', dash: '/b/b_1/index.mpd' },
};
const done = [
  { event: 'note', sentence: 'Undid an earlier import: b_0' },
  { event: 'progress', stage: 'encode', percent: 50 },
  { event: 'ready', ...replay },
];

it('imports with the settings of the origin that is set up here, and tells the replay', async () => {
  willSay(0, ...done);
  clone.write('.env', 'HEADWATER_ORIGIN_ID=o-1\n');
  const { code, out, err } = await headwater(['talk.mp4', '--channel', 'news', '--title', '-- The talk']);
  expect([code, err]).toEqual([0, 'Undid an earlier import: b_0\n']);
  expect(out).toBe(
    'replay   b_1\nchannel  news\nlength   1 min 1 s\nsize     1.0 KiB\nwatch    /replay/b_1\n' +
      'HLS      /b/b_1/index.m3u8\nDASH     /b/b_1/index.mpd\n',
  );
  const args = [`${clone.folder}/talk.mp4`, '--channel=news', '--title=-- The talk', '--json'];
  expect(JSON.parse(clone.read('started'))).toEqual({ args, id: 'o-1' });
});

it('takes the file that is named, else that of the stack that runs here', async () => {
  willSay(0, ...done);
  const pids = { stack: process.pid };
  clone.writeJson('.headwater/run.json', { pops: [{ name: 'fra', url: 'http://127.0.0.1:1' }], pids });
  const configOf = async (...options: string[]) => {
    const { json } = await headwater(['/talk.mp4', '--channel', 'news', '--json', ...options]);
    expect(json).toEqual(replay);
    return JSON.parse(clone.read('started')).args[2];
  };
  expect(await configOf()).toBe(`--config=${clone.folder}/.headwater/origin/config.json`);
  expect(await configOf('--config', 'origin.json')).toBe(`--config=${clone.folder}/origin.json`);
});

it('tells why there is no replay, with the code of the import', async () => {
  willSay(1, { event: 'failed', code: 'file_not_mp4', message: 'It is no MP4:\n  none.' });
  const { code, out, err } = await headwater(['talk.txt', '--channel', 'news', '--json']);
  expect([code, out, JSON.parse(err).error]).toMatchObject([
    1,
    '',
    { code: 'file_not_mp4', message: 'It is no MP4:\n  none.' },
  ]);
  willSay(3);
  expect((await headwater(['talk.txt', '--channel', 'news'])).err).toContain('ended with code 3');
});
