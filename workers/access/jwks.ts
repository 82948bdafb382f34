import { signingLimits } from '#shared/limits/access.ts';
import { parseForeignUrl } from './foreign-url.ts';
import { importPublicJwk, type PublicJwk, parsePublicJwk } from './signing-key.ts';

/** Why a key set cannot be used. */
type JwksFault = 'url' | 'unreachable' | 'status' | 'too_large' | 'not_a_key_set' | 'no_keys';

/** What an operator reads; the address is not repeated. */
export const jwksFaults: Readonly<Record<JwksFault, string>> = {
  url: 'The address must be https and its host one of JWKS_HOSTS.',
  unreachable: 'The address of the key set did not answer in time.',
  status: 'The address of the key set did not answer with 200; redirects are not followed.',
  too_large: `A key set has at most ${signingLimits.jwksBytesMax} bytes and ${signingLimits.jwksKeysMax} keys.`,
  not_a_key_set: 'What the address answered is not a JSON Web Key Set.',
  no_keys: 'The key set has no public ES256 or Ed25519 key with a kid.',
};

/** A customer's key set (RFC 7517 5), cleaned to the keys that we can use, or why there is none. Never throws. */
export async function fetchJwks(address: string, hosts: string | undefined): Promise<readonly PublicJwk[] | JwksFault> {
  const url = parseForeignUrl(address, hosts);
  if (!(url instanceof URL)) return 'url';
  try {
    const signal = AbortSignal.timeout(signingLimits.jwksRequestMsMax);
    const response = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'application/json' } });
    if (response.status !== 200) {
      await response.body?.cancel();
      return 'status';
    }
    const text = await readText(response);
    return text === null ? 'too_large' : await parseJwks(text);
  } catch {
    return 'unreachable';
  }
}

async function parseJwks(text: string): Promise<readonly PublicJwk[] | JwksFault> {
  const listed = keysOf(text);
  if (!listed) return 'not_a_key_set';
  if (listed.length > signingLimits.jwksKeysMax) return 'too_large';
  const keys: PublicJwk[] = [];
  for (const value of listed) {
    const jwk = parsePublicJwk(value);
    if (!jwk?.kid || keys.some(({ kid }) => kid === jwk.kid)) continue;
    const isKey = await importPublicJwk(jwk).then(
      () => true,
      () => false,
    );
    if (isKey) keys.push(jwk);
  }
  return keys.length > 0 ? keys : 'no_keys';
}

function keysOf(text: string): readonly unknown[] | null {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    return Array.isArray(keys) ? keys : null;
  } catch {
    return null;
  }
}

async function readText(response: Response): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  let sizeBytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > signingLimits.jwksBytesMax) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
