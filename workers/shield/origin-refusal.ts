import { callerProblems, ourProblems, type ProblemCode, problemStatus } from '#shared/model/problem.ts';
import { type Answer, refusal } from '../cache/answer.ts';

const detailCharsMax = 300;

/** Statuses of the origin that concern the viewer; every other one is a failure between us and the origin. */
const passed: Readonly<Record<number, ProblemCode>> = Object.freeze({
  400: 'bad_request',
  404: 'not_found',
  410: 'gone',
  503: 'too_early',
});

/** What an origin's error means to a viewer, in its own words where it sent a problem document. */
export function readOriginRefusal(response: Response, body: ArrayBuffer, path: string): Answer {
  const { status } = response;
  const said = readProblem(body);
  const fallback = passed[status];
  if (fallback) {
    const code = said && problemStatus(said.code) === status ? said.code : fallback;
    return refusal(code, said?.detail ?? 'The origin has no answer to this.', Date.now(), 'origin');
  }
  console.warn(
    JSON.stringify({ event: 'origin_refused', path, status, detail: said?.detail ?? '', reason: said?.reason }),
  );
  return refusal('upstream_failed', wordsFor(status), Date.now(), 'origin');
}

function wordsFor(status: number): string {
  if (status === 401 || status === 403) {
    return "The origin refused this PoP's signature: the wire keys or the clocks of the two differ.";
  }
  if (status >= 300 && status < 400) return `The origin answered with a redirect (${status}), which no PoP follows.`;
  return `The origin answered with status ${status}.`;
}

/**
 * Why a signature was refused that may hold if it is made again. `spent`: something on the way sent the request twice;
 * `unknown_key`: the origin may have another key by now. Null: making it again changes nothing.
 */
export function signatureRefusal({ status }: Response, body: ArrayBuffer): 'spent' | 'unknown_key' | null {
  const reason = status === 401 ? readProblem(body)?.reason : '';
  if (reason === 'replayed' || reason === 'forgotten') return 'spent';
  return reason === 'unknown_key' ? reason : null;
}

function readProblem(body: ArrayBuffer): { code: ProblemCode; detail: string; reason: string } | null {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(body));
    const { code, detail, reason } = document as { code?: unknown; detail?: unknown; reason?: unknown };
    if (typeof code !== 'string' || !(code in callerProblems || code in ourProblems)) return null;
    return { code: code as ProblemCode, detail: textOf(detail), reason: textOf(reason) };
  } catch {
    return null;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, detailCharsMax) : '';
}
