import type { ClaimsFault, RawClaims } from './claims.ts';

/** Labels of CWT (RFC 8392 4) and CTA-5007 claims that are read by the JWT name behind them. */
const plainLabels: Readonly<Record<number, string>> = Object.freeze({
  1: 'iss',
  2: 'sub',
  3: 'aud',
  4: 'exp',
  5: 'nbf',
  6: 'iat',
});

const ctiLabel = 7;
const catvLabel = 310;
const catnipLabel = 311;
const catuLabel = 312;
const catgeoLabel = 316;

/** Claims of our own have no label; they stand under their JWT name. */
const ownNames = new Set([
  ...['sid', 'res', 'scp', 'renew_until', 'max_height', 'start', 'end'],
  ...['geo', 'net', 'sites', 'any_site', 'max_streams', 'when_full', 'uses'],
]);

/**
 * The claims of a Common Access Token (CTA-5007) under their JWT names. A claim that is not understood would be one that is
 * not obeyed: the token is refused then.
 * @param claims decoded; addresses (RFC 9164) as text like `203.0.113.0/24`
 */
export function fromCat(claims: ReadonlyMap<unknown, unknown>): { readonly raw: RawClaims } | ClaimsFault {
  const raw: Record<string, unknown> = {};
  for (const [label, value] of claims) {
    const fault = typeof label === 'number' ? readLabel(raw, label, value) : readName(raw, label, value);
    if (fault) return { fault };
  }
  return { raw };
}

function readName(raw: Record<string, unknown>, label: unknown, value: unknown): string | null {
  if (typeof label !== 'string' || !ownNames.has(label)) return 'It has a claim that is not supported here.';
  if (Object.hasOwn(raw, label)) return `It says ${label} twice.`;
  raw[label] = value;
  return null;
}

function readLabel(raw: Record<string, unknown>, label: number, value: unknown): string | null {
  const name = plainLabels[label];
  if (name !== undefined) raw[name] = value;
  else if (label === ctiLabel) {
    if (!(value instanceof Uint8Array)) return 'cti is a byte string.';
    raw.jti = idOf(value);
  } else if (label === catvLabel) {
    if (value !== 1) return 'catv is 1.';
  } else if (label === catnipLabel) return readName(raw, 'net', value);
  else if (label === catgeoLabel) return readName(raw, 'geo', value);
  else if (label === catuLabel) {
    const res = resourceOf(value);
    return res === null
      ? 'catu is a path that begins with /live/<channel>/ or /b/<broadcast>/.'
      : readName(raw, 'res', res);
  } else return `It has the claim ${label}, which is not supported here.`;
  return null;
}

/** An id that is text stays so, others are written in hex. */
function idOf(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 256));
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const pathPart = 3;
const prefixMatch = 1;

/** Of CATU only one path prefix: it is what a resource is here. */
function resourceOf(catu: unknown): string | null {
  const path = catu instanceof Map && catu.size === 1 ? catu.get(pathPart) : null;
  const prefix = path instanceof Map && path.size === 1 ? path.get(prefixMatch) : null;
  const [, place, id] = typeof prefix === 'string' ? (/^\/(live|b)\/([a-z0-9_-]+)\/$/.exec(prefix) ?? []) : [];
  return place === undefined ? null : `${place === 'live' ? 'channel' : 'broadcast'}:${id}`;
}
