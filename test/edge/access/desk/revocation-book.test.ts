import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deskLimits } from '#shared/limits/access.ts';
import {
  type Changes,
  ownersKey,
  RevocationBook,
  type RevocationKind,
  revocationKinds,
} from '../../../../workers/access/desk/revocation-book.ts';
import { RevocationView } from '../../../../workers/access/desk/revocation-view.ts';
import type { RevocationSubject } from '../../../../workers/access/ports.ts';

const head = { epoch: 'e1', version: 0, floor: 0 };
const nobody: RevocationSubject = {
  kid: '-',
  owner: null,
  link: null,
  session: null,
  viewer: null,
  channel: null,
  broadcast: null,
  issuedMs: 0,
};

let ids = 0;
const newId = () => `rv_${++ids}`;
const entry = (kind: RevocationKind, value: string, untilMs = 1_000, issuedBeforeMs: number | null = null) => ({
  ...{ kind, value, untilMs, issuedBeforeMs },
  ...{ atMs: 0, label: '' },
});

function subjectOf(kind: RevocationKind, value: string, issuedMs: number): RevocationSubject {
  return { ...nobody, [kind === 'key' ? 'kid' : kind]: value, issuedMs };
}

const value = fc.constantFrom('a', 'b', 'c');
const kind = fc.constantFrom(...revocationKinds);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      kind,
      value,
      forMs: fc.integer({ min: 1, max: 50 }),
      issued: fc.option(fc.integer({ min: 0, max: 30 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('withdraw' as const), at: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sync' as const), view: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20 }) }) },
);

test('a view that hears changes now and then knows what the desk knows, whatever happened in between', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let nowMs = 1;
      let book = new RevocationBook(head, []);
      const views = [new RevocationView(), new RevocationView(), new RevocationView()];
      const truth = new Map<
        string,
        { id: string; kind: RevocationKind; value: string; untilMs: number; issued: number }
      >();
      for (const one of steps) {
        if (one.do === 'pass') nowMs += one.ms;
        if (one.do === 'expire') book.expire(nowMs);
        if (one.do === 'restart') {
          const rows = book.page(Number.MAX_SAFE_INTEGER, null, 1_000).toReversed();
          // Withdrawn entries are kept by the desk too; without them a view must be told everything.
          book = new RevocationBook({ ...book.head, floor: book.head.version }, rows);
        }
        if (one.do === 'add') {
          book.expire(nowMs);
          for (const [name, held] of truth) if (held.untilMs <= nowMs) truth.delete(name);
          const name = `${one.kind} ${one.value}`;
          const held = truth.get(name);
          const added = book.add(entry(one.kind, one.value, nowMs + one.forMs, one.issued), newId);
          const issued = Math.max(held?.issued ?? 0, one.issued ?? Number.POSITIVE_INFINITY);
          const untilMs = Math.max(held?.untilMs ?? 0, nowMs + one.forMs);
          truth.set(name, { id: added?.id ?? '', kind: one.kind, value: one.value, untilMs, issued });
        }
        if (one.do === 'withdraw') {
          const victim = [...truth.values()].filter((held) => held.untilMs > nowMs)[one.at];
          if (victim) {
            expect(book.withdraw(victim.id)).not.toBeNull();
            truth.delete(`${victim.kind} ${victim.value}`);
          }
        }
        if (one.do !== 'sync') continue;
        const view = views[one.view] as RevocationView;
        view.apply(book.changesSince(view.epoch, view.version), nowMs);
        for (const kind of revocationKinds) {
          for (const value of ['a', 'b', 'c']) {
            for (const issuedMs of [0, 15, 40]) {
              const held = truth.get(`${kind} ${value}`);
              // Something added again after it was withdrawn lasts at least as long as it did before.
              const expected = held !== undefined && held.untilMs > nowMs && issuedMs <= held.issued;
              const isRevoked = view.isRevoked(subjectOf(kind, value, issuedMs), nowMs);
              if (expected) expect(isRevoked).toBe(true);
              if (held === undefined) expect(isRevoked).toBe(false);
            }
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('who is up to date hears nothing, who is behind the changes, who comes from another history everything', () => {
  const book = new RevocationBook(head, []);
  book.add(entry('session', 's1'), newId);
  book.add(entry('viewer', 'v1', 2_000, 500), newId);
  expect(book.changesSince('e1', 2)).toEqual({ epoch: 'e1', version: 2, isWhole: false, changes: [] });
  expect(book.changesSince('e1', 1)).toEqual({
    epoch: 'e1',
    version: 2,
    isWhole: false,
    changes: [['viewer', 'v1', 500, 2_000]],
  });
  const whole: Changes = {
    epoch: 'e1',
    version: 2,
    isWhole: true,
    changes: [
      ['session', 's1', null, 1_000],
      ['viewer', 'v1', 500, 2_000],
    ],
  };
  expect(book.changesSince('', 0)).toEqual(whole);
  expect(book.changesSince('e0', 2)).toEqual(whole);
  expect(book.changesSince('e1', 3)).toEqual(whole);
});

test('a view forgets what a new history does not have, and ignores changes of another one', () => {
  const view = new RevocationView();
  view.apply({ epoch: 'e1', version: 5, isWhole: true, changes: [['link', 'l', null, 1_000]] }, 0);
  view.apply({ epoch: 'e2', version: 6, isWhole: false, changes: [['link', 'l', null, 0]] }, 0);
  expect(view.isRevoked({ ...nobody, link: 'l' }, 1)).toBe(true);
  view.apply({ epoch: 'e1', version: 4, isWhole: false, changes: [['link', 'l', null, 0]] }, 0);
  expect(view.isRevoked({ ...nobody, link: 'l' }, 1)).toBe(true);
  view.apply({ epoch: 'e2', version: 1, isWhole: true, changes: [] }, 0);
  expect([view.isRevoked({ ...nobody, link: 'l' }, 1), view.epoch, view.version]).toEqual([false, 'e2', 1]);
});

test('tokens issued after a viewer was revoked are good; those that do not say when are not', () => {
  const view = new RevocationView();
  view.apply({ epoch: 'e', version: 1, isWhole: true, changes: [['viewer', 'v', 500, 1_000]] }, 0);
  const at = (issuedMs: number, nowMs = 600) => view.isRevoked({ ...nobody, viewer: 'v', issuedMs }, nowMs);
  expect([at(0), at(500), at(501), at(0, 1_000)]).toEqual([true, true, false, false]);
  view.expire(1_000);
  expect(at(0, 600)).toBe(false);
});

test("a revoked key of one channel is that channel's, and one of the deployment is its own; without an owner it is all of the id", () => {
  const view = new RevocationView();
  const kept = { epoch: 'e', version: 1, isWhole: true };
  const revoked = (value: string) => {
    view.apply({ ...kept, changes: [['key', value, null, 1_000]] }, 0);
    return ['a', 'b', null].map((owner) => view.isRevoked({ ...nobody, kid: 'k', owner }, 1));
  };
  expect(revoked(ownersKey('k', 'a'))).toEqual([true, false, false]);
  expect(revoked(ownersKey('k', null))).toEqual([false, false, true]);
  expect(revoked('k')).toEqual([true, true, true]);
  expect(revoked('other')).toEqual([false, false, false]);
});

test('a full list refuses, keeps room for emergencies, widens what is there, and gives places back', () => {
  const book = new RevocationBook(head, []);
  for (let i = 0; i < deskLimits.revocationsMax; i++)
    expect(book.add(entry('session', `s${i}`, 10), newId)).not.toBeNull();
  expect(book.add(entry('session', 'more'), newId)).toBeNull();
  expect(book.add(entry('session', 's7', 99), newId)?.untilMs).toBe(99);
  for (let i = 0; i < deskLimits.revocationsReserved; i++)
    expect(book.add(entry('key', `k${i}`, 10), newId)).not.toBeNull();
  expect(book.add(entry('key', 'more'), newId)).toBeNull();
  expect(book.expire(10)).toHaveLength(deskLimits.revocationsMax + deskLimits.revocationsReserved - 1);
  expect(book.add(entry('session', 'more'), newId)).not.toBeNull();
  expect(book.size).toBe(2);
});

test('withdrawn ones do not pile up: who missed the forgotten ones hears everything', () => {
  const book = new RevocationBook(head, []);
  const view = new RevocationView();
  const first = book.add(entry('session', 'first'), newId);
  view.apply(book.changesSince(view.epoch, view.version), 0);
  book.withdraw(first?.id ?? '');
  let kept = 1;
  for (let i = 0; i < 2 * deskLimits.withdrawnMax; i++) {
    const added = book.add(entry('session', `s${i}`), newId);
    kept += 1 - (book.withdraw(added?.id ?? '')?.dropped.length ?? 0);
    expect(kept).toBeLessThanOrEqual(deskLimits.withdrawnMax);
  }
  expect(book.changesSince(view.epoch, view.version).isWhole).toBe(true);
  view.apply(book.changesSince(view.epoch, view.version), 0);
  expect(view.isRevoked({ ...nobody, session: 'first' }, 1)).toBe(false);
});
