import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bytesAnswer, failure, MemoryStage, settle, textOf } from './memory-stage.ts';

let stage: MemoryStage;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  stage = new MemoryStage();
});
afterEach(() => {
  vi.useRealTimers();
});

async function ask(file: string, answer: ReturnType<typeof bytesAnswer>) {
  const asked = stage.ask(file);
  await stage.answer(answer);
  return asked;
}

test.each(['v720/12.m4s', 'v720/12.3.m4s', 'v720/init-0.mp4'])('%s is asked for once and for all', async (file) => {
  await ask(file, bytesAnswer('media'));
  vi.advanceTimersByTime(3_600_000);
  const again = await stage.ask(file);
  expect([textOf(again), again.from]).toEqual(['media', 'isolate']);
  expect(stage.queries.length).toBe(1);
});

test.each([
  ['index.m3u8', 1_000],
  ['index.mpd', 200],
])('%s lives for %i ms and outlives its origin by six seconds', async (file, freshMs) => {
  await ask(file, bytesAnswer('first'));
  vi.advanceTimersByTime(freshMs);
  expect(textOf(await stage.ask(file))).toBe('first');
  vi.advanceTimersByTime(1);
  expect(textOf(await ask(file, failure('upstream_failed')))).toBe('first');
  vi.advanceTimersByTime(6_000);
  expect((await ask(file, failure('upstream_failed'))).status).toBe(502);
});

test('"not found" is repeated for half a second', async () => {
  expect((await ask('v720/12.m4s', failure('not_found'))).status).toBe(404);
  vi.advanceTimersByTime(500);
  expect((await stage.ask('v720/12.m4s')).status).toBe(404);
  vi.advanceTimersByTime(1);
  expect((await ask('v720/12.m4s', bytesAnswer('media'))).status).toBe(200);
});

test('a timeout is not repeated: the next viewer asks again', async () => {
  expect((await ask('v720/12.m4s', failure('upstream_timeout'))).status).toBe(504);
  expect((await ask('v720/12.m4s', bytesAnswer('media'))).status).toBe(200);
});

test('an upstream that throws is a 502 for all who wait, one that hangs a 504 in bounded time', async () => {
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  const hung = [1, 2].map(() => stage.ask('v720/12.m4s'));
  await settle();
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await Promise.all(hung)).map(({ status }) => status)).toEqual([504, 504]);
  const { tier } = stage;
  const route = { kind: 'segment', broadcast: 'b_00000000000000000000', rendition: 'v720', msn: 13 } as const;
  const request = { route, path: '/x', directives: { msn: null, part: null, skip: null } };
  const call = { upstream: () => Promise.reject(new Error('broken')), waitUntil: () => {} };
  expect((await tier.answer(request, call)).status).toBe(502);
  expect(errors).toHaveBeenCalledOnce();
  errors.mockRestore();
});
