import { tokenLimits } from '#shared/limits/access.ts';

/** A token as it came with a request. */
export interface PresentedToken {
  readonly token: string;
  readonly by: 'path' | 'query' | 'cookie' | 'header';
}

/** Cookie that carries a token on the site of the PoP. */
export const tokenCookie = 'headwater_token';

const shape = new RegExp(`^[A-Za-z0-9._~-]{1,${tokenLimits.charsMax}}$`);

/**
 * The token of a request, from wherever it came; the same one several times is one.
 *
 * Browsers add cookies, and tools headers, to every request. So a session in the path, which is made of what they hold,
 * stands before them.
 * @param query without its question mark
 * @returns null when there is none, `unreadable` when it cannot be a token
 */
export function presentedToken(
  pathToken: string | null,
  query: string,
  headers: Headers,
): PresentedToken | null | 'two_tokens' | 'unreadable' {
  const found: PresentedToken[] = pathToken === null ? [] : [{ token: pathToken, by: 'path' }];
  for (const token of inQuery(query)) found.push({ token, by: 'query' });
  if (!pathToken?.startsWith('s1.')) {
    for (const token of inCookies(headers)) found.push({ token, by: 'cookie' });
    const token = bearerToken(headers);
    if (token !== null) found.push({ token, by: 'header' });
  }
  const [first, ...others] = found;
  if (!first) return null;
  if (others.some(({ token }) => token !== first.token)) return 'two_tokens';
  return shape.test(first.token) ? first : 'unreadable';
}

/** The token of `authorization: Bearer …` (RFC 6750 2.1), or null. */
export function bearerToken(headers: Headers): string | null {
  const header = headers.get('authorization');
  return header === null ? null : (/^Bearer +([^ ]+) *$/i.exec(header)?.[1] ?? null);
}

function inQuery(query: string): readonly string[] {
  if (!query.includes('token=')) return [];
  return [...query.matchAll(/(?:^|&)token=([^&]*)/g)].map(([, value = '']) => value);
}

function inCookies(headers: Headers): readonly string[] {
  const text = headers.get('cookie');
  if (!text?.includes(tokenCookie)) return [];
  // Another site's page must not use what this site's viewer has.
  if (headers.get('sec-fetch-site') === 'cross-site') return [];
  return text
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${tokenCookie}=`))
    .map((pair) => pair.slice(tokenCookie.length + 1));
}
