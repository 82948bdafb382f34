/**
 * A sentence for a call that failed: the API's own where it gave one.
 * @param status 0 when nothing came back
 * @param problem body of the answer (RFC 9457)
 */
export function troubleSentence(status: number, problem: unknown): string {
  if (status === 0) return 'The server does not answer. Check your connection, then try again.';
  if (typeof problem === 'object' && problem !== null && 'detail' in problem && typeof problem.detail === 'string') {
    return problem.detail;
  }
  if (status >= 500) return `The server failed on this (${status}). Try again in a moment.`;
  return `The server refused this (${status}).`;
}
