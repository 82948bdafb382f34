import { z } from '@hono/zod-openapi';
import {
  callerProblems,
  ourProblems,
  type ProblemCode,
  problemContentType,
  problemStatus,
} from '#shared/model/problem.ts';

const codes = [...Object.keys(callerProblems), ...Object.keys(ourProblems)] as ProblemCode[];

const problemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().openapi({ description: 'For the person who reads it; may change.' }),
    fix: z.string().openapi({ description: 'The way out.' }),
    reason: z.string().optional().openapi({ description: 'Which conflict it is, or why a signature was refused.' }),
    state: z.string().optional().openapi({ description: 'Of the channel, the broadcast or the key asked about.' }),
  })
  .openapi('Problem', { description: 'RFC 9457; docs/protocol/errors.md lists the codes.' });

/** The answers of a call that is refused: one for each status, with the codes that it may carry. */
export function refusalResponses(refusals: readonly ProblemCode[]) {
  const byStatus = Map.groupBy([...new Set(refusals)].sort(), problemStatus);
  const entries = [...byStatus].map(([status, found]) => [
    status,
    {
      description: found.map((code) => `\`${code}\``).join(', '),
      content: { [problemContentType]: { schema: problemDocument } },
      'x-codes': found,
    },
  ]);
  return Object.fromEntries(entries) as Record<number, { description: string }>;
}
