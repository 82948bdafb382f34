import { z } from '@hono/zod-openapi';
import { channelName, label, next, page, timeMs } from '../schemas.ts';
import { admin, roles, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const role = z.enum(roles).openapi('Role');

const apiToken = z
  .object({
    id: z.string(),
    role,
    channel: z.string().nullable().openapi({ description: 'The only one that it is for; null: all.' }),
    label: z.string(),
    createdBy: z.string(),
    createdMs: timeMs,
    expiresMs: timeMs.nullable(),
    lastUsedMs: timeMs.nullable(),
    revokedMs: timeMs.nullable(),
  })
  .openapi('ApiToken');
/** A token of the API as administrators see it: everything but the secret. */
export type ApiTokenDetails = Shape<typeof apiToken>;

const newApiToken = z
  .strictObject({
    role,
    channel: channelName.nullable().default(null),
    label: label.default(''),
    expiresMs: timeMs.nullable().default(null),
  })
  .refine(({ role: wanted, channel }) => wanted !== 'owner' || channel !== null, 'an owner is the owner of a channel')
  .refine(({ role: wanted, channel }) => wanted !== 'admin' || channel === null, 'an admin has no channel')
  .openapi('NewApiToken');
export type NewApiToken = z.output<typeof newApiToken>;

const principal = z.object({ id: z.string(), role, channel: z.string().nullable() }).openapi('Principal');

const of = { tag: 'Who may call' } as const;

export const createTokenCall = operation({
  ...of,
  id: 'createToken',
  method: 'post',
  path: '/tokens',
  summary: 'A new token of this API; its clear text is told this once.',
  access: admin,
  body: newApiToken,
  status: 201,
  answer: apiToken.extend({ token: z.string().openapi({ description: 'Told this once.' }) }).openapi('CreatedApiToken'),
  refusals: ['not_found', 'conflict'],
});

export const listTokensCall = operation({
  ...of,
  id: 'listTokens',
  method: 'get',
  path: '/tokens',
  summary: 'Tokens, newest first; those that were revoked or are over too.',
  access: admin,
  query: page,
  status: 200,
  answer: z.object({ tokens: z.array(apiToken), next }),
});

export const revokeTokenCall = operation({
  ...of,
  id: 'revokeToken',
  method: 'delete',
  path: '/tokens/{id}',
  summary: 'Revokes a token: it is refused from the next call on.',
  access: admin,
  status: 204,
  refusals: ['not_found'],
});

export const getMeCall = operation({
  ...of,
  id: 'getMe',
  method: 'get',
  path: '/me',
  summary: 'Who the token is, and what it may do.',
  access: viewer('list'),
  status: 200,
  answer: principal,
});
