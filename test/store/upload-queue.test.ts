import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UploadQueue } from '../../origin/store/upload-queue.ts';

const keys = [
  'b/b_1/v720/1.m4s',
  'b/b_1/v720/2.m4s',
  'b/b_1/a1/1.m4s',
  'b/b_2/v720/1.m4s',
  'b/b_2/poster.jpg',
  'other',
];
const prefixes = ['', 'b/', 'b/b_1/', 'b/b_1/v720/', 'b/b_2/poster.jpg', 'b/b_', 'b/b_3/', 'o'];

it('is a list of keys, each once, whatever is done to it', () => {
  const anyKey = fc.constantFrom(...keys);
  const anyStep = fc.oneof(
    fc.record({ do: fc.constant('push' as const), key: anyKey }),
    fc.record({ do: fc.constant('putFirst' as const), key: anyKey }),
    fc.record({ do: fc.constant('take' as const), key: fc.option(anyKey) }),
    fc.record({ do: fc.constant('drop' as const), key: fc.constantFrom(...prefixes) }),
  );
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
      const queue = new UploadQueue();
      let list: string[] = [];
      for (const step of steps) {
        if (step.do === 'push') {
          expect(queue.push(step.key)).toBe(!list.includes(step.key));
          if (!list.includes(step.key)) list.push(step.key);
        } else if (step.do === 'putFirst') {
          queue.putFirst(step.key);
          list = [step.key, ...list.filter((one) => one !== step.key)];
        } else if (step.do === 'drop') {
          queue.drop(step.key);
          list = list.filter((one) => !one.startsWith(step.key));
        } else {
          const taken = list.find((one) => one !== step.key) ?? null;
          expect(queue.take((one) => one !== step.key)).toBe(taken);
          list = list.filter((one) => one !== taken);
        }
        expect(keys.map((one) => queue.has(one))).toEqual(keys.map((one) => list.includes(one)));
        const count = (prefix: string) => list.filter((one) => one.startsWith(prefix)).length;
        expect(prefixes.map((prefix) => queue.count(prefix))).toEqual(prefixes.map(count));
      }
    }),
  );
});

it('keeps its order over thousands', () => {
  const queue = new UploadQueue();
  const pushed = Array.from({ length: 5_000 }, (_, n) => `b/b_1/v720/${n}.m4s`);
  for (const key of pushed) queue.push(key);
  const taken: (string | null)[] = [];
  while (queue.count('b/') > 0) {
    const key = queue.take(() => true);
    // Each tenth fails once.
    if (key !== null && taken.length % 10 === 0 && !taken.includes(`${key}!`)) {
      taken.push(`${key}!`);
      queue.putFirst(key);
    } else taken.push(key);
  }
  expect(taken.filter((key) => !key?.endsWith('!'))).toEqual(pushed);
});
