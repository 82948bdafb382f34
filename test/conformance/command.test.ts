import { expect, it } from 'vitest';
import { systemClock } from '../../conformance/clock.ts';
import { command } from '../../conformance/command.ts';
import { FakeServer } from './fake-server.ts';

async function run(args: readonly string[], colour = false): Promise<{ code: number; out: string; err: string }> {
  const text = { out: '', err: '' };
  const write = (name: 'out' | 'err') => (piece: string) => {
    text[name] += piece;
  };
  const code = await command(args, { out: write('out'), err: write('err'), isTerminal: false, colour });
  return { code, ...text };
}

/** An ended stream needs no watching, so the machine's own clock will do. */
async function withServer<T>(fault: string | null, use: (url: string) => Promise<T>): Promise<T> {
  const server = new FakeServer(systemClock, 'ended', fault);
  const url = await server.listen();
  try {
    return await use(url);
  } finally {
    await server.close();
  }
}

it.each([
  [[], 'A URL is missing.'],
  [['not a url'], 'Not an http or https URL: not a url'],
  [['file:///x.m3u8'], 'Not an http or https URL: file:///x.m3u8'],
  [['http://a/', 'http://b/'], 'One URL at a time.'],
  [['http://a/', '--fast'], 'Unknown option --fast.'],
  [['http://a/', '--duration', 'x'], '--duration is a number of seconds from 0 to 86400, not "x".'],
  [['http://a/', '--duration'], '--duration is a number of seconds from 0 to 86400, not "".'],
])('%j is refused with words', async (args, words) => {
  const { code, err, out } = await run(args);
  expect(code).toBe(2);
  expect(err.split('\n')[0]).toBe(words);
  expect(out).toBe('');
});

it('what does not answer, or is no stream, is not judged', async () => {
  await withServer(null, async (url) => {
    expect(await run([new URL('/nothing.m3u8', url).href])).toMatchObject({ code: 2, out: '' });
    const { code, err } = await run([new URL('/time', url).href]);
    expect([code, err]).toEqual([2, `${new URL('/time', url).href} is neither an HLS playlist nor an MPD.\n`]);
  });
  expect(await run(['http://127.0.0.1:1/x.m3u8'])).toMatchObject({ code: 2, out: '' });
});

it('a right stream ends with 0, a broken MUST with 1 and its evidence', async () => {
  const right = await withServer(null, (url) => run([url, '--duration', '1']));
  expect(right.code).toBe(0);
  expect(right.out).toMatch(/\n\d+ passed, 0 failed, 0 warned, \d+ not applicable\n$/);
  const broken = await withServer('rule-09', (url) => run([url, '--duration=1']));
  expect(broken.code).toBe(1);
  expect(broken.out).toMatch(
    /FAIL {2}rule-09 .*\n +MUST, rfc8216bis .*\n +· a hint for 20\.0\.m4s after the end {2}\/s\/\w+\/video\/index\.m3u8:\d+\n/,
  );
  expect(broken.out).not.toContain('\u001b');
});

it('colours only where they are wanted, and speaks JSON', async () => {
  await withServer(null, async (url) => {
    expect((await run([url, '--duration=0'], true)).out).toContain('\u001b[32mpass');
    const { out } = await run([url, '--duration=0', '--json'], true);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ url, kind: 'hls', counts: { fail: 0 } });
    const keys = Object.keys(report.results[0]);
    expect(keys).toEqual([
      ...['id', 'title', 'group', 'section', 'severity', 'asks', 'verdict', 'looked', 'note', 'findings', 'more'],
    ]);
  });
});
