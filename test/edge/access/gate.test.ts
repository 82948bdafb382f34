import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { signingLimits, tokenLimits } from '#shared/limits/access.ts';
import { type Admission, createGate, type GateParts, type Visitor } from '../../../workers/access/gate.ts';
import type {
  Keeping,
  LeaseAnswer,
  LeaseRequest,
  Rates,
  RevocationSubject,
  VerifyingKey,
} from '../../../workers/access/ports.ts';
import { testSecrets } from '../../support/edge.ts';
import { mintJwt, newTestKey } from '../../support/token-mint.ts';
import { asked, channel, claims, nowMs, nowS, place } from '../../token/any-token.ts';

const key = newTestKey('es', 'ES256');

/** What the others answer, and what they were asked. */
interface World {
  revoked: (subject: RevocationSubject) => boolean;
  lease: LeaseAnswer;
  rates: Rates;
  holds: boolean;
  found: Partial<VerifyingKey> | null;
  readonly leased: LeaseRequest[];
  readonly kept: (readonly [boolean, Keeping])[];
  readonly subjects: RevocationSubject[];
}

let world: World;
let verifying: VerifyingKey;

beforeEach(async () => {
  const jwk = JSON.parse(key.publicJwk ?? '{}') as JsonWebKey;
  const scheme = { name: 'ECDSA', namedCurve: 'P-256' };
  const imported = await crypto.subtle.importKey('jwk', jwk, scheme, false, ['verify']);
  verifying = { kid: 'es', channel: null, algorithm: 'ES256', key: imported, untilMs: null };
  world = {
    revoked: () => false,
    lease: { granted: true, untilMs: nowMs + 20_000 },
    rates: { mayBegin: async () => true, mayBeRefused: async () => true },
    holds: true,
    found: {},
    leased: [],
    kept: [],
    subjects: [],
  };
});
afterEach(() => vi.restoreAllMocks());

function gate(different: Partial<GateParts> = {}) {
  return createGate({
    keyRing: { find: async (kid) => (kid === 'es' && world.found ? { ...verifying, ...world.found } : null) },
    revocations: {
      isRevoked: async (subject) => {
        world.subjects.push(subject);
        return world.revoked(subject);
      },
    },
    leases: {
      renew: async (request) => {
        world.leased.push(request);
        return world.lease;
      },
    },
    sessionLeases: {
      holds: async (_, isMedia, keeping) => {
        world.kept.push([isMedia, keeping]);
        return world.holds;
      },
    },
    rates: world.rates,
    secret: testSecrets.ACCESS_KEYS,
    audience: 'headwater',
    ...different,
  });
}

const presented = (token: string, by: 'path' | 'query' = 'path') => ({ token, by });
const minted = (more: Record<string, unknown> = {}) => mintJwt(key, { ...claims, ...more });

function visitor(token: string, different: Partial<Visitor> = {}): Visitor {
  const usual = { isSigned: true, purpose: 'go-on', keeping: 'lease', clip: null } as const;
  return { ...usual, presented: presented(token), asked, place, ...different };
}

const admit = (who: Visitor, atMs = nowMs) => gate().admit(who, atMs);

/** A session of a token with these claims. */
async function begin(more: Record<string, unknown> = {}): Promise<string> {
  const admission = await admit(visitor(minted({ renew_until: nowS + 7_200, ...more }), { purpose: 'begin' }));
  return tokenOf(admission);
}

function tokenOf(admission: Admission): string {
  if (!admission.isOpen) throw new Error(admission.code);
  return admission.token ?? '';
}

test('a session outlives its token, goes on where it was let in, and ends for good at renew_until', async () => {
  const session = await begin();
  expect(session).toMatch(/^s1\.a1\./);
  expect(await admit(visitor(session), nowMs + 3_600_000)).toMatchObject({ isOpen: true, isInherited: true });
  expect(await admit(visitor(session), nowMs + 7_205_000)).toMatchObject({ code: 'token_expired' });
  expect(await admit(visitor(session, { asked: { ...asked, channel: 'other' } }))).toMatchObject({
    code: 'wrong_resource',
  });
});

test('a session has all that its token had', async () => {
  const session = await begin({
    geo: ['DE'],
    net: ['203.0.113.0/24'],
    sites: ['example.com'],
    scp: ['live'],
    max_height: 720,
  });
  expect(await admit(visitor(session))).toMatchObject({ isOpen: true, limits: { heightMax: 720 } });
  const codes = await Promise.all(
    [
      { place: { ...place, country: 'US' } },
      { place: { ...place, address: '198.51.100.1' } },
      { place: { ...place, site: null } },
      { asked: { ...asked, scopes: ['replay' as const] } },
      { asked: { ...asked, height: 1080 } },
    ].map(async (different) => admit(visitor(session, different))),
  );
  expect(codes.map((admission) => !admission.isOpen && admission.code)).toEqual([
    'country_refused',
    'network_refused',
    'site_refused',
    'wrong_scope',
    'wrong_scope',
  ]);
});

test('the session of a clip is for the clip, and for nothing else of its broadcast', async () => {
  const clip = { startMs: nowMs - 60_000, endMs: nowMs - 30_000 };
  const who = visitor(minted({ scp: ['clip'], jti: 'ln_1' }), {
    asked: { ...asked, clip: 'c_1k3m5p7r9t0000000000', scopes: ['clip'] },
    purpose: 'begin',
    clip,
  });
  const admission = await admit(who);
  expect(admission).toMatchObject({ isOpen: true, isInherited: false, limits: { ...clip } });
  const token = tokenOf(admission);
  expect(await admit(visitor(token))).toMatchObject({ isOpen: true, limits: { ...clip } });
  expect(await admit(visitor(token, { asked: { ...asked, broadcast: null } }))).toMatchObject({
    code: 'wrong_resource',
  });
});

test('the session of a clip has its file only where the token has files', async () => {
  const clip = { startMs: nowMs - 60_000, endMs: nowMs - 30_000 };
  const file = { ...asked, clip: 'c_1k3m5p7r9t0000000000', scopes: ['download'] } as const;
  const begun = async (scp: readonly string[]) => {
    const who = visitor(minted({ scp, jti: 'ln_1' }), { asked: { ...file, scopes: ['clip'] }, purpose: 'begin', clip });
    const admission = await admit(who);
    return admit(visitor(tokenOf(admission), { asked: file }));
  };
  expect(await begun(['clip', 'download'])).toMatchObject({ isOpen: true, limits: { ...clip } });
  expect(await begun(['clip'])).toMatchObject({ code: 'wrong_scope' });
});

test('a session whose lease has lapsed is over, and what lies in the past is kept by its media', async () => {
  const media = { asked: { ...asked, kind: 'media' }, keeping: 'nothing' } as const;
  await admit(visitor(await begin(), media));
  await admit(visitor(await begin({ start: nowS - 60, end: nowS - 30 }), media));
  await admit(visitor(await begin({ start: nowS - 60, end: nowS + 30 }), media));
  expect(world.kept).toEqual([
    [true, 'nothing'],
    [true, 'lease'],
    [true, 'nothing'],
  ]);
  const session = await begin();
  world.holds = false;
  expect(await admit(visitor(session))).toMatchObject({ isOpen: false, code: 'token_expired' });
  expect(await admit(visitor(minted()))).toMatchObject({ isOpen: true });
});

test('a token without renewal ends with itself, also as a session', async () => {
  const first = await admit(visitor(minted(), { presented: presented(minted(), 'query'), purpose: 'begin' }));
  expect(first).toMatchObject({ isOpen: true, isInherited: false, expiresMs: 1_000 * (nowS + 60) });
});

test('what is revoked is asked at playlists with everything that can be revoked', async () => {
  const session = await begin({ sub: 'v', jti: 'ln_1', sid: 'given', iat: nowS - 5 });
  const { subjects } = world;
  expect(subjects[0]).toEqual({
    ...{ kid: 'es', owner: null, link: 'ln_1', session: 'given', viewer: 'v', channel, broadcast: asked.broadcast },
    issuedMs: 1_000 * (nowS - 5),
  });
  subjects.length = 0;
  await admit(visitor(session));
  expect(subjects.map(({ session: name }) => name)).toEqual([expect.stringMatching(/^ss_/), 'given']);
  // A session that begins while others hear of a revocation is as old as its token, or it would outlive that.
  expect(subjects[0]).toMatchObject({ kid: 'es', link: 'ln_1', viewer: 'v', issuedMs: 1_000 * (nowS - 5) });
  for (const name of ['given', subjects[0]?.session]) {
    world.revoked = (subject) => subject.session === name;
    expect(await admit(visitor(session))).toMatchObject({ isOpen: false, code: 'token_revoked' });
  }
});

test('media takes a look at revocations too: its names can be counted up without a playlist', async () => {
  const session = await begin();
  world.revoked = () => true;
  const media = { asked: { ...asked, kind: 'media' as const } };
  for (const token of [session, minted()]) {
    expect(await admit(visitor(token, media))).toMatchObject({ isOpen: false, code: 'token_revoked' });
  }
});

test('no token is good for longer than revocations are remembered', async () => {
  const monthS = signingLimits.tokenLifeMsMax / 1_000;
  const codeOf = async (more: Record<string, unknown>) => {
    const admission = await admit(visitor(minted(more)));
    return admission.isOpen ? 'open' : admission.code;
  };
  expect(await codeOf({ exp: nowS + monthS })).toBe('open');
  expect(await codeOf({ exp: nowS + monthS + 10 })).toBe('token_invalid');
  expect(await codeOf({ exp: nowS + 60, iat: nowS - monthS })).toBe('token_invalid');
  expect(await codeOf({ exp: nowS + monthS + 60, iat: nowS + 60 })).toBe('token_invalid');
  expect(await codeOf({ exp: nowS + monthS - 60, iat: nowS - 60 })).toBe('open');
});

test('a counted session takes its place at the beginning and keeps it at playlists and media', async () => {
  const session = await begin({ sub: 'v', jti: 'ln_1', max_streams: 2, when_full: 'end-oldest', uses: 3 });
  await admit(visitor(session));
  await admit(visitor(session, { asked: { ...asked, kind: 'media' } }));
  await admit(visitor(session, { purpose: 'look' }));
  const [first, second, third, ...others] = world.leased;
  expect(first).toMatchObject({
    viewer: 'v',
    streamsMax: 2,
    whenFull: 'end-oldest',
    link: { id: 'ln_1', usesMax: 3 },
    isNew: true,
  });
  expect(second).toEqual({ ...first, link: null, isNew: false });
  expect(third).toEqual(second);
  expect(others).toEqual([]);
  for (const code of ['too_many_streams', 'link_used_up'] as const) {
    world.lease = { granted: false, code };
    expect(await admit(visitor(session))).toMatchObject({ isOpen: false, code });
  }
});

test('the viewers of a channel’s key are that channel’s own, also in the session', async () => {
  world.found = { channel };
  await admit(visitor(await begin({ sub: 'v', max_streams: 1 })));
  expect(world.leased.map(({ owner }) => owner)).toEqual([channel, channel]);
});

test('a key is looked for as the channel has it that is asked for', async () => {
  const find = vi.fn(async (_kid: string, _channel: string | null) => verifying);
  await gate({ keyRing: { find } }).admit(visitor(minted()), nowMs);
  expect(find).toHaveBeenCalledWith('es', channel);
});

test('what is not counted asks for no place', async () => {
  await admit(visitor(await begin()));
  await admit(visitor(minted()));
  expect(world.leased).toEqual([]);
});

test('a key is asked for each time: one that was killed, retired or replaced checks nothing any more', async () => {
  const token = minted();
  expect(await admit(visitor(token))).toMatchObject({ isOpen: true });
  const other = newTestKey('es', 'ES256');
  const jwk = JSON.parse(other.publicJwk ?? '{}') as JsonWebKey;
  const replaced = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  for (const found of [null, { untilMs: nowMs }, { key: replaced }]) {
    world.found = found;
    expect(await admit(visitor(token))).toMatchObject({ isOpen: false, code: 'token_invalid' });
  }
});

test('who guesses tokens is told nothing after a while, who begins too often waits', async () => {
  world.rates = { mayBegin: async () => true, mayBeRefused: async () => false };
  expect(await admit(visitor('guess'))).toMatchObject({ code: 'too_many_requests' });
  expect(await admit(visitor(minted({ res: 'channel:x' })))).toMatchObject({ code: 'wrong_resource' });
  world.rates = { mayBegin: async (_, tokenId) => tokenId !== 'ln_1', mayBeRefused: async () => true };
  const eager = visitor(minted({ jti: 'ln_1', renew_until: nowS + 60 }), { purpose: 'begin' });
  expect(await admit(eager)).toMatchObject({ code: 'too_many_requests' });
});

test('a token that is never exchanged is counted with each address once a minute, where playing is', async () => {
  const begun: string[] = [];
  const mayBegin = async (address: string | null, name: string | null) => begun.push(`${address} ${name}`) < 4;
  world.rates = { mayBegin, mayBeRefused: async () => true };
  const named = minted({ jti: 'ln_flood' });
  const from = (address: string, more: Partial<Visitor> = {}) => ({ place: { ...place, address }, ...more });
  const media = { asked: { ...asked, kind: 'media' } } as const;
  await admit(visitor(named, from('192.0.2.1', media)));
  await admit(visitor(named, from('192.0.2.1', { purpose: 'look' })));
  expect(begun).toEqual([]);
  for (let i = 0; i < 50; i++) await admit(visitor(named, from('192.0.2.1')), nowMs + 1_000 * i);
  await admit(visitor(named, from('192.0.2.2')));
  await admit(visitor(minted({ sub: 'nameless' }), from('192.0.2.1')));
  expect(begun).toEqual([
    '192.0.2.1 ln_flood',
    '192.0.2.2 ln_flood',
    expect.stringMatching(/^192\.0\.2\.1 [\w-]{43}$/),
  ]);
  expect(await admit(visitor(named, from('192.0.2.3')))).toMatchObject({ code: 'too_many_requests' });
  expect(await admit(visitor(named, from('192.0.2.3')))).toMatchObject({ code: 'too_many_requests' });
  expect(await admit(visitor(named, from('192.0.2.1')), nowMs + 50_000)).toMatchObject({ isOpen: true });
});

test('the link of a token that is never exchanged is used where an address begins to play, also after a long silence', async () => {
  const token = minted({ jti: 'ln_path', exp: nowS + 7_200 });
  const from = (address: string, more: Partial<Visitor> = {}) =>
    visitor(token, { place: { ...place, address }, ...more });
  await admit(from('192.0.2.1', { purpose: 'look' }));
  await admit(from('192.0.2.1', { asked: { ...asked, kind: 'media' } }));
  expect(world.leased).toEqual([]);
  for (let minute = 0; minute < 20; minute++) await admit(from('192.0.2.1'), nowMs + 60_000 * minute);
  expect(world.leased).toMatchObject([{ link: { id: 'ln_path', usesMax: null }, streamsMax: null, isNew: true }]);
  await admit(from('192.0.2.2'));
  await admit(from('192.0.2.1'), nowMs + 60_000 * 19 + tokenLimits.leaseMsDefault);
  expect(world.leased.length).toBe(3);
});

test('what cannot be told is refused, and no log repeats a token', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const token = minted();
  const away = () => Promise.reject(new Error(`no answer about ${token}`));
  for (const parts of [{ keyRing: { find: away } }, { revocations: { isRevoked: away } }]) {
    expect(await gate(parts).admit(visitor(token), nowMs)).toMatchObject({ isOpen: false, code: 'internal' });
  }
  const counted = visitor(minted({ max_streams: 1, sub: 'v' }), { purpose: 'begin' });
  expect(await gate({ leases: { renew: away } }).admit(counted, nowMs)).toMatchObject({ code: 'internal' });
  expect(await gate({ secret: undefined }).admit(visitor('s1.a.b.c'), nowMs)).toMatchObject({ code: 'not_configured' });
  const told = JSON.stringify(log.mock.calls);
  expect(told).toContain('ACCESS_KEYS is not set');
  expect(told).not.toContain(token);
});

const some = { ...asked, sites: ['example.com'] };
const ours = { page: 'pop.example', place: { ...place, site: 'example.com' } };

test('what takes no token is for the sites of its channel, and asks nobody', async () => {
  const open = visitor('', { isSigned: false, asked: some, presented: null });
  expect(await admit(open)).toMatchObject({ isOpen: true, token: null, isInherited: true, session: null });
  for (const site of [null, 'example.org', 'www.example.com']) {
    expect(await admit({ ...open, place: { ...place, site } })).toMatchObject({ code: 'site_refused' });
  }
  const another = { ...open, presented: presented(minted()), place: { ...place, site: null } };
  expect(await admit(another)).toMatchObject({ code: 'site_refused' });
  expect([world.subjects, world.leased, world.kept]).toEqual([[], [], []]);
});

test('a session that began in a frame is for that page, that site and what takes no token', async () => {
  const begins = visitor('', { isSigned: false, asked: some, presented: null, purpose: 'begin', ...ours });
  const admission = await admit(begins);
  expect(admission).toMatchObject({ isOpen: true, isInherited: false, expiresMs: nowMs + tokenLimits.sessionMsMax });
  const token = tokenOf(admission);
  const at = (site: string | null, different: Partial<Visitor> = {}, atMs = nowMs) =>
    admit(visitor(token, { isSigned: false, asked: some, place: { ...place, site }, ...different }), atMs);
  expect(await at('pop.example')).toMatchObject({ isOpen: true, token, isInherited: true });
  expect(await at('example.org')).toMatchObject({ code: 'site_refused' });
  expect(await at(null)).toMatchObject({ code: 'site_refused' });
  expect(await at('pop.example', { asked: { ...some, sites: ['example.net'] } })).toMatchObject({
    code: 'site_refused',
  });
  expect(await at('pop.example', {}, nowMs + tokenLimits.sessionMsMax)).toMatchObject({ code: 'token_expired' });
  expect(await at('pop.example', { isSigned: true })).toMatchObject({ code: 'token_missing' });
  world.rates = { mayBegin: async () => false, mayBeRefused: async () => true };
  expect(await admit(begins)).toMatchObject({ code: 'too_many_requests' });
});

test('the session of a token in a frame is bound to it where the channel or the token lists sites', async () => {
  const begun = async (channel: readonly string[] | null, more: object = {}) => {
    const who = visitor(minted({ renew_until: nowS + 60, ...more }), { purpose: 'begin', ...ours });
    return tokenOf(await admit({ ...who, asked: { ...asked, sites: channel } }));
  };
  const played = async (session: string, site: string, channel: readonly string[] | null) => {
    const admission = await admit(visitor(session, { asked: { ...asked, sites: channel }, place: { ...place, site } }));
    return admission.isOpen || admission.code;
  };
  for (const [sites, more] of [
    [some.sites, {}],
    [null, { sites: ['example.com'] }],
    [some.sites, { sites: ['example.com', 'example.org'] }],
  ] as const) {
    const session = await begun(sites, more);
    expect(await played(session, 'pop.example', sites)).toBe(true);
    expect(await played(session, 'example.com', sites)).toBe('site_refused');
    expect(await played(session, 'pop.example', ['example.net'])).toBe('site_refused');
  }
  expect(await played(await begun(null), 'example.net', null)).toBe(true);
});
