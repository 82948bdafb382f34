import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { failure, MemoryStage, playlistAnswer, settle, textOf } from './memory-stage.ts';

let stage: MemoryStage;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  stage = new MemoryStage();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The stage with a playlist that ends at segment 10, part 3. */
async function warm(): Promise<void> {
  const first = stage.playlist();
  await stage.answer(playlistAnswer());
  await first;
  stage.queries.length = 0;
}

test('a plain request is answered from memory for one part target', async () => {
  await warm();
  vi.advanceTimersByTime(200);
  expect(textOf(await stage.playlist())).toBe('10.3');
  expect(stage.queries).toEqual([]);
  vi.advanceTimersByTime(1);
  const later = stage.playlist();
  await stage.answer(playlistAnswer({ part: 4 }));
  expect(textOf(await later)).toBe('10.4');
});

test('what is listed is answered at once, and what comes next is held once', async () => {
  await warm();
  expect(textOf(await stage.playlist({ msn: 10, part: 3 }))).toBe('10.3');
  expect(textOf(await stage.playlist({ msn: 9 }))).toBe('10.3');
  const held = [1, 2, 3].map(() => stage.playlist({ msn: 10, part: 4 }));
  await settle();
  expect(stage.queries).toEqual(['?_HLS_msn=10&_HLS_part=4']);
  await stage.answer(playlistAnswer({ part: 4 }));
  expect((await Promise.all(held)).map(textOf)).toEqual(['10.4', '10.4', '10.4']);
});

test('however far viewers look ahead, at most two holds go upstream', async () => {
  await warm();
  const wanted = [4, 5, 6, 9, 15].map((part) => stage.playlist({ msn: 10, part }));
  const next = [0, 3, 999].map((part) => stage.playlist({ msn: 11, part }));
  const segments = [10, 11, 12].map((msn) => stage.playlist({ msn }));
  await settle();
  expect(stage.queries.toSorted()).toEqual(['?_HLS_msn=10', '?_HLS_msn=10&_HLS_part=4']);
  stage.queries.length = 0;
  await stage.answer(playlistAnswer({ part: 5 }));
  expect((await Promise.all(wanted.slice(0, 2))).map(textOf)).toEqual(['10.5', '10.5']);
  expect(stage.queries).toEqual(['?_HLS_msn=10&_HLS_part=6']);
  await stage.answer(playlistAnswer({ part: 9, complete: true }));
  expect(textOf(await (segments[0] as Promise<never>))).toBe('10.9');
  expect(stage.waiting.length).toBe(2);
  await stage.answer(playlistAnswer({ msn: 13, part: 0 }));
  await stage.answer(playlistAnswer({ msn: 13, part: 0 }));
  for (const held of [...wanted, ...next, ...segments]) expect((await held).status).toBe(200);
});

test('a part past the end of its segment means part 0 of the next (rule 6)', async () => {
  const first = stage.playlist({ msn: 10, part: 10 });
  await settle();
  await stage.answer(playlistAnswer({ part: 9, complete: true }));
  expect(stage.queries).toEqual(['', '?_HLS_msn=11&_HLS_part=0']);
  await stage.answer(playlistAnswer({ msn: 11, part: 0 }));
  expect(textOf(await first)).toBe('11.0');
});

test('too far ahead is 400 at once when the live edge is known (rules 2, 3)', async () => {
  await warm();
  for (const ahead of [{ msn: 13 }, { msn: 10, part: 19 }]) expect((await stage.playlist(ahead)).status).toBe(400);
  expect(stage.queries).toEqual([]);
});

test('an old playlist is no reason to refuse: the live edge is asked for first', async () => {
  await warm();
  vi.advanceTimersByTime(60_000);
  const resumed = stage.playlist({ msn: 40, part: 2 });
  await settle();
  expect(stage.queries).toEqual(['']);
  await stage.answer(playlistAnswer({ msn: 40, part: 2 }));
  expect(textOf(await resumed)).toBe('40.2');
});

test('what was listed long ago gets the current playlist, not an old one (rule 7)', async () => {
  await warm();
  vi.advanceTimersByTime(60_000);
  const late = stage.playlist({ msn: 5 });
  await stage.answer(playlistAnswer({ msn: 40 }));
  expect(textOf(await late)).toBe('40.3');
});

test('a viewer never sees a playlist go backwards (rule 26)', async () => {
  await warm();
  vi.advanceTimersByTime(300);
  const plain = stage.playlist();
  await stage.answer(playlistAnswer({ part: 1 }));
  expect(textOf(await plain)).toBe('10.3');
  vi.advanceTimersByTime(300);
  const done = stage.playlist();
  await stage.answer(playlistAnswer({ msn: 9, part: 9, complete: true }));
  expect(textOf(await done)).toBe('10.3');
});

test('a slow plain answer does not replace what a released hold brought', async () => {
  await warm();
  vi.advanceTimersByTime(300);
  const plain = stage.playlist();
  const held = stage.playlist({ msn: 10, part: 4 });
  await settle();
  const [slow, quick] = stage.waiting.splice(0);
  quick?.answer(playlistAnswer({ part: 4 }));
  expect(textOf(await held)).toBe('10.4');
  slow?.answer(playlistAnswer({ part: 3 }));
  expect(textOf(await plain)).toBe('10.4');
  expect(textOf(await stage.playlist())).toBe('10.4');
});

test('after three target durations without progress an older playlist is believed', async () => {
  await warm();
  vi.advanceTimersByTime(6_001);
  const plain = stage.playlist();
  await stage.answer(playlistAnswer({ msn: 2 }));
  expect(textOf(await plain)).toBe('2.3');
});

test('upstream down: plain requests get the last playlist for three target durations, blocking ones the error', async () => {
  await warm();
  vi.advanceTimersByTime(5_000);
  const plain = stage.playlist();
  await stage.answer(failure('upstream_failed'));
  expect(textOf(await plain)).toBe('10.3');
  vi.advanceTimersByTime(500);
  const blocking = stage.playlist({ msn: 10, part: 4 });
  await stage.answer(failure('upstream_timeout'));
  expect((await blocking).status).toBe(504);
  vi.advanceTimersByTime(501);
  const late = stage.playlist();
  await stage.answer(failure('upstream_failed'));
  expect((await late).status).toBe(502);
});

test('a failure is repeated for a moment without asking again', async () => {
  const first = stage.playlist();
  await stage.answer(failure('upstream_failed'));
  expect((await first).status).toBe(502);
  expect((await stage.playlist()).status).toBe(502);
  expect(stage.queries.length).toBe(1);
  vi.advanceTimersByTime(251);
  const again = stage.playlist();
  await stage.answer(playlistAnswer());
  expect((await again).status).toBe(200);
});

test('after the end directives are ignored (rule 9)', async () => {
  const first = stage.playlist({ msn: 10, part: 4 });
  await stage.answer(playlistAnswer({ ended: true, complete: true }));
  expect((await first).status).toBe(200);
  expect((await stage.playlist({ msn: 500 })).status).toBe(200);
  expect(stage.queries).toEqual(['']);
});

test('a broadcast that is gone is gone at once', async () => {
  await warm();
  vi.advanceTimersByTime(300);
  const gone = stage.playlist();
  await stage.answer(failure('gone'));
  expect((await gone).status).toBe(410);
  expect((await stage.playlist({ msn: 9 })).status).toBe(410);
});

test('delta updates and whole playlists never stand in for each other (rule 11)', async () => {
  await warm();
  const delta = stage.playlist({ skip: 'YES' });
  await stage.answer(playlistAnswer({}, 'delta'));
  expect(textOf(await delta)).toBe('delta');
  expect(textOf(await stage.playlist())).toBe('10.3');
  expect(stage.queries).toEqual(['?_HLS_skip=YES']);
});

test('an upstream that lets go of a hold without news is not asked in a circle', async () => {
  await warm();
  const held = stage.playlist({ msn: 10, part: 4 });
  await stage.answer(playlistAnswer());
  expect((await held).status).toBe(503);
  expect(stage.queries.length).toBe(1);
});

test('a playlist without its state is an upstream failure', async () => {
  const plain = stage.playlist();
  await stage.answer({ ...playlistAnswer(), state: null });
  expect((await plain).status).toBe(502);
});
