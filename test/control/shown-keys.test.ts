import { expect, it } from 'vitest';
import { arbiterLimits } from '#shared/limits/control.ts';
import { noArbitration } from '../../workers/arbiter/arbitration.ts';
import { mayGoOn, noteShown, type ShownKey } from '../../workers/arbiter/shown-keys.ts';

const claim = { origin: 'a', session: 'a-1', known: null };

it('a stream key that was shown counts for a minute, and longer while its origin goes on', () => {
  const { forgetMs } = arbiterLimits;
  const once = noteShown([], 'a', 1_000);
  const at = (shown: readonly ShownKey[], nowMs: number) => mayGoOn(noArbitration, shown, claim, nowMs);
  expect([at([], 1_000), at(once, 1_000 + forgetMs - 1), at(once, 1_000 + forgetMs)]).toEqual([false, true, false]);
  expect(at(noteShown(once, 'a', 1_000 + forgetMs - 1), 1_000 + forgetMs)).toBe(true);
  expect(mayGoOn(noArbitration, once, { ...claim, origin: 'b' }, 1_000)).toBe(false);
});

it('no more of them are remembered than may be, and those that are over go', () => {
  let shown: readonly ShownKey[] = [];
  for (let at = 0; at < 100; at++) shown = noteShown(shown, `o-${at}`, 1_000 + at);
  expect(shown).toHaveLength(arbiterLimits.shownKeysMax);
  expect(shown.at(-1)?.origin).toBe('o-99');
  expect(noteShown(shown, 'a', 1e9).map(({ origin }) => origin)).toEqual(['a']);
});

it('a place that an origin has, or its broadcast by the catalogue, is enough', () => {
  const place = { origin: 'a', session: 'a-1', untilMs: 0 };
  expect(mayGoOn({ ...noArbitration, waiting: [place] }, [], claim, 1)).toBe(true);
  expect(mayGoOn({ ...noArbitration, holder: { ...place, broadcast: null, isSettled: true } }, [], claim, 1)).toBe(
    true,
  );
  expect(mayGoOn(noArbitration, [], { ...claim, known: { origin: 'a', untilMs: 0 } }, 1)).toBe(true);
  expect(mayGoOn(noArbitration, [], { ...claim, known: { origin: 'b', untilMs: 0 } }, 1)).toBe(false);
});
