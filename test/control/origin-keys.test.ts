import { expect, it } from 'vitest';
import { controlLimits } from '#shared/limits/control.ts';
import { findOriginKey } from '../../workers/control/origin-keys.ts';

it('ids that somebody makes up are read once in a while, and push no key out of the memory', async () => {
  const key = { kid: 'ok_good', origin: 'fra-1', master: 'k1', revokedMs: null };
  const read: unknown[] = [];
  const statement = (kid: unknown) => ({
    first: async () => {
      read.push(kid);
      return kid === key.kid ? key : null;
    },
  });
  const db = { prepare: () => ({ bind: statement }) } as unknown as Parameters<typeof findOriginKey>[0];
  expect(await findOriginKey(db, key.kid, 1_000)).toEqual(key);
  const madeUp = Array.from({ length: 2 * controlLimits.originKeysRemembered }, (_, at) => `ok_${at}`);
  for (const kid of [...madeUp, madeUp.at(-1) ?? '']) expect(await findOriginKey(db, kid, 1_000)).toBeNull();
  expect(await findOriginKey(db, key.kid, 1_000)).toEqual(key);
  expect(read).toEqual([key.kid, ...madeUp]);
});
