import { createRoute, z } from '@hono/zod-openapi';
import type { ProblemCode } from '#shared/model/problem.ts';
import type { Access } from './access.ts';
import { refusalResponses } from './problem.ts';

/** What a call is made of. `path` has its parameters in braces; without `answer` and `file` nothing but the status comes back. */
interface Terms<Path extends string, Query extends z.ZodObject, Body extends z.ZodType, Answer extends z.ZodType> {
  /** `operationId` in the document; clients are named by it. */
  readonly id: string;
  readonly tag: Tag;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: Path;
  readonly summary: string;
  readonly access: Access;
  readonly query?: Query;
  readonly body?: Body;
  /** No body at all is taken for an empty object. */
  readonly bodyMayBeMissing?: true;
  /** The body is bytes, which the call reads itself. What comes again does no harm: no key for that, and no entry in the audit log. */
  readonly takesBytes?: true;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: Answer;
  /** Media type of an answer that is a file. */
  readonly file?: string;
  /** Codes beside those that every call of its kind can be refused with. */
  readonly refusals?: readonly ProblemCode[];
}

/** The groups of the document. */
export const tags = {
  Channels: 'Places to publish to and to watch.',
  'Stream keys': 'What encoders publish with.',
  Broadcasts: 'Live and past.',
  Clips: 'Ranges of broadcasts.',
  Replays: 'What is kept, and what goes.',
  Imports: 'Video files of which replays are made.',
  Origins: 'Where broadcasts are made, and the PoPs in front of them.',
  'Who may watch': 'Signing keys, signed links, revocations.',
  Webhooks: 'Who is told what happens.',
  'Who may call': 'Tokens of this API, and what was done with them.',
  Pages: 'What pages and encoders read; no token is asked for.',
} as const;
type Tag = keyof typeof tags;

/** One call of the API: what it takes, what it answers, who may make it. */
export interface Operation<
  Path extends string = string,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> extends Terms<Path, Query, Body, Answer> {
  readonly route: ReturnType<typeof createRoute>;
}

type Parameters<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [Key in Name]: string } & Parameters<Rest>
  : unknown;

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** What a schema describes, as code hands it on. */
export type Shape<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

/** What a call brings, once it was found right. */
export type InputOf<O> =
  O extends Operation<infer Path, infer Query, infer Body>
    ? { readonly params: Parameters<Path>; readonly query: z.output<Query>; readonly body: z.output<Body> }
    : never;

/** What a call is answered with. */
export type AnswerOf<O> =
  O extends Operation<string, z.ZodObject, z.ZodType, infer Answer> ? DeepReadonly<z.input<Answer>> : never;

const changeHeaders = z.object({
  'idempotency-key': z
    .string()
    .max(255)
    .optional()
    .openapi({ description: 'Made up by the caller: the call comes again with it and is carried out once.' }),
});

const bytes = z.string().openapi({ format: 'binary' });

/** Declares a call. */
export function operation<
  const Path extends string,
  Query extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodUndefined,
>(terms: Terms<Path, Query, Body, Answer>): Operation<Path, Query, Body, Answer> {
  const { id, tag, method, path, summary, access, query, body, status } = terms;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  const route = createRoute({
    method,
    path,
    operationId: id,
    tags: [tag],
    summary,
    security: access.role === 'anyone' ? [] : [{ token: [] }],
    'x-access': access,
    request: {
      ...(isChange(terms) && { headers: changeHeaders }),
      ...(names.length > 0 && { params }),
      ...(query && { query }),
      ...(body && {
        body: { required: !terms.bodyMayBeMissing, content: { 'application/json': { schema: body } } },
      }),
      ...(terms.takesBytes && {
        body: { required: true, content: { 'application/octet-stream': { schema: bytes } } },
      }),
    },
    responses: { [status]: success(terms), ...refusalResponses(refusalsOf(terms)) },
  });
  return { ...terms, route };
}

/** Whether a call is made once for each Idempotency-Key, and is entered in the audit log. */
export function isChange({ access, method, takesBytes }: Pick<Operation, 'access' | 'method' | 'takesBytes'>): boolean {
  return method !== 'get' && access.role !== 'anyone' && !takesBytes;
}

function success({
  answer,
  file,
  summary,
}: Pick<Terms<string, z.ZodObject, z.ZodType, z.ZodType>, 'answer' | 'file' | 'summary'>) {
  const content = file
    ? { [file]: { schema: z.string().openapi({ format: 'binary' }) } }
    : answer && { 'application/json': { schema: answer } };
  return { description: summary, ...(content && { content }) };
}

function refusalsOf(terms: Terms<string, z.ZodObject, z.ZodType, z.ZodType>) {
  const { access, method, query, body, refusals = [] } = terms;
  const codes: ProblemCode[] = ['internal', ...refusals];
  if (access.role !== 'anyone') codes.push('unauthorized', 'forbidden', 'too_many_requests');
  if (method !== 'get') codes.push('catalogue_full');
  // Its Idempotency-Key may be what is wrong.
  if (isChange(terms)) codes.push('conflict', 'idempotency_key_reused');
  if (query || body || isChange(terms)) codes.push('bad_request');
  if (body) codes.push('body_too_large');
  return codes;
}
