import { z } from '@hono/zod-openapi';
import { deskLimits } from '#shared/limits/access.ts';
import { revocationKinds } from '../../access/desk/revocation-book.ts';
import { label, next, page, timeMs } from '../schemas.ts';
import { admin, viewer } from './access.ts';
import { operation } from './operation.ts';

const kind = z.enum(revocationKinds);

const revocation = z
  .object({
    id: z.string(),
    kind,
    value: z.string(),
    issuedBeforeMs: timeMs
      .nullable()
      .openapi({ description: 'Tokens issued at this time or before are refused; null: all.' }),
    untilMs: timeMs.openapi({ description: 'Forgotten after this.' }),
    atMs: timeMs,
    label: z.string(),
  })
  .openapi('Revocation');

const newRevocation = z
  .strictObject({
    kind,
    value: z
      .string()
      .min(1)
      .max(deskLimits.valueCharsMax)
      .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII'),
    issuedBeforeMs: z.int().min(1).optional(),
    untilMs: z.int().min(1).optional(),
    label: label.default(''),
  })
  .openapi('NewRevocation');
export type NewRevocation = z.output<typeof newRevocation>;

const of = { tag: 'Who may watch' } as const;

export const createRevocationCall = operation({
  ...of,
  id: 'createRevocation',
  method: 'post',
  path: '/revocations',
  summary: 'Revokes a session, viewer, key, link, channel or broadcast.',
  access: admin,
  body: newRevocation,
  status: 201,
  answer: revocation,
  refusals: ['conflict'],
});

export const listRevocationsCall = operation({
  ...of,
  id: 'listRevocations',
  method: 'get',
  path: '/revocations',
  summary: 'Revocations, newest change first.',
  access: viewer('deployment'),
  query: page.extend({ kind: kind.optional() }),
  status: 200,
  answer: z.object({ revocations: z.array(revocation), size: z.int(), max: z.int(), next }),
});

export const deleteRevocationCall = operation({
  ...of,
  id: 'deleteRevocation',
  method: 'delete',
  path: '/revocations/{id}',
  summary: 'Takes a revocation back.',
  access: admin,
  status: 204,
  refusals: ['not_found'],
});
