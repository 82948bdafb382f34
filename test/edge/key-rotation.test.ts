import { expect, onTestFinished, test } from 'vitest';
import { checkSignature, importWireKey, type WireKey } from '#shared/wire/signature.ts';
import { createControlClient } from '../../origin/broadcast/control-client.ts';
import { splitWireKeys } from '../../origin/config/config.ts';
import { wireKeys } from '../../workers/control/wire-keys.ts';
import { noteSecrets } from '../support/canary-notes.ts';
import { testSecrets } from '../support/edge.ts';
import { LiveStage } from '../support/live-stage.ts';
import { signAnew } from '../support/sign-anew.ts';

/** What stages begin with. */
const old = testSecrets.WIRE_KEYS;
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

/** What a text of keys is called in a report, which tells no secrets. */
const kidsOf = (text: string) =>
  splitWireKeys(text)
    .map(({ kid }) => kid)
    .join(' ');

test.each(meetings.map(([origin = '', pop = '']) => ({ origin, pop, kids: [kidsOf(origin), kidsOf(pop)] })))(
  'while keys are rotated, an origin with $kids.0 and a PoP with $kids.1 trust each other',
  async ({ origin, pop }) => {
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

test('they are rotated while viewers watch: no request of theirs is refused, and no heartbeat', async () => {
  noteSecrets({ WIRE_KEYS: fresh });
  const stage = await LiveStage.start();
  onTestFinished(() => stage.stop());
  const { origin, edge } = stage;
  origin.play();
  const { crowd, viewers } = stage.audience(12);
  await stage.reached(viewers, 2);
  const beat = (key: WireKey) =>
    createControlClient(edge.url('ams'), key, Date.now).heartbeat({
      ...{ origin: 'o-keys', url: origin.url, version: '0', broadcasts: [], load: 0, ingest: null },
    });
  /** What both are asked to do from now on, with the keys that each of them has just then. */
  const goesOn = async (originKeys: readonly WireKey[]) => {
    await beat(originKeys[0] as WireKey);
    await stage.reached(viewers, origin.msn + 1);
  };
  let atOrigin = await originKeys(old);
  for (const step of steps.slice(1)) {
    await edge.deploy(['pop-fra', 'pop-ams', 'shield'], { vars: { ...testSecrets, WIRE_KEYS: step } });
    await goesOn(atOrigin);
    atOrigin = await originKeys(step);
    origin.useKeys(atOrigin);
    await goesOn(atOrigin);
  }
  const lastMsn = origin.msn + 1;
  await stage.finish(crowd, viewers, lastMsn);
  expect(crowd.faults).toEqual([]);
  expect(stage.holes(viewers, lastMsn)).toEqual([]);
  // A deployment breaks connections, and that is all.
  expect([...crowd.retried.keys()].filter((said) => /^\d/.test(said))).toEqual([]);
  expect(stage.proxy.requests.filter(({ status }) => status === 401)).toEqual([]);
  const [dropped] = await originKeys(old);
  await expect(beat(dropped as WireKey)).rejects.toMatchObject({ status: 401 });
}, 90_000);

async function isTrusted(from: readonly WireKey[], to: readonly WireKey[], audience: 'origin' | 'control') {
  const request = { audience, method: 'POST', target: '/x', body: new Uint8Array([1]) };
  const checked = await checkSignature(to, await signAnew(from[0] as WireKey, request, 1_000), request, 1_000);
  return typeof checked === 'string' ? checked : null;
}
