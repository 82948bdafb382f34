import { type JWTPayload, SignJWT } from 'jose';
import type { Env } from '../env.ts';
import { accessKeys } from './access-keys.ts';
import type { TokenAlgorithm } from './ports.ts';
import { unseal } from './sealing.ts';
import { importSecret } from './signing-key.ts';

/** A key that makes tokens, as the catalogue has it. */
export interface MintingKey {
  readonly kid: string;
  readonly algorithm: TokenAlgorithm;
  readonly sealed: string;
}

/** A playback token (RFC 7519) of these claims; docs/protocol/control-api.md names them. */
export async function mintToken(env: Pick<Env, 'ACCESS_KEYS'>, key: MintingKey, claims: JWTPayload): Promise<string> {
  const secret = await unseal(await accessKeys(env.ACCESS_KEYS), key.kid, key.sealed);
  const signingKey = await importSecret(key.algorithm, secret, 'sign');
  return new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT' }).sign(signingKey);
}
