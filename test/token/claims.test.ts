import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromCat } from '../../workers/token/cat-claims.ts';
import { parseClaims } from '../../workers/token/claims.ts';
import { fromUriSigning } from '../../workers/token/uri-signing.ts';
import { broadcast, claims, nowS } from './any-token.ts';

test('every claim is read under its own name and in ms', () => {
  const all = {
    ...claims,
    ...{ iss: 'shop', sub: 'viewer-1', jti: 'ln_1', sid: 's-1', iat: nowS, nbf: nowS, renew_until: nowS + 7_200 },
    ...{ scp: ['live'], max_height: 720, start: nowS, end: nowS + 60, geo: ['DE', '!*'], net: ['203.0.113.0/24'] },
    ...{ sites: ['example.com'], max_streams: 2, when_full: 'end-oldest', uses: 3 },
  };
  expect(parseClaims(all, 'headwater')).toEqual({
    issuer: 'shop',
    viewer: 'viewer-1',
    link: 'ln_1',
    session: 's-1',
    issuedMs: 1_000 * nowS,
    notBeforeMs: 1_000 * nowS,
    expiresMs: 1_000 * (nowS + 60),
    renewUntilMs: 1_000 * (nowS + 7_200),
    resource: { kind: 'channel', id: 'news' },
    scopes: ['live'],
    limits: {
      heightMax: 720,
      startMs: 1_000 * nowS,
      endMs: 1_000 * (nowS + 60),
      countries: ['DE', '!*'],
      networks: ['203.0.113.0/24'],
      sites: ['example.com'],
      anySite: false,
      streamsMax: 2,
      whenFull: 'end-oldest',
      usesMax: 3,
    },
  });
});

test('what is not said has no limit, and opens everything but downloads', () => {
  expect(parseClaims(claims, 'headwater')).toMatchObject({
    scopes: ['live', 'dvr', 'replay', 'clip'],
    renewUntilMs: null,
  });
});

test('anything at all is read or refused, never thrown, and no fault repeats a value', () => {
  const names = [
    'iss',
    'sub',
    'aud',
    'exp',
    'res',
    'scp',
    'geo',
    'net',
    'sites',
    'max_streams',
    'uses',
    'start',
    'sid',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
      const parsed = parseClaims({ ...claims, [name]: value }, 'headwater');
      if (!('fault' in parsed)) return true;
      return typeof value !== 'string' || value.length < 8 || !parsed.fault.includes(value);
    }),
  );
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (raw) => 'fault' in parseClaims(raw, 'headwater')));
});

test('names of RFC 9246 are read as our own', () => {
  const raw = {
    ...claims,
    res: undefined,
    cdniv: 1,
    cdniip: '203.0.113.0/24',
    cdniuc: 'regex:https://[^/]*/b/b_x/.*',
    cdniets: 60,
  };
  expect(fromUriSigning(raw)).toMatchObject({
    raw: { res: 'broadcast:b_x', net: ['203.0.113.0/24'], renew_until: nowS + 60 + 86_400 },
  });
  expect(fromUriSigning({ ...claims, fault: 'a claim of this name' })).toEqual({
    raw: { ...claims, fault: 'a claim of this name' },
  });
});

test('labels of a CAT are read as our own', () => {
  const labels = new Map<unknown, unknown>([
    ...([
      [1, 'shop'],
      [2, 'viewer-1'],
      [3, 'headwater'],
      [4, nowS],
      [5, nowS],
      [6, nowS],
      [310, 1],
    ] as const),
    [7, Buffer.from('ln_1')],
    [311, ['203.0.113.0/24']],
    [312, new Map([[3, new Map([[1, `/b/${broadcast}/`]])]])],
    [316, ['DE']],
    ['max_streams', 2],
  ]);
  expect(fromCat(labels)).toEqual({
    raw: {
      ...{ iss: 'shop', sub: 'viewer-1', aud: 'headwater', exp: nowS, nbf: nowS, iat: nowS, jti: 'ln_1' },
      ...{ net: ['203.0.113.0/24'], res: `broadcast:${broadcast}`, geo: ['DE'], max_streams: 2 },
    },
  });
  expect(
    fromCat(
      new Map<unknown, unknown>([
        [311, []],
        ['net', []],
      ]),
    ),
  ).toHaveProperty('fault');
  expect(fromCat(new Map([[7, new Uint8Array([0, 255])]]))).toEqual({ raw: { jti: '00ff' } });
});
