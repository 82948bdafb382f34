import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlaybackClaims, parseClaims, scopes } from '../../workers/token/claims.ts';
import { allowsCountry, allowsSite, decide, entriesOf } from '../../workers/token/policy.ts';
import { asked, broadcast, channel, claims, nowMs, nowS, place } from './any-token.ts';

function read(different: Readonly<Record<string, unknown>> = {}): PlaybackClaims {
  const parsed = parseClaims({ ...claims, ...different }, 'headwater');
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed;
}

function codeOf(
  different: Readonly<Record<string, unknown>>,
  request: Partial<typeof asked> = {},
  atMs = nowMs,
): string {
  const decision = decide(read(different), { ...asked, ...request }, place, atMs);
  return decision.isOpen ? 'open' : decision.code;
}

describe('time', () => {
  test('is strict at playlists and graceful at media, to the millisecond', () => {
    const endMs = 1_000 * (nowS + 60);
    const at = (kind: 'manifest' | 'media', ms: number) => codeOf({}, { kind }, ms);
    expect([at('manifest', endMs + 4_999), at('manifest', endMs + 5_000)]).toEqual(['open', 'token_expired']);
    expect([at('media', endMs + 52_999), at('media', endMs + 53_000)]).toEqual(['open', 'token_expired']);
  });

  test('begins with nbf, less the leeway', () => {
    expect(codeOf({ nbf: nowS + 5 })).toBe('open');
    expect(codeOf({ nbf: nowS + 6 })).toBe('token_not_yet');
  });

  test('a token never opens more as time goes on', () => {
    const kinds = fc.constantFrom('manifest' as const, 'media' as const);
    fc.assert(
      fc.property(kinds, fc.nat(200_000), fc.nat(200_000), (kind, a, b) => {
        const [early, late] = [nowMs + Math.min(a, b), nowMs + Math.max(a, b)];
        return codeOf({}, { kind }, late) !== 'open' || codeOf({}, { kind }, early) === 'open';
      }),
    );
  });
});

describe('resource', () => {
  const name = fc.stringMatching(/^[a-z0-9]{1,6}(?:-[a-z0-9]{1,6})?$/);

  test('opens exactly what it names: no prefix, no other kind', () => {
    fc.assert(
      fc.property(name, name, (mine, yours) => {
        const code = codeOf({ res: `channel:${mine}` }, { channel: yours });
        return (code === 'open') === (mine === yours);
      }),
    );
    expect(codeOf({ res: `channel:${channel.slice(0, -1)}` })).toBe('wrong_resource');
    expect(codeOf({ res: `broadcast:${broadcast}` })).toBe('open');
    expect(codeOf({ res: `broadcast:${broadcast}` }, { broadcast: null })).toBe('wrong_resource');
    expect(codeOf({ res: 'clip:c_1k3m5p7r9t0000000000' })).toBe('wrong_resource');
    expect(codeOf({ res: 'clip:c_1k3m5p7r9t0000000000' }, { clip: 'c_1k3m5p7r9t0000000000' })).toBe('open');
  });

  test('a scope opens where it is asked for and nowhere else', () => {
    const some = fc.subarray([...scopes], { minLength: 1 });
    fc.assert(
      fc.property(some, some, (has, takes) => {
        const isOpen = has.some((scope) => takes.includes(scope));
        return codeOf({ scp: has }, { scopes: takes }) === (isOpen ? 'open' : 'wrong_scope');
      }),
    );
  });

  test('a height is an upper bound, and sound has none', () => {
    expect(codeOf({ max_height: 720 })).toBe('open');
    expect(codeOf({ max_height: 719 })).toBe('wrong_scope');
    expect(codeOf({ max_height: 1 }, { height: null })).toBe('open');
  });
});

describe('place', () => {
  const rule = fc.stringMatching(/^!?(?:[A-Z]{2}|\*)$/);
  const country = fc.option(fc.stringMatching(/^[A-Z]{2}$/));

  test.each<[readonly string[], string | null, boolean]>([
    [['DE', '!*'], 'DE', true],
    [['!*', 'DE'], 'DE', false],
    [['!US', '*'], 'US', false],
    [['!US', '*'], 'DE', true],
    [['!US', '*'], null, false],
    [['*', '!US'], null, true],
    [['DE'], null, false],
    [['!US'], 'DE', false],
  ])('%j in %s: %s', (rules, where, isAllowed) => {
    expect(allowsCountry(rules, where)).toBe(isAllowed);
  });

  test('what is behind the first rule that fits changes nothing', () => {
    fc.assert(
      fc.property(fc.array(rule), fc.array(rule), country, (before, behind, where) => {
        const fits = (entry: string) => entry.endsWith('*') || entry.endsWith(where ?? '?');
        fc.pre(before.some(fits));
        return allowsCountry(before, where) === allowsCountry([...before, ...behind], where);
      }),
    );
  });

  test.each<[readonly string[] | null, string | null, boolean]>([
    [null, null, true],
    [['example.com'], 'example.com', true],
    [['example.com'], 'example.com:8443', true],
    [['example.com:8443'], 'example.com', false],
    [['example.com:8443'], 'example.com:8443', true],
    [['example.com:443'], 'example.com', true],
    [['example.com:443'], 'example.com:8443', false],
    [['example.com'], 'www.example.com', false],
    [['*.example.com'], 'www.example.com', true],
    [['*.example.com'], 'example.com', true],
    [['*.example.com'], 'badexample.com', false],
    [['example.com'], null, false],
  ])('of the sites %j, %s: %s, in a token and of a channel alike', (sites, site, isAllowed) => {
    expect(allowsSite(sites, site)).toBe(isAllowed);
    const at = (ofToken: typeof sites, ofChannel: typeof sites) =>
      decide(read(ofToken ? { sites: ofToken } : {}), { ...asked, sites: ofChannel }, { ...place, site }, nowMs).isOpen;
    expect([at(sites, null), at(null, sites), at(sites, sites)]).toEqual([isAllowed, isAllowed, isAllowed]);
    expect([at(sites, ['other.example']), at(['other.example'], sites)]).toEqual([false, false]);
  });

  test('a token for files on any site passes over the list of a channel, but for no page of another site', () => {
    const files = read({ scp: ['download'], any_site: true });
    const listed = { ...asked, sites: ['other.example'] };
    const codeFor = (scope: 'download' | 'live', isForPage: boolean, of = files) => {
      const decision = decide(of, { ...listed, scopes: [scope] }, { ...place, site: null, isForPage }, nowMs);
      return decision.isOpen ? 'open' : decision.code;
    };
    expect([codeFor('download', false), codeFor('download', true), codeFor('live', false)]).toEqual([
      ...['open', 'site_refused', 'wrong_scope'],
    ]);
    expect(codeFor('download', false, read({ scp: ['download'] }))).toBe('site_refused');
    expect(codeFor('download', false, read({ scp: ['download'], any_site: true, geo: ['FR'] }))).toBe(
      'country_refused',
    );
  });

  test('the entries that a site is searched by are those that hold it', () => {
    const name = fc.array(fc.constantFrom('a', 'b', 'example', 'com'), { minLength: 1, maxLength: 4 });
    const port = fc.constantFrom('', ':80', ':443', ':8443');
    const host = fc.tuple(name, port).map(([labels, end]) => labels.join('.') + end);
    const entry = fc.tuple(fc.constantFrom('', '*.'), host).map((parts) => parts.join(''));
    fc.assert(fc.property(host, entry, (site, one) => entriesOf(site).includes(one) === allowsSite([one], site)));
    expect(entriesOf(`${'a'.repeat(300)}.example.com`)).toEqual([]);
  });

  test('who is in no known country is never better off than who is in a refused one', () => {
    fc.assert(
      fc.property(fc.array(rule), (rules) => {
        const named = rules
          .filter((entry) => entry.startsWith('!') && !entry.endsWith('*'))
          .map((entry) => entry.slice(1));
        return !allowsCountry(rules, null) || named.every((name) => allowsCountry(rules, name));
      }),
    );
  });
});

test('no restriction that is added opens anything', () => {
  const restrictions = fc.record(
    {
      geo: fc.constantFrom(['DE'], ['FR'], ['!DE', '*']),
      net: fc.constantFrom(['203.0.113.0/24'], ['2001:db8::/32']),
      sites: fc.constantFrom(['example.com'], ['example.org']),
      max_height: fc.constantFrom(480, 720),
      scp: fc.constantFrom(['live'], ['replay']),
      nbf: fc.constantFrom(nowS - 1, nowS + 60),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(restrictions, restrictions, (some, more) => {
      const both = { ...more, ...some };
      return codeOf(both) !== 'open' || codeOf(some) === 'open';
    }),
  );
});
