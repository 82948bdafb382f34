import { type Problem, type ProblemCode, problem, problemContentType } from '#shared/model/problem.ts';
import { AccessKeysError } from '../access/access-keys.ts';

/** Members that a problem document may carry beside the standard ones (RFC 9457 3.2). */
interface ProblemExtra {
  /** Why a signature was refused. */
  readonly reason?: string;
  /** State of a channel whose media needs a token. */
  readonly state?: string;
  /** The way out, where it is not that of the code. */
  readonly fix?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown where a call is found wrong; answered as a problem document by the API's error handler. */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly extra: ProblemExtra;

  constructor(code: ProblemCode, detail: string, extra: ProblemExtra = {}) {
    super(detail);
    this.name = 'ProblemError';
    this.code = code;
    this.extra = extra;
  }
}

/** A problem document as a response (RFC 9457). */
export function respondProblem(code: ProblemCode, detail: string, extra: ProblemExtra = {}): Response {
  const { headers, ...members } = extra;
  const document: Problem = problem(code, detail);
  return Response.json(
    { ...document, ...members },
    { status: document.status, headers: { 'content-type': problemContentType, ...headers } },
  );
}

/** What any thrown value is answered with. Our own failures are logged, and the caller is told nothing of them. */
export function respondError(error: unknown): Response {
  if (error instanceof ProblemError) return respondProblem(error.code, error.message, error.extra);
  console.error(JSON.stringify({ event: 'control.failed', error: String(error) }));
  if (isFull(error)) return respondProblem('catalogue_full', 'Nothing more can be written; what is there can be read.');
  if (error instanceof AccessKeysError) return respondProblem('not_configured', error.message);
  return respondProblem('internal', 'The control plane failed on this call. Try again; if it stays, read its log.');
}

/** Whether the catalogue refused a change for want of room: in D1's words, or SQLite's. */
function isFull(error: unknown): boolean {
  return error instanceof Error && /SQLITE_FULL|database or disk is full|exceeded maximum DB size/i.test(error.message);
}
