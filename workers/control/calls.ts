import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Env } from '../env.ts';
import { parseBody, readBody } from './body.ts';
import type { ClipTools } from './clip-tools.ts';
import type { AnswerOf, InputOf, Operation } from './contract/operation.ts';
import { nobody, type Principal, requireChannel, requireOwnBody, requireRole, scopedQuery } from './principal.ts';
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

const methodsInOrder = ['get', 'post', 'patch', 'delete'] as const;

/** Puts calls where they are declared to be, each behind its own checks; whatever is not declared is refused. */
export class Calls {
  readonly #api: OpenAPIHono<ControlBindings>;
  readonly #methods = new Map<string, Set<string>>();

  constructor(api: OpenAPIHono<ControlBindings>) {
    this.#api = api;
  }

  /** Answers a call with what `handle` returns, once role, channel and input were found right. */
  mount<O extends Operation>(operation: O, handle: Handler<O>): void {
    const { route, method } = operation;
    const path = route.getRoutingPath();
    this.#api.openAPIRegistry.registerPath(route);
    this.#methods.set(path, (this.#methods.get(path) ?? new Set()).add(method));
    this.#api.on(method.toUpperCase(), path, async (c) => {
      const principal = c.get('principal') ?? nobody;
      const input = await inputOf(c, operation, principal);
      const visit = { c, env: c.env, principal, nowMs: Date.now(), ...input };
      const answer = await handle(visit as Visit & InputOf<O>);
      if (answer instanceof Response) return answer;
      return operation.answer ? c.json(answer as object, operation.status as 200) : c.body(null, 204);
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

async function inputOf(c: Context<ControlBindings>, operation: Operation, principal: Principal) {
  const { access, body: schema, bodyMayBeMissing } = operation;
  if (access.role !== 'anyone') {
    if (principal === nobody) throw new Error(`${operation.id} is mounted in front of the authorization`);
    requireRole(principal, access);
  }
  const params: Readonly<Record<string, string>> = c.req.param();
  const query = scopedQuery(principal, access, queryOf(c, operation));
  await requireChannel(c.env.DB, principal, access, params.id ?? '');
  const body = schema && parseBody(schema, await bytesOf(c.req.raw, bodyMayBeMissing ?? false));
  await requireOwnBody(c.env.DB, principal, access, body);
  return { params, query, body };
}

function queryOf(c: Context<ControlBindings>, { query }: Operation): Record<string, unknown> {
  if (!query) return {};
  const parsed = query.safeParse(c.req.query());
  if (!parsed.success) throw new ProblemError('bad_request', explain(parsed.error));
  return parsed.data;
}

async function bytesOf(request: Request, mayBeMissing: boolean): Promise<Uint8Array> {
  const bytes = await readBody(request);
  return mayBeMissing && bytes.byteLength === 0 ? new TextEncoder().encode('{}') : bytes;
}
