import { tokenLimits } from '#shared/limits/access.ts';
import type { ClaimsFault, RawClaims } from './claims.ts';

/** Claims of RFC 9246 (2.1) that are understood; a token that carries another one is refused. */
const known = new Set(['cdniv', 'cdnicrit', 'cdniip', 'cdniuc', 'cdniets', 'cdnistt', 'cdnistd']);

/** Everything that may stand in cdnicrit. */
const critical = new Set([...known, 'iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']);

/**
 * Reads the names of RFC 9246 as our own: cdniip as `net`, cdniuc as `res`, cdniets as `renew_until`. Claims of our own that
 * stand beside them win. cdnistt and cdnistd say how a token is handed on, which is ours to choose.
 */
export function fromUriSigning(raw: RawClaims): { readonly raw: RawClaims } | ClaimsFault {
  const names = Object.keys(raw).filter((name) => name.startsWith('cdni'));
  if (names.length === 0) return { raw };
  const stranger = names.find((name) => !known.has(name));
  if (stranger !== undefined) return { fault: 'It has a claim of RFC 9246 that is not supported here.' };
  if (raw.cdniv !== undefined && raw.cdniv !== 1) return { fault: 'cdniv is 1.' };
  if (raw.cdnicrit !== undefined && !isUnderstood(raw.cdnicrit, raw)) {
    return { fault: 'cdnicrit names a claim that is not supported here.' };
  }
  const mapped: Record<string, unknown> = { ...raw };
  if (raw.cdniip !== undefined) mapped.net ??= [raw.cdniip];
  if (raw.cdniuc !== undefined && mapped.res === undefined) {
    const res = resourceOf(raw.cdniuc);
    if (res === null)
      return { fault: 'cdniuc is regex: and /live/<channel>/.* or /b/<broadcast>/.* behind an authority.' };
    mapped.res = res;
  }
  if (raw.cdniets !== undefined) {
    if (typeof raw.cdniets !== 'number' || !(raw.cdniets > 0)) return { fault: 'cdniets is a number of seconds.' };
    // The RFC renews without end; a session here ends by itself.
    if (typeof raw.exp === 'number') mapped.renew_until ??= raw.exp + tokenLimits.sessionMsMax / 1_000;
  }
  return { raw: mapped };
}

function isUnderstood(list: unknown, raw: RawClaims): boolean {
  if (typeof list !== 'string') return false;
  return list.split(',').every((name) => critical.has(name) && raw[name] !== undefined);
}

/** `[^/]` stands for any character of a host name and `.` for itself: nothing here is run as an expression. */
function resourceOf(container: unknown): string | null {
  const pattern =
    /^regex:\^?(?:https?(?:\\)?:(?:\\)?\/(?:\\)?\/(?:\[\^\/\]\*|\[\^\/\]\+|[a-z0-9.\\-]+(?::\d+)?))?\\?\/(live|b)\\?\/([a-z0-9_-]+)\\?\/\.\*\$?$/;
  const [, place, id] = typeof container === 'string' ? (pattern.exec(container) ?? []) : [];
  if (place === undefined) return null;
  return `${place === 'live' ? 'channel' : 'broadcast'}:${id}`;
}
