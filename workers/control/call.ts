import type { Context } from 'hono';
import { ProblemError } from './respond.ts';
import { explain, type Page, page } from './schemas.ts';

/** Answers every other method of an address. @param allow value of `Allow` (RFC 9110 10.2.1) */
export function refuseMethod(allow: string) {
  return (): never => {
    throw new ProblemError('method_not_allowed', `Allowed here: ${allow}.`, { headers: { allow } });
  };
}

/** The page that a call asks for; throws `bad_request`. */
export function pageOf(c: Pick<Context, 'req'>): Page {
  const parsed = page.safeParse(c.req.query());
  if (!parsed.success) throw new ProblemError('bad_request', explain(parsed.error));
  return parsed.data;
}
