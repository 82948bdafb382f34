import { expect, test } from 'vitest';
import { checkSignature, importWireKey, signRequest, type WireKey } from '#shared/wire/signature.ts';
import { splitWireKeys } from '../../origin/config/config.ts';
import { wireKeys } from '../../workers/control/wire-keys.ts';

const old = `k1:${'o'.repeat(32)}`;
const fresh = `k2:${'n'.repeat(32)}`;
/** The steps of docs/operate/first-deploy.md; each side takes each of them in its own time. */
const steps = [old, `${old} ${fresh}`, `${fresh} ${old}`, fresh];
const meetings = steps.flatMap((step, index) => {
  const next = steps[index + 1];
  return next === undefined
    ? [[step, step]]
    : [
        [step, step],
        [step, next],
        [next, step],
      ];
});

const originKeys = (text: string) =>
  Promise.all(splitWireKeys(text).map(({ kid, secret }) => importWireKey(kid, secret)));

test.each(meetings)(
  'while keys are rotated, an origin with %s and a PoP with %s trust each other',
  async (origin = '', pop = '') => {
    const [atOrigin, atPop] = [await originKeys(origin), await wireKeys(pop)];
    expect(await isTrusted(atOrigin, atPop, 'control')).toBeNull();
    expect(await isTrusted(atPop, atOrigin, 'origin')).toBeNull();
  },
);

test('a key that was dropped opens nothing, on either side', async () => {
  const [atOrigin, atPop] = [await originKeys(old), await wireKeys(fresh)];
  expect(await isTrusted(atOrigin, atPop, 'control')).toBe('unknown_key');
  expect(await isTrusted(atPop, atOrigin, 'origin')).toBe('unknown_key');
});

async function isTrusted(from: readonly WireKey[], to: readonly WireKey[], audience: 'origin' | 'control') {
  const request = { audience, method: 'POST', target: '/x', body: new Uint8Array([1]) };
  return checkSignature(to, await signRequest(from[0] as WireKey, request, 1_000), request, 1_000);
}
