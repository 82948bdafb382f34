import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Env } from '../env.ts';
import { type AskedChange, type Outcome, withAudit } from './audit.ts';
import { parseBody, readBody } from './body.ts';
import type { ClipTools } from './clip-tools.ts';
import { type AnswerOf, type InputOf, isChange, type Operation } from './contract/operation.ts';
import { answerOnce } from './idempotency.ts';
import {
  channelOfPath,
  nobody,
  type Principal,
  requireChannel,
  requireOwnBody,
  requireRole,
  scopedQuery,
} from './principal.ts';
import { ProblemError } from './respond.ts';
import { explain } from './schemas.ts';

/** What the API's calls find in their context. */
export interface ControlBindings {
  readonly Bindings: Env;
  readonly Variables: ClipTools & { principal?: Principal };
}

/** What a handler works with, beside what the call brings. */
export interface Visit {
  readonly c: Context<ControlBindings>;
  readonly env: Env;
  readonly principal: Principal;
  readonly nowMs: number;
}

type Handler<O> = (visit: Visit & InputOf<O>) => Promise<AnswerOf<O> | Response>;

const methodsInOrder = ['get', 'post', 'put', 'patch', 'delete'] as const;
const noBytes = new Uint8Array(0);

/** Puts calls where they are declared to be, each behind its own checks; whatever is not declared is refused. */
export class Calls {
  readonly #api: OpenAPIHono<ControlBindings>;
  readonly #methods = new Map<string, Set<string>>();

  constructor(api: OpenAPIHono<ControlBindings>) {
    this.#api = api;
  }

  /**
   * Answers a call with what `handle` returns, once role, channel and input were found right. A change is entered in the audit
   * log, and made once for each Idempotency-Key.
   */
  mount<O extends Operation>(operation: O, handle: Handler<O>): void {
    const { route, method } = operation;
    const path = route.getRoutingPath();
    this.#api.openAPIRegistry.registerPath(route);
    this.#methods.set(path, (this.#methods.get(path) ?? new Set()).add(method));
    this.#api.on(method.toUpperCase(), path, async (c) => {
      const principal = c.get('principal') ?? nobody;
      const nowMs = Date.now();
      const { bytes, ...input } = await inputOf(c, operation, principal);
      const carryOut = async () => {
        const answer = await handle({ c, env: c.env, principal, nowMs, ...input } as Visit & InputOf<O>);
        return { ...subjectOf(answer), response: responseOf(c, operation, answer) };
      };
      if (!isChange(operation)) return (await carryOut()).response;
      const asked = await askedOf(c, operation, principal, input);
      const call = { env: c.env, request: c.req.raw, principal: principal.id, body: bytes, nowMs };
      return answerOnce(call, async () => {
        const change = async () => withStatus(await carryOut());
        return (await withAudit(c.env.DB, asked, nowMs, change)).response;
      });
    });
  }

  /** Refuses every other method of the addresses so far (RFC 9110 15.5.6). */
  refuseOthers(): void {
    for (const [path, methods] of this.#methods) {
      const known = methodsInOrder.filter((method) => methods.has(method));
      const allow = known.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : method.toUpperCase())).join(', ');
      this.#api.all(path, () => {
        throw new ProblemError('method_not_allowed', `Allowed here: ${allow}.`, { headers: { allow } });
      });
    }
    this.#methods.clear();
  }
}

function responseOf(c: Context<ControlBindings>, { answer: schema, status }: Operation, answer: unknown): Response {
  if (answer instanceof Response) return answer;
  return schema ? c.json(answer as object, status as 200) : c.body(null, 204);
}

function withStatus<T extends { readonly response: Response }>(carried: T): T & Pick<Outcome, 'status'> {
  return { ...carried, status: carried.response.status };
}

interface Input {
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What a change is about, as far as the call itself says so. */
async function askedOf(
  c: Context<ControlBindings>,
  { id, access }: Operation,
  principal: Principal,
  { params, body }: Input,
): Promise<AskedChange> {
  const named = (body as { readonly channel?: string | null } | undefined)?.channel;
  const channel = (await channelOfPath(c.env.DB, access, params.id ?? '')) ?? named ?? null;
  return { actor: principal.id, action: id, target: params.key ?? params.id ?? null, channel };
}

/** The same as far as the answer says so. */
function subjectOf(answer: unknown): Pick<Outcome, 'target' | 'channel'> {
  if (answer instanceof Response || typeof answer !== 'object' || answer === null) return {};
  const { id, kid, channel } = answer as Readonly<Partial<Record<'id' | 'kid' | 'channel', string | null>>>;
  return { target: id ?? kid ?? null, channel: channel ?? null };
}

async function inputOf(c: Context<ControlBindings>, operation: Operation, principal: Principal) {
  const { access, body: schema, bodyMayBeMissing } = operation;
  if (access.role !== 'anyone') {
    if (principal === nobody) throw new Error(`${operation.id} is mounted in front of the authorization`);
    requireRole(principal, access);
  }
  const params: Readonly<Record<string, string>> = c.req.param();
  const query = scopedQuery(principal, access, queryOf(c, operation));
  await requireChannel(c.env.DB, principal, access, params.id ?? '');
  const bytes = schema ? await bytesOf(c.req.raw, bodyMayBeMissing ?? false) : noBytes;
  const body = schema && parseBody(schema, bytes);
  await requireOwnBody(c.env.DB, principal, access, body);
  return { params, query, body, bytes };
}

function queryOf(c: Context<ControlBindings>, { query }: Operation): Record<string, unknown> {
  if (!query) return {};
  const parsed = query.safeParse(c.req.query());
  if (!parsed.success) throw new ProblemError('bad_request', explain(parsed.error));
  return parsed.data;
}

async function bytesOf(request: Request, mayBeMissing: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readBody(request);
  return mayBeMissing && bytes.byteLength === 0 ? Uint8Array.from(new TextEncoder().encode('{}')) : bytes;
}
