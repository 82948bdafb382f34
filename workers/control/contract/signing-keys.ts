import { z } from '@hono/zod-openapi';
import { signingLimits } from '#shared/limits/access.ts';
import { channelName, label, next, pageOfChannel, timeMs } from '../schemas.ts';
import { owner, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const algorithm = z.enum(['HS256', 'ES256', 'EdDSA']);

export const publicJwk = z
  .object({
    kty: z.enum(['EC', 'OKP']),
    crv: z.enum(['P-256', 'Ed25519']),
    x: z.string(),
    y: z.string().optional(),
    kid: z.string().optional(),
    alg: z.enum(['ES256', 'EdDSA']),
    use: z.literal('sig'),
  })
  .openapi('PublicJwk', { description: 'RFC 7517.' });

const signingKey = z
  .object({
    kid: z.string(),
    channel: z.string().nullable().openapi({ description: 'Null: for every channel of the deployment.' }),
    algorithm: algorithm.nullable().openapi({ description: 'Null for a key set, whose keys tell their own.' }),
    use: z.enum(['sign', 'verify']),
    state: z.enum(['active', 'retiring', 'ended', 'killed']),
    keys: z.array(publicJwk).openapi({ description: 'Public keys, for checking; none for HS256.' }),
    jwksUrl: z.string().nullable(),
    createdMs: timeMs,
    signsUntilMs: timeMs.nullable(),
    untilMs: timeMs.nullable(),
    killedMs: timeMs.nullable(),
    label: z.string(),
  })
  .openapi('SigningKey');
/** A signing key as its owner sees it: everything but the secret. */
export type SigningKeyDetails = Shape<typeof signingKey>;

const createdSigningKey = signingKey
  .extend({ secret: z.string().optional().openapi({ description: 'Only of HS256, and told this once: base64url.' }) })
  .openapi('CreatedSigningKey');

const newSigningKey = z
  .strictObject({
    channel: channelName.nullable().default(null),
    algorithm: algorithm.optional(),
    jwk: z.looseObject({}).optional(),
    jwksUrl: z.string().max(signingLimits.jwksUrlCharsMax).optional(),
    label: label.default(''),
  })
  .refine(
    ({ algorithm: made, jwk, jwksUrl }) => [made, jwk, jwksUrl].filter((given) => given !== undefined).length === 1,
    'give one of algorithm, jwk and jwksUrl',
  )
  .openapi('NewSigningKey', {
    description: "Made here, or a customer's public key, or the address of a customer's key set.",
  });

const rotation = z
  .strictObject({ overlapMs: z.int().min(0).max(signingLimits.tokenLifeMsMax).default(signingLimits.tokenLifeMsMax) })
  .openapi('SigningKeyRotation');

const of = { tag: 'Who may watch', path: '/signing-keys/{id}', refusals: ['not_found'] } as const;

export const createSigningKeyCall = operation({
  ...of,
  id: 'createSigningKey',
  method: 'post',
  path: '/signing-keys',
  summary: 'Makes or enters a signing key.',
  access: owner('body'),
  body: newSigningKey,
  status: 201,
  answer: createdSigningKey,
  refusals: ['not_found', 'conflict', 'not_configured'],
});

export const listSigningKeysCall = operation({
  ...of,
  id: 'listSigningKeys',
  method: 'get',
  path: '/signing-keys',
  summary: 'Signing keys by id.',
  access: viewer('list'),
  query: pageOfChannel,
  status: 200,
  answer: z.object({ keys: z.array(signingKey), next }),
  refusals: [],
});

export const getSigningKeyCall = operation({
  ...of,
  id: 'getSigningKey',
  method: 'get',
  summary: 'One signing key.',
  access: viewer('signing-key'),
  status: 200,
  answer: signingKey,
});

export const killSigningKeyCall = operation({
  ...of,
  id: 'killSigningKey',
  method: 'delete',
  summary: 'Kills a signing key: all that came from it is refused within seconds.',
  access: owner('signing-key'),
  status: 204,
  refusals: ['not_found', 'conflict'],
});

export const rotateSigningKeyCall = operation({
  ...of,
  id: 'rotateSigningKey',
  method: 'post',
  path: '/signing-keys/{id}/rotate',
  summary: 'Makes a successor; the old key is accepted until the overlap ends.',
  access: owner('signing-key'),
  body: rotation,
  bodyMayBeMissing: true,
  status: 201,
  answer: z.object({ key: createdSigningKey, old: signingKey }),
  refusals: ['not_found', 'conflict', 'not_configured'],
});
