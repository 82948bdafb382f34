import { signingLimits } from '#shared/limits/access.ts';
import { fetchJwks, jwksFaults } from '../access/jwks.ts';
import { importPublicJwk, isKid, parsePublicJwk, thumbprint } from '../access/signing-key.ts';
import type { Env } from '../env.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import { getSigningKey, insertKey } from './signing-keys.ts';

interface Owner {
  readonly channel: string | null;
  readonly label: string;
}

/** Enters a customer's public key under the id that it carries, or its thumbprint; throws `bad_request`, `conflict`. */
export async function importPublicKey(env: Env, value: Record<string, unknown>, owner: Owner, nowMs: number) {
  const jwk = parsePublicJwk(value);
  const isKey =
    jwk !== null &&
    (await importPublicJwk(jwk).then(
      () => true,
      () => false,
    ));
  if (!isKey) {
    const detail = 'jwk: must be a public ES256 (P-256) or EdDSA (Ed25519) key without its private part.';
    throw new ProblemError('bad_request', detail);
  }
  if (value.kid !== undefined && !isKid(value.kid)) {
    throw new ProblemError('bad_request', 'jwk.kid: must be letters, digits and . _ ~ : = + -, at most 64.');
  }
  const kid = jwk.kid ?? (await thumbprint(jwk));
  const publicJwk = JSON.stringify({ ...jwk, kid });
  await insertKey(
    env.DB,
    { ...owner, kid, algorithm: jwk.alg, use: 'verify', publicJwk, sealed: null, jwksUrl: null },
    nowMs,
  );
  return getSigningKey(env.DB, kid, nowMs);
}

/** Enters the address of a customer's key set, once it has answered with keys; throws `bad_request`, `conflict`. */
export async function importKeySet(env: Env, jwksUrl: string, owner: Owner, nowMs: number) {
  const keys = await fetchJwks(jwksUrl, env.JWKS_HOSTS);
  if (typeof keys === 'string') {
    throw new ProblemError('bad_request', `jwksUrl: ${jwksFaults[keys]}`, { reason: keys });
  }
  const sets = await env.DB.prepare(
    'SELECT COUNT(*) AS count FROM signing_keys WHERE jwks_url IS NOT NULL AND killed_ms IS NULL',
  ).first<{ count: number }>();
  if ((sets?.count ?? 0) >= signingLimits.keySetsMax) {
    throw new ProblemError(
      'conflict',
      `A deployment has at most ${signingLimits.keySetsMax} key sets. Kill one first.`,
    );
  }
  const kid = newId('pk', nowMs);
  const publicJwk = JSON.stringify({ keys });
  await insertKey(env.DB, { ...owner, kid, algorithm: null, use: 'verify', publicJwk, sealed: null, jwksUrl }, nowMs);
  return getSigningKey(env.DB, kid, nowMs);
}
