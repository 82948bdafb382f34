import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { signingLimits } from '#shared/limits/access.ts';
import { accessKeys } from '../../../workers/access/access-keys.ts';
import type { KeyRow } from '../../../workers/access/key-rows.ts';
import type { KeyRing } from '../../../workers/access/ports.ts';
import { seal, unseal } from '../../../workers/access/sealing.ts';
import { generateKey } from '../../../workers/access/signing-key.ts';

const oldKeys = `a1:${'o'.repeat(32)}`;
const bothKeys = `a2:${'n'.repeat(32)} ${oldKeys}`;

/** A catalogue of one table that can be away. */
class Catalogue {
  rows: KeyRow[] = [];
  reads = 0;
  isAway = false;

  prepare() {
    const all = async () => {
      this.reads++;
      if (this.isAway) throw new Error('away');
      return { results: this.rows };
    };
    return { bind: () => ({ all }) };
  }

  async ring() {
    vi.resetModules();
    const { keyRing } = await import('../../../workers/access/key-ring.ts');
    const ring: KeyRing = keyRing({ DB: this, ACCESS_KEYS: bothKeys } as never);
    return { find: (kid: string, channel: string | null = null) => ring.find(kid, channel) };
  }

  async add(kid: string): Promise<void> {
    const { secret } = await generateKey('HS256');
    const sealed = await seal(await accessKeys(oldKeys), kid, secret);
    const times = { fetchedMs: 0, triedMs: 0, untilMs: null };
    this.rows.push({ kid, channel: null, algorithm: 'HS256', publicJwk: null, sealed, jwksUrl: null, ...times });
  }

  /** A public key of this id, entered by itself or as a key set. */
  async addPublic(kid: string, channel: string | null, as: 'key' | 'set'): Promise<void> {
    const { publicJwk } = await generateKey('ES256');
    const jwk = { ...publicJwk, kid };
    const times = { fetchedMs: Date.now(), triedMs: Date.now(), untilMs: null };
    const row = as === 'key' ? { kid, algorithm: 'ES256' as const } : { kid: `pk_${channel}`, algorithm: null };
    const jwksUrl = as === 'key' ? null : 'https://login.test/jwks';
    const stored = as === 'key' ? jwk : { keys: [jwk] };
    this.rows.push({ ...row, channel, publicJwk: JSON.stringify(stored), sealed: null, jwksUrl, ...times });
  }
}

let catalogue: Catalogue;
beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['Date'] });
  catalogue = new Catalogue();
  await catalogue.add('known');
});
afterEach(() => vi.useRealTimers());

test('keys are read once in ten seconds, and a killed one is not found after that', async () => {
  const { find } = await catalogue.ring();
  for (let i = 0; i < 100; i++) expect((await find('known'))?.algorithm).toBe('HS256');
  expect(catalogue.reads).toBe(1);
  catalogue.rows = [];
  vi.setSystemTime(Date.now() + signingLimits.ringTtlMs);
  expect(await find('known')).toBeNull();
});

test('a key that was just made is found at once, and a flood of invented ids reads little', async () => {
  const { find } = await catalogue.ring();
  await find('known');
  await catalogue.add('new');
  vi.setSystemTime(Date.now() + 1);
  expect((await find('new'))?.kid).toBe('new');
  for (let i = 0; i < 1_000; i++) {
    if (i % 2 === 0) vi.setSystemTime(Date.now() + 1);
    expect(await find(`invented-${i}`)).toBeNull();
  }
  for (const wrong of ['', '../known', 'a b', 'x'.repeat(65)]) expect(await find(wrong)).toBeNull();
  expect(catalogue.reads).toBeLessThanOrEqual(2 + signingLimits.ringUnknownReadsMax);
});

test('while the catalogue is away known keys are used for an hour; an isolate that knows none says so', async () => {
  const { find } = await catalogue.ring();
  await find('known');
  catalogue.isAway = true;
  vi.setSystemTime(Date.now() + signingLimits.ringStaleMsMax - 1);
  expect((await find('known'))?.kid).toBe('known');
  expect(await find('unknown')).toBeNull();
  vi.setSystemTime(Date.now() + 2_000);
  await expect(find('known')).rejects.toThrow('none are remembered');
  const fresh = await catalogue.ring();
  await expect(fresh.find('known')).rejects.toThrow('none are remembered');
});

test('a key ends when its time has come, also between two readings', async () => {
  catalogue.rows = catalogue.rows.map((row) => ({ ...row, untilMs: Date.now() + 100 }));
  const { find } = await catalogue.ring();
  expect(await find('known')).not.toBeNull();
  vi.setSystemTime(Date.now() + 100);
  expect(await find('known')).toBeNull();
});

test('keys of one id are each their own channel’s, whoever entered his first; the deployment’s is for the others', async () => {
  await catalogue.addPublic('1', 'a', 'key');
  await catalogue.addPublic('1', 'b', 'set');
  await catalogue.addPublic('1', null, 'set');
  await catalogue.addPublic('2', 'a', 'key');
  const { find } = await catalogue.ring();
  const found = [await find('1', 'a'), await find('1', 'b'), await find('1', 'c'), await find('1', null)];
  expect(found.map((one) => one?.channel)).toEqual(['a', 'b', null, null]);
  expect(new Set(found.map((one) => one?.key)).size).toBe(3);
  // There is no other, so that a token of it is told to be for another channel.
  expect((await find('2', 'b'))?.channel).toBe('a');
});

test('a key that another channel entered first is looked for in the catalogue once the channel has it too', async () => {
  await catalogue.addPublic('next', 'a', 'key');
  const { find } = await catalogue.ring();
  expect((await find('next', 'b'))?.channel).toBe('a');
  await catalogue.addPublic('next', 'b', 'set');
  vi.setSystemTime(Date.now() + signingLimits.ringUnknownMs);
  expect((await find('next', 'b'))?.channel).toBe('b');
});

test('what was sealed with an older secret opens while that is listed, under its own name only', async () => {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const sealed = await seal(await accessKeys(oldKeys), 'k', secret);
  expect(await unseal(await accessKeys(bothKeys), 'k', sealed)).toEqual(secret);
  expect((await seal(await accessKeys(bothKeys), 'k', secret)).split('.')[0]).toBe('a2');
  await expect(unseal(await accessKeys(bothKeys), 'other', sealed)).rejects.toThrow();
  await expect(unseal(await accessKeys(`a2:${'n'.repeat(32)}`), 'k', sealed)).rejects.toThrow(
    'ACCESS_KEYS does not have',
  );
});

test.each(['', 'nokid', `:${'x'.repeat(32)}`, 'a1:short', `a 1:${'x'.repeat(32)}`])(
  'ACCESS_KEYS %j is refused without its text',
  async (text) => {
    await expect(accessKeys(text)).rejects.toThrow(/^ACCESS_KEYS (?:is not set|entry \d is not)/);
  },
);
