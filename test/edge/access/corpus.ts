import { createHmac } from 'node:crypto';
import type { AccessStage } from '../../support/access-stage.ts';
import type { SendOptions } from '../../support/http-send.ts';
import { mintCat, mintJwt, signBytes, type TestKey } from '../../support/token-mint.ts';

/** One request that must be refused, and how. */
export interface WrongRequest {
  readonly name: string;
  readonly path: string;
  readonly options?: SendOptions & { readonly pop?: string };
  readonly status: number;
  readonly code: string;
}

/** Keys beside those of the stage. */
export interface CorpusKeys {
  /** Not in the catalogue. */
  readonly stranger: TestKey;
  /** Opens another channel. */
  readonly elsewhere: TestKey;
  readonly retired: TestKey;
  readonly killed: TestKey;
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const nowS = () => Math.floor(Date.now() / 1_000);

/** Tokens and URLs that open nothing: each as data with what it is answered with. */
export function wrongRequests(at: AccessStage, keys: CorpusKeys, other: { channel: string; broadcast: string }) {
  const on = (token: string, rest = `/b/${at.broadcast}/v720/index.m3u8`) => `/t/${token}${rest}`;
  const invalid = (name: string, token: string): WrongRequest => ({
    name,
    path: on(token),
    status: 401,
    code: 'token_invalid',
  });
  return [
    ...forged(at, keys).map(([name, token]) => invalid(name, token)),
    ...wrongClaims.map(([name, claims]) => invalid(name, at.token(claims))),
    ...wrongCats(at, keys).map(([name, token]) => invalid(name, token)),
    ...times(at, on),
    ...elsewhere(at, keys, other, on),
    ...places(at, on),
    ...transports(at, other),
    ...urls(at),
  ];
}

/** Headers and signatures that are not what they say. */
function forged(at: AccessStage, keys: CorpusKeys): readonly (readonly [string, string])[] {
  const { es, hs, ed } = at.keys;
  const claims = at.claims();
  const good = mintJwt(es, claims);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const unsigned = (fields: object) => `${base64url(fields)}.${payload}.`;
  const publicAsSecret = (text: string) => {
    const signed = `${base64url({ alg: 'HS256', kid: 'es' })}.${payload}`;
    return `${signed}.${createHmac('sha256', text).update(signed).digest('base64url')}`;
  };
  const pem = `-----BEGIN PUBLIC KEY-----\n${es.publicJwk}\n-----END PUBLIC KEY-----\n`;
  const derSigned = `${header}.${payload}.${Buffer.concat([Buffer.from([0x30, 0x44]), signBytes(es, Buffer.from('x'))]).toString('base64url')}`;
  return [
    ['alg none', unsigned({ alg: 'none', kid: 'es' })],
    ['alg None', unsigned({ alg: 'None', kid: 'es' })],
    ['alg NONE with a signature', `${base64url({ alg: 'NONE', kid: 'es' })}.${payload}.${signature}`],
    ['alg empty', unsigned({ alg: '', kid: 'es' })],
    ['alg missing', unsigned({ kid: 'es' })],
    ['alg is a list', unsigned({ alg: ['ES256'], kid: 'es' })],
    ['alg HS256 on a key of ES256', mintJwt({ ...hs, kid: 'es' }, claims)],
    ['alg ES256 on a key of HS256', mintJwt({ ...es, kid: 'hs' }, claims)],
    ['alg EdDSA on a key of ES256', mintJwt({ ...ed, kid: 'es' }, claims)],
    ['alg Ed25519 on a key of ES256', mintJwt({ ...ed, kid: 'es' }, claims, { alg: 'Ed25519' })],
    ['alg says Ed25519, signed with ES256', mintJwt(es, claims, { alg: 'Ed25519' })],
    ['alg says HS256, signed with ES256', mintJwt(es, claims, { alg: 'HS256' })],
    ['alg says ES384', mintJwt(es, claims, { alg: 'ES384' })],
    ['alg says HS512', mintJwt(hs, claims, { alg: 'HS512' })],
    ['alg says RS256', mintJwt(es, claims, { alg: 'RS256' })],
    ['the public key as HMAC secret', publicAsSecret(es.publicJwk ?? '')],
    ['the public key as HMAC secret, as PEM', publicAsSecret(pem)],
    ['an empty HMAC secret', publicAsSecret('')],
    ['the key of somebody else under our kid', mintJwt({ ...keys.stranger, kid: 'es' }, claims)],
    ['a kid that nobody has', mintJwt(keys.stranger, claims)],
    ['no kid', mintJwt(es, claims, { kid: undefined })],
    ['an empty kid', mintJwt(es, claims, { kid: '' })],
    ['a kid that is a number', mintJwt(es, claims, { kid: 1 })],
    ['a kid that is a path', mintJwt(es, claims, { kid: '../../dev/null' })],
    ['a kid that is SQL', mintJwt(es, claims, { kid: "es' OR '1'='1" })],
    ['a kid that is a URL', mintJwt(es, claims, { kid: 'https://evil.example/key' })],
    ['a kid with a zero byte', mintJwt(es, claims, { kid: 'es\u0000' })],
    ['a kid of 10,000 characters less the limit', mintJwt(es, claims, { kid: 'e'.repeat(300) })],
    ['a kid that is __proto__ in a list', mintJwt(es, claims, { kid: ['es'] })],
    ['crit', mintJwt(es, claims, { crit: ['exp'], exp: 1 })],
    ['crit that is empty', mintJwt(es, claims, { crit: [] })],
    ['jku', mintJwt(es, claims, { jku: 'https://evil.example/jwks' })],
    ['x5u', mintJwt(es, claims, { x5u: 'https://evil.example/cert' })],
    ['x5c', mintJwt(es, claims, { x5c: ['MII'] })],
    ['jwk', mintJwt(keys.stranger, claims, { kid: 'es', jwk: JSON.parse(keys.stranger.publicJwk ?? '{}') })],
    ['b64 false', mintJwt(es, claims, { b64: false })],
    ['typ of another kind', mintJwt(es, claims, { typ: 'at+jwt' })],
    ['typ that is a number', mintJwt(es, claims, { typ: 1 })],
    ['zip', mintJwt(es, claims, { zip: 'DEF' })],
    ['no signature', `${header}.${payload}.`],
    ['no payload', `${header}..${signature}`],
    ['another payload', `${header}.${base64url({ ...claims, exp: nowS() + 9_999 })}.${signature}`],
    ['another header', `${base64url({ alg: 'ES256', kid: 'es', typ: 'jwt', x: 1 })}.${payload}.${signature}`],
    ['a cut signature', good.slice(0, -2)],
    ['a longer signature', `${good}AA`],
    ['a signature of zeros', `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`],
    ['a signature in DER', derSigned],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${good}.${signature}`],
    ['five parts', `${good}.${payload}.${signature}`],
    ['dots', '...'],
    ['a word', 'token'],
    ['null for claims', mintJwt(es, null)],
    ['a list for claims', mintJwt(es, [claims])],
    ['a text for claims', mintJwt(es, 'claims')],
    ['the key of another deployment killed here', mintJwt(keys.killed, claims)],
    ['a key that is no longer accepted', mintJwt(keys.retired, claims)],
    ['a session that nobody made', 's1.a1.e30.AAAA'],
    ['a session without a mac', 's1.a1.e30.'],
    ['a session of version 2', 's2.a1.e30.AAAA'],
    ['a session with a token inside', `s1.a1.${payload}.${signature.slice(0, 43)}`],
  ];
}

/** Signed by a key of ours, but with claims that cannot be. */
const wrongClaims: readonly (readonly [string, Record<string, unknown>])[] = [
  ['no end', { exp: undefined }],
  ['an end that is text', { exp: '9999999999' }],
  ['an end in milliseconds', { exp: Date.now() * 1_000 }],
  ['an end below zero', { exp: -1 }],
  ['no audience', { aud: undefined }],
  ['another audience', { aud: 'elsewhere' }],
  ['audiences without ours', { aud: ['a', 'b'] }],
  ['an audience that only begins like ours', { aud: 'headwater2' }],
  ['an audience inside of a text', { aud: 'a headwater b' }],
  ['no resource', { res: undefined }],
  ['a resource that is a list', { res: ['channel:a'] }],
  ['a resource of everything', { res: 'channel:*' }],
  ['a resource that climbs', { res: 'channel:../x' }],
  ['a resource of an unknown kind', { res: 'origin:a' }],
  ['an empty list of scopes', { scp: [] }],
  ['an unknown scope', { scp: ['live', 'admin'] }],
  ['scopes as text', { scp: 'live' }],
  ['a height of zero', { max_height: 0 }],
  ['a height that is text', { max_height: '720' }],
  ['a range that ends before it starts', { start: 20, end: 10 }],
  ['no country', { geo: [] }],
  ['a country that is none', { geo: ['Germany'] }],
  ['a country in small letters', { geo: ['de'] }],
  ['a network that is none', { net: ['203.0.113.0/33'] }],
  ['a network with leading zeros', { net: ['010.0.0.0/8'] }],
  ['a site with a path', { sites: ['example.com/x'] }],
  ['any site for what plays', { any_site: true }],
  ['any site for files and what plays', { any_site: true, scp: ['download', 'live'] }],
  ['any site and some sites', { any_site: true, scp: ['download'], sites: ['example.com'] }],
  ['any site as text', { any_site: 'true', scp: ['download'] }],
  ['a negative number of streams', { max_streams: -1, sub: 'v' }],
  ['streams without end', { max_streams: 1e9, sub: 'v' }],
  ['streams of nobody', { max_streams: 1 }],
  ['uses of nothing', { uses: 1 }],
  ['a life of years', { exp: nowS() + 63_072_000 }],
  ['an unknown way when full', { when_full: 'whatever' }],
  ['a viewer that is a number', { sub: 5 }],
  ['a viewer with a line end', { sub: 'a\nb' }],
  ['a viewer of 200 characters', { sub: 'a'.repeat(200) }],
  ['an unknown critical claim of RFC 9246', { cdnicrit: 'cdniv,strange', cdniv: 1 }],
  ['an unknown claim of RFC 9246', { cdnix: 1 }],
  ['another version of RFC 9246', { cdniv: 2 }],
  ['a container that is an expression of its own', { res: undefined, cdniuc: 'regex:.*' }],
  ['a container that is a hash', { res: undefined, cdniuc: 'hash:sha-256;abc' }],
];

function wrongCats(at: AccessStage, keys: CorpusKeys): readonly (readonly [string, string])[] {
  const { hs, es } = at.keys;
  const claims = (more: readonly (readonly [unknown, unknown])[] = []) =>
    new Map<unknown, unknown>([
      [3, 'headwater'],
      [4, nowS() + 60],
      [310, 1],
      ['res', `channel:${at.channel}`],
      ...more,
    ]);
  const kid = (text: string) => new Map<unknown, unknown>([[4, Buffer.from(text)]]);
  const guarded = (...pairs: [unknown, unknown][]) => new Map<unknown, unknown>(pairs);
  return [
    ['CAT without a tag', mintCat(hs, claims(), { lead: [] })],
    ['CAT of a MAC that says it is a signature', mintCat(hs, claims(), { lead: [0xd2] })],
    ['CAT of a signature that says it is a MAC', mintCat(es, claims(), { lead: [0xd1] })],
    ['CAT with an unknown kid', mintCat(keys.stranger, claims())],
    ['CAT without a kid', mintCat(hs, claims(), { openHeaders: new Map() })],
    ['CAT with the kid of another key', mintCat(hs, claims(), { openHeaders: kid('es') })],
    ['CAT without an algorithm', mintCat(hs, claims(), { protectedHeaders: new Map() })],
    [
      'CAT with an algorithm that is not protected',
      mintCat(hs, claims(), {
        protectedHeaders: new Map(),
        openHeaders: new Map<unknown, unknown>([
          [1, 5],
          [4, Buffer.from('hs')],
        ]),
      }),
    ],
    ['CAT with a short MAC', mintCat(hs, claims(), { protectedHeaders: guarded([1, 4]) })],
    ['CAT with a critical header', mintCat(hs, claims(), { protectedHeaders: guarded([1, 5], [2, [99]], [99, 1]) })],
    ['CAT with a certificate', mintCat(hs, claims(), { protectedHeaders: guarded([1, 5], [33, Buffer.from('x')]) })],
    [
      'CAT with an unknown header',
      mintCat(hs, claims(), {
        openHeaders: new Map<unknown, unknown>([
          [4, Buffer.from('hs')],
          [99, 1],
        ]),
      }),
    ],
    ['CAT with a kid twice', mintCat(hs, claims(), { protectedHeaders: guarded([1, 5], [4, Buffer.from('hs')]) })],
    ['CAT with a claim that is not supported', mintCat(hs, claims([[308, 1]]))],
    ['CAT bound to a proof of possession', mintCat(hs, claims([[321, new Map()]]))],
    ['CAT with an unknown claim', mintCat(hs, claims([[99_999, 1]]))],
    ['CAT with a renewal', mintCat(hs, claims([[323, new Map([[0, 0]])]]))],
    ['CAT of another version', mintCat(hs, claims([[310, 2]]))],
    ['CAT with an AS number', mintCat(hs, claims([[311, [64_496]]]))],
    [
      'CAT with an expression for a URL',
      mintCat(
        hs,
        new Map<unknown, unknown>([
          [3, 'headwater'],
          [4, nowS() + 60],
          [312, new Map([[3, new Map([[4, '.*']])]])],
        ]),
      ),
    ],
    [
      'CAT without an audience',
      mintCat(
        hs,
        new Map<unknown, unknown>([
          [4, nowS() + 60],
          ['res', `channel:${at.channel}`],
        ]),
      ),
    ],
    ['CAT that is cut', mintCat(hs, claims()).slice(0, -8)],
    ['CAT with bytes behind it', `${mintCat(hs, claims())}AAAA`],
    ['CBOR that is no message', Buffer.from([0xd1, 0x83, 1, 2, 3]).toString('base64url')],
  ];
}

type OnPath = (token: string, rest?: string) => string;

function times(at: AccessStage, on: OnPath): readonly WrongRequest[] {
  const media = `/b/${at.broadcast}/v720/12.m4s`;
  const request = (name: string, claims: object, status: number, code: string, rest?: string) => ({
    name,
    path: on(at.token({ ...claims }), rest),
    status,
    code,
  });
  return [
    request('expired, at a playlist', { exp: nowS() - 10 }, 401, 'token_expired'),
    request('expired, at an MPD', { exp: nowS() - 10 }, 401, 'token_expired', `/b/${at.broadcast}/index.mpd`),
    request(
      'expired, where playing begins',
      { exp: nowS() - 10, renew_until: nowS() + 900 },
      401,
      'token_expired',
      `/live/${at.channel}/index.m3u8`,
    ),
    request('expired long ago, at media', { exp: nowS() - 90 }, 401, 'token_expired', media),
    request('not yet', { nbf: nowS() + 60 }, 401, 'token_not_yet'),
    request('not yet, at media', { nbf: nowS() + 60 }, 401, 'token_not_yet', media),
  ];
}

function elsewhere(
  at: AccessStage,
  keys: CorpusKeys,
  other: { channel: string; broadcast: string },
  on: OnPath,
): readonly WrongRequest[] {
  const request = (name: string, token: string, rest: string, code = 'wrong_resource') => ({
    name,
    path: on(token, rest),
    status: 403,
    code,
  });
  const mine = `/b/${at.broadcast}`;
  const another = at.broadcast.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  return [
    request('the channel of another broadcast', at.token(), `/b/${other.broadcast}/v720/index.m3u8`),
    request('the media of another broadcast', at.token(), `/b/${other.broadcast}/v720/12.m4s`),
    request('the MPD of another channel', at.token(), `/live/${other.channel}/index.mpd`),
    request('another broadcast', at.token({ res: `broadcast:${another}` }), `${mine}/index.m3u8`),
    request(
      'a channel that ours begins with',
      at.token({ res: `channel:${at.channel.slice(0, -1)}` }),
      `${mine}/index.m3u8`,
    ),
    request(
      'a channel that begins like ours',
      at.token({ res: `channel:${at.channel}b` }),
      `/live/${at.channel}/index.m3u8`,
    ),
    request(
      'a broadcast for its channel',
      at.token({ res: `broadcast:${other.broadcast}` }),
      `/live/${at.channel}/index.m3u8`,
    ),
    request('a clip', at.token({ res: 'clip:c_00000000000000000000' }), `${mine}/index.m3u8`),
    request('the key of another channel', mintJwt(keys.elsewhere, at.claims()), `${mine}/index.m3u8`),
    request('replay only, while it is live', at.token({ scp: ['replay'] }), `${mine}/index.m3u8`, 'wrong_scope'),
    request('download only', at.token({ scp: ['download'] }), `${mine}/v720/12.m4s`, 'wrong_scope'),
    request('live only, but a slice', at.token({ scp: ['live'] }), `${mine}/v720/index.m3u8?start=0`, 'wrong_scope'),
    request('a file, where downloads are not said', at.token(), `${mine}/download.mp4`, 'wrong_scope'),
    request(
      'a part of it, as a file',
      at.token({ scp: ['download'], max_height: 720 }),
      `${mine}/download.mp4`,
      'wrong_scope',
    ),
    request('a taller rendition', at.token({ max_height: 720 }), `${mine}/v1080/index.m3u8`, 'wrong_scope'),
    request('media of a taller rendition', at.token({ max_height: 720 }), `${mine}/v1080/12.m4s`, 'wrong_scope'),
    request('media outside of the time range', at.token({ start: 10, end: 20 }), `${mine}/v720/12.m4s`, 'wrong_scope'),
    request('a counted token past its beginning', at.token({ max_streams: 1, sub: 'v' }), `${mine}/v720/index.m3u8`),
    request('a used-up kind of token at media', at.token({ uses: 1, jti: 'once' }), `${mine}/v720/12.m4s`),
  ];
}

function places(at: AccessStage, on: OnPath): readonly WrongRequest[] {
  const request = (name: string, claims: object, code: string, options: WrongRequest['options'] = {}) => ({
    name,
    path: on(at.token({ ...claims })),
    status: 403,
    code,
    options,
  });
  const from = (address: string) => ({ headers: { 'cf-connecting-ip': address } });
  const page = (headers: Record<string, string>) => ({ headers });
  const net = { net: ['203.0.113.0/24', '2001:db8:1::/56'] };
  return [
    request('another country', { geo: ['FR', 'US'] }, 'country_refused'),
    request('a country that is refused', { geo: ['!DE', '*'] }, 'country_refused'),
    request('a country behind a rule for all', { geo: ['!*', 'DE'] }, 'country_refused'),
    request('a country that no rule names', { geo: ['!US'] }, 'country_refused'),
    request('an unknown country where one is wanted', { geo: ['DE'] }, 'country_refused', { pop: 'nowhere' }),
    request('an unknown country where one is refused', { geo: ['!US', '*'] }, 'country_refused', { pop: 'nowhere' }),
    request('another network', net, 'network_refused', from('203.0.114.1')),
    request('another network of IPv6', net, 'network_refused', from('2001:db8:1:100::1')),
    request('an IPv4 address inside of IPv6 that is another', net, 'network_refused', from('::ffff:203.0.114.1')),
    request('an address that is not known', net, 'network_refused'),
    request('an address that is none', net, 'network_refused', from('203.0.113.1, 203.0.113.2')),
    request('another site', { sites: ['example.com'] }, 'site_refused', page({ origin: 'https://example.org' })),
    request(
      'a site that ends alike',
      { sites: ['example.com'] },
      'site_refused',
      page({ origin: 'https://badexample.com' }),
    ),
    request(
      'a site that begins alike',
      { sites: ['example.com'] },
      'site_refused',
      page({ origin: 'https://example.com.evil.org' }),
    ),
    request(
      'a site named in the path of another',
      { sites: ['example.com'] },
      'site_refused',
      page({ referer: 'https://evil.org/example.com' }),
    ),
    request(
      'the user part of another site',
      { sites: ['example.com'] },
      'site_refused',
      page({ referer: 'https://example.com@evil.org/' }),
    ),
    request('a site that is not told', { sites: ['example.com'] }, 'site_refused'),
    request('a sandboxed page', { sites: ['example.com'] }, 'site_refused', page({ origin: 'null' })),
    request(
      'a wrong Origin beside a right Referer',
      { sites: ['example.com'] },
      'site_refused',
      page({ origin: 'https://evil.org', referer: 'https://example.com/' }),
    ),
  ];
}

function transports(at: AccessStage, other: { channel: string; broadcast: string }): readonly WrongRequest[] {
  const rest = `/b/${at.broadcast}/v720/index.m3u8`;
  const [one, two] = [at.token({ sub: 'one' }), at.token({ sub: 'two' })];
  const wrong = at.token({ res: `channel:${other.channel}` });
  const request = (name: string, path: string, status: number, code: string, headers = {}) => ({
    name,
    path,
    status,
    code,
    options: { headers },
  });
  return [
    request('nothing', rest, 401, 'token_missing'),
    request('nothing, at media that is in memory', `/b/${at.broadcast}/v720/11.m4s`, 401, 'token_missing'),
    request('nothing, at an init segment', `/b/${at.broadcast}/v720/init-0.mp4`, 401, 'token_missing'),
    request('nothing, at the channel', `/live/${at.channel}/index.m3u8`, 401, 'token_missing'),
    request('nothing, at the MPD of the channel', `/live/${at.channel}/index.mpd`, 401, 'token_missing'),
    request('nothing, at an I-frame playlist', `/b/${at.broadcast}/v720/iframes.m3u8`, 401, 'token_missing'),
    ...['v720/12.0.m4s', 'v720/segments.json', 'index.mpd', 'poster.jpg', 'thumbs.vtt', 'thumbs-0.jpg'].map((file) =>
      request(`nothing, at ${file}`, `/b/${at.broadcast}/${file}`, 401, 'token_missing'),
    ),
    request('nothing, at the file of a broadcast', `/b/${at.broadcast}/download.mp4`, 401, 'token_missing'),
    request('nothing, at where to go', `/steering/${at.channel}`, 401, 'token_missing'),
    request('the token of another, at where to go', `/t/${wrong}/steering/${at.channel}`, 403, 'wrong_resource'),
    request('nothing, at the view', `/api/v1/watch/${at.channel}`, 401, 'token_missing'),
    request('nothing with a method that only looks', rest, 401, 'token_missing', { 'x-http-method-override': 'HEAD' }),
    request('two in path and query', `/t/${one}${rest}?token=${two}`, 400, 'two_tokens'),
    request('two in a query', `${rest}?token=${one}&token=${two}`, 400, 'two_tokens'),
    request('two in path and header', `/t/${one}${rest}`, 400, 'two_tokens', { authorization: `Bearer ${two}` }),
    request('two in path and cookie', `/t/${one}${rest}`, 400, 'two_tokens', { cookie: `headwater_token=${two}` }),
    request('two cookies', rest, 400, 'two_tokens', { cookie: `headwater_token=${one}; headwater_token=${two}` }),
    request('a good one behind an empty one', `${rest}?token=&token=${one}`, 400, 'two_tokens'),
    request('an empty one', `${rest}?token=`, 401, 'token_invalid'),
    request('one in escapes', `${rest}?token=%65${one.slice(1)}`, 401, 'token_invalid'),
    request('one under another name', `${rest}?Token=${one}`, 401, 'token_missing'),
    request('one behind a fragment of a name', `${rest}?xtoken=${one}`, 401, 'token_missing'),
    request('one with another scheme', rest, 401, 'token_missing', { authorization: `Basic ${one}` }),
    request('a cookie from the page of another site', rest, 401, 'token_missing', {
      cookie: `headwater_token=${one}`,
      'sec-fetch-site': 'cross-site',
    }),
    request('a cookie with a longer name', rest, 401, 'token_missing', { cookie: `xheadwater_token=${one}` }),
    request('the API token', rest, 401, 'token_invalid', { authorization: 'Bearer token-of-the-edge-tests' }),
    request('one that is too long', `${rest}?token=${'a'.repeat(4_097)}`, 401, 'token_invalid'),
  ];
}

/** Paths that are no playback URLs, whatever token stands in them. */
function urls(at: AccessStage): readonly WrongRequest[] {
  const token = at.token();
  const rest = `/b/${at.broadcast}/v720/index.m3u8`;
  return [
    ['a token twice', `/t/${token}/t/${token}${rest}`],
    ['an encoded slash behind the token', `/t/${token}%2Fb/${at.broadcast}/index.m3u8`],
    ['an encoded slash in the name', `/t/${token}/live/${at.channel}%2findex.m3u8`],
    ['a double slash', `/t/${token}/${rest}`],
    ['a dot segment', `/t/${token}/live/x/../${at.channel}/index.m3u8`],
    ['an encoded dot segment', `/t/${token}/live/%2e%2e/b/${at.broadcast}/index.m3u8`],
    ['an empty token', `/t/${rest}`],
    ['a token with a semicolon', `/t/${token};x${rest}`],
    ['a backslash', `/t/${token}\\b\\${at.broadcast}\\index.m3u8`],
    ['the API behind a token', `/t/${token}/api/v1/channels`],
    ['a page behind a token', `/t/${token}/watch/${at.channel}`],
  ].map(([name = '', path = '']) => ({ name, path, status: 404, code: 'not_found' }));
}
