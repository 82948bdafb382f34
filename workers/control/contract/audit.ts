import { z } from '@hono/zod-openapi';
import { next, pageOfChannel, timeMs } from '../schemas.ts';
import { owner } from './access.ts';
import { operation, type Shape } from './operation.ts';

const auditEntry = z
  .object({
    id: z.string(),
    atMs: timeMs,
    actor: z.string().openapi({ description: '`administrator`, or the id of a token.' }),
    action: z.string().openapi({ description: 'The operationId of the call.' }),
    target: z.string().nullable().openapi({ description: 'Id of what was changed.' }),
    channel: z.string().nullable().openapi({ description: 'Null: the deployment.' }),
    status: z.int().nullable().openapi({ description: 'Of the answer; null: it is not known how the call ended.' }),
    code: z.string().nullable().openapi({ description: 'Why it was refused.' }),
  })
  .openapi('AuditEntry');
/** A change that was asked for. */
export type AuditEntry = Shape<typeof auditEntry>;

export const listAuditCall = operation({
  tag: 'Who may call',
  id: 'listAudit',
  method: 'get',
  path: '/audit',
  summary: 'Every change that was asked for, newest first.',
  access: owner('list'),
  query: pageOfChannel.extend({ actor: z.string().max(64).optional() }),
  status: 200,
  answer: z.object({ entries: z.array(auditEntry), next }),
});
