import {
  checkSignature,
  keylessRefusal,
  kidOf,
  readSignature,
  type SignatureRefusal,
  signatureHeader,
} from '#shared/wire/signature.ts';
import { apiRates } from '../access/rates.ts';
import { viewerPlaceOf } from '../access/viewer-place.ts';
import type { Env } from '../env.ts';
import { findHolder } from './api-tokens.ts';
import { readBody } from './body.ts';
import { findOriginKey, isOriginKid, type OriginKey } from './origin-keys.ts';
import { administrator, type Principal } from './principal.ts';
import { ProblemError } from './respond.ts';
import { noteSignature } from './seen-signatures.ts';
import { originWireKey, wireKeys } from './wire-keys.ts';

const encoder = new TextEncoder();

/** Who sends a bearer token (RFC 6750 2.1); throws `unauthorized` for none, a wrong one, and one that is over. */
export async function authorizePerson(request: Request, env: Env, nowMs: number): Promise<Principal> {
  const [, token] = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token && env.API_TOKEN && (await isSame(token, env.API_TOKEN))) return administrator;
  const found = token ? await findHolder(env.DB, token, nowMs) : null;
  if (found && typeof found === 'object') return found;
  const { address } = viewerPlaceOf(request, env);
  if (token && address && !(await apiRates(env).mayBeUnauthorized(address))) throw tooManyCalls();
  const detail = found ?? (token ? 'The API token is not the right one.' : 'Send "Authorization: Bearer <API token>".');
  throw new ProblemError('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer realm="headwater"' } });
}

/** Throws `too_many_requests` when a token is used more often than it may. */
export async function requireRate(env: Env, principal: Principal): Promise<void> {
  if (!(await apiRates(env).mayCall(principal.id))) throw tooManyCalls();
}

function tooManyCalls(): ProblemError {
  const headers = { 'retry-after': '60' };
  return new ProblemError('too_many_requests', 'The API was called too often. Wait a minute.', { headers });
}

/** Compares digests, so that the time taken tells nothing about the token or its length. */
async function isSame(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([sha256(given), sha256(expected)]);
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
}

/** What an origin's operator can do about a refused signature; docs/protocol/errors.md lists them. */
export const signatureWaysOut: Readonly<Record<SignatureRefusal, string>> = {
  missing: `Sign the request in the ${signatureHeader} header.`,
  malformed: `The ${signatureHeader} header is not kid=…;t=…;n=…;s=….`,
  key_revoked:
    'The key that this origin joined with was revoked, or replaced by a later join. Start it with another join token.',
  unknown_key: 'The key id is not in WIRE_KEYS. Give origin and Worker the same keys.',
  clock_skew: "The time in the signature is too far from this PoP's clock. Set the origin's clock.",
  wrong: 'The signature does not match this request. Give origin and Worker the same secret.',
  replayed: 'A request with this signature was here already. Sign each request anew.',
  forgotten: 'The signature is from before what the origin remembers. Sign anew; set the clocks of both sides.',
};

/** A request of an origin whose signature holds. */
interface SignedCall {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The key that its origin joined for; null: one of the deployment's own. */
  readonly signer: OriginKey | null;
}

/** The body of an origin's request, once its signature holds; throws `unauthorized` with the reason otherwise. */
export async function readSignedBody(
  request: Request,
  env: Env,
  nowMs: number,
  sizeBytesMax?: number,
): Promise<SignedCall> {
  const header = request.headers.get(signatureHeader);
  const { keys, signer } = await keysFor(request, header, env, nowMs);
  // Before the body: strangers must not fill the memory of a PoP with it.
  const claimed = readSignature(keys, header, nowMs);
  if (typeof claimed === 'string') throw wrongSignature(claimed);
  const bytes = await readBody(request, sizeBytesMax);
  const body = request.method === 'POST' || request.method === 'PUT' ? bytes : null;
  const { pathname, search } = new URL(request.url);
  const signed = { audience: 'control', method: request.method, target: pathname + search, body } as const;
  const checked = await checkSignature(keys, header, signed, nowMs);
  if (typeof checked === 'string') throw wrongSignature(checked);
  // Whatever changes something is taken once.
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  if (changes && !(await noteSignature(env.DB, checked, nowMs))) throw wrongSignature('replayed');
  return { body: bytes, signer };
}

/** The keys that a signature is checked with, by the id that it names. Ids of keys that there are not are counted. */
async function keysFor(request: Request, header: string | null, env: Env, nowMs: number) {
  const kid = kidOf(header);
  if (kid === null || !isOriginKid(kid)) return { keys: await wireKeys(env.WIRE_KEYS), signer: null };
  const refusal = keylessRefusal(header, nowMs);
  if (refusal) throw wrongSignature(refusal);
  const signer = await findOriginKey(env.DB, kid, nowMs);
  const { address } = viewerPlaceOf(request, env);
  if (!signer && address && !(await apiRates(env).mayBeUnauthorized(address))) throw tooManyCalls();
  const key = signer && (await originWireKey(env.WIRE_KEYS, signer));
  if (signer && (signer.revokedMs !== null || !key)) throw wrongSignature('key_revoked');
  return { keys: key ? [key] : [], signer };
}

function wrongSignature(refusal: SignatureRefusal): ProblemError {
  return new ProblemError('unauthorized', `${refusal}: ${signatureWaysOut[refusal]}`, { reason: refusal });
}
