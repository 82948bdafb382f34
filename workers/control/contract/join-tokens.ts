import { z } from '@hono/zod-openapi';
import { controlLimits } from '#shared/limits/control.ts';
import { label, next, originName, page, timeMs } from '../schemas.ts';
import { admin } from './access.ts';
import { operation, type Shape } from './operation.ts';

const joinToken = z
  .object({
    id: z.string(),
    state: z.enum(['good', 'used_up', 'expired', 'revoked']),
    origin: z
      .string()
      .nullable()
      .openapi({ description: 'The only id that may join with it; null: any that is free.' }),
    usesMax: z.int(),
    uses: z.int(),
    label: z.string(),
    createdBy: z.string(),
    createdMs: timeMs,
    expiresMs: timeMs,
    lastUsedMs: timeMs.nullable(),
    revokedMs: timeMs.nullable(),
  })
  .openapi('JoinToken');
/** A join token as administrators see it: everything but the secret. */
export type JoinTokenDetails = Shape<typeof joinToken>;

const newJoinToken = z
  .strictObject({
    origin: originName
      .nullable()
      .default(null)
      .openapi({ description: 'An id, also of an origin that is there: its key is replaced. Null: any that is free.' }),
    uses: z.int().min(1).max(controlLimits.joinTokenUsesMax).default(1),
    expiresMs: timeMs.optional().openapi({ description: 'An hour ahead when not given, 30 days at most.' }),
    label: label.default(''),
  })
  .refine(({ origin, uses }) => origin === null || uses === 1, 'a token for one origin is used once')
  .openapi('NewJoinToken');
export type NewJoinToken = z.output<typeof newJoinToken>;

const of = { tag: 'Origins', access: admin } as const;

export const createJoinTokenCall = operation({
  ...of,
  id: 'createJoinToken',
  method: 'post',
  path: '/join-tokens',
  summary: 'A token that new origins start with; its clear text is told this once.',
  body: newJoinToken,
  bodyMayBeMissing: true,
  status: 201,
  answer: joinToken
    .extend({ token: z.string().openapi({ description: 'Told this once.' }) })
    .openapi('CreatedJoinToken'),
});

export const listJoinTokensCall = operation({
  ...of,
  id: 'listJoinTokens',
  method: 'get',
  path: '/join-tokens',
  summary: 'Join tokens, newest first; those that are over too.',
  query: page,
  status: 200,
  answer: z.object({ joinTokens: z.array(joinToken), next }),
});

export const revokeJoinTokenCall = operation({
  ...of,
  id: 'revokeJoinToken',
  method: 'delete',
  path: '/join-tokens/{id}',
  summary: 'Revokes a join token; origins that joined with it stay.',
  status: 204,
  refusals: ['not_found'],
});

export const revokeOriginKeyCall = operation({
  ...of,
  id: 'revokeOriginKey',
  method: 'delete',
  path: '/origins/{id}/key',
  summary:
    'Takes back the key that an origin joined for, and the join tokens that it has had: it is refused from then on.',
  status: 204,
  refusals: ['not_found'],
});
