import { expect, it } from 'vitest';
import { importLimits } from '#shared/limits/control.ts';
import { type ImportState, importStates } from '#shared/model/import.ts';
import { type Takers, waitOf } from '../../workers/control/import-waits.ts';

const nowMs = 1_790_000_000_000;
const { silentMs, takenWithinMs } = importLimits;
const idle: Takers = { living: 2, open: 2, roomy: 2, idle: 2 };

const waitAfter = (state: ImportState, silentForMs: number, takers: Partial<Takers> = {}) =>
  waitOf({ state, updatedMs: nowMs - silentForMs }, { ...idle, ...takers }, nowMs);

it.each([
  [{ living: 0, open: 0, roomy: 0, idle: 0 }, 'no_origin'],
  [{ open: 0, roomy: 0, idle: 0 }, 'origins_drain'],
  [{ roomy: 0, idle: 0 }, 'origins_busy'],
  [{ roomy: 1, idle: 0 }, 'origins_import'],
  [{ idle: 1 }, 'soon'],
])('where of two origins %o can, a whole file waits: %s', (takers, why) => {
  expect(waitAfter('queued', 0, takers)).toBe(why);
  expect(waitAfter('encoding', silentMs + 1, takers)).toBe(why);
});

it('is not taken where an origin has time and does not come for it', () => {
  expect([waitAfter('queued', takenWithinMs), waitAfter('queued', takenWithinMs + 1)]).toEqual(['soon', 'not_taken']);
  expect([
    waitAfter('uploading', silentMs + takenWithinMs),
    waitAfter('uploading', silentMs + takenWithinMs + 1),
  ]).toEqual(['soon', 'not_taken']);
});

it('waits for no origin while one has it, before it is whole, and once it is over', () => {
  expect([waitAfter('encoding', silentMs), waitAfter('uploading', 0)]).toEqual([null, null]);
  const others = importStates.filter((state) => !['queued', 'encoding', 'uploading'].includes(state));
  expect(others.map((state) => waitAfter(state, 10 * silentMs, { living: 0, open: 0, roomy: 0, idle: 0 }))).toEqual(
    others.map(() => null),
  );
});
