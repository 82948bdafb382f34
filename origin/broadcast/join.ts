import { controlPaths, type JoinAnswer, type JoinQuestion } from '#shared/wire/control.ts';

/**
 * An origin could not join. `join_refused`: the control plane says why; `join_unreachable`: it may do later;
 * `join_redirected`, `join_insecure`: the token is not sent there.
 */
export class JoinError extends Error {
  readonly code: 'join_refused' | 'join_unreachable' | 'join_redirected' | 'join_insecure';

  constructor(code: JoinError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JoinError';
    this.code = code;
  }
}

const timeoutMs = 15_000;

/**
 * Exchanges a join token for a key of the origin's own; one that the question names may go on instead. Throws JoinError, never
 * with the token.
 */
export async function askToJoin(controlUrl: string, question: JoinQuestion): Promise<JoinAnswer> {
  const url = new URL(controlPaths.join, controlUrl);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    const advice = 'Set HEADWATER_CONTROL_URL to an address that begins with https://.';
    throw new JoinError('join_insecure', `A join token is not sent without TLS. ${advice}`);
  }
  const response = await post(url, JSON.stringify(question));
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    const advice = 'Set HEADWATER_CONTROL_URL to the address that it leads to.';
    throw new JoinError('join_redirected', `${url.origin} answered with a redirect (${status}). ${advice}`);
  }
  const answer = (await response.json().catch(() => null)) as (Partial<JoinAnswer> & Refusal) | null;
  if (status >= 500 || status === 429) {
    throw new JoinError('join_unreachable', `${url.origin} cannot answer now (${status}). Start again in a minute.`);
  }
  if (!response.ok) throw new JoinError('join_refused', wordsOf(answer, status));
  const { origin, kid, secret } = answer ?? {};
  const isTold = secret || (secret === null && kid !== undefined && kid === question.kid);
  if (origin !== question.origin || !kid || !isTold) {
    throw new JoinError(
      'join_refused',
      `${url.origin} is no control plane that origins can join. Look at its version.`,
    );
  }
  return { origin, kid, secret: secret ?? null };
}

interface Refusal {
  readonly detail?: string;
  readonly reason?: string;
}

function wordsOf(refusal: Refusal | null, status: number): string {
  const { detail, reason } = refusal ?? {};
  if (!detail) return `The control plane does not know how origins join (${status}). Upgrade the Worker first.`;
  return reason ? `${detail} [${reason}]` : detail;
}

async function post(url: URL, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    return await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' });
  } catch (cause) {
    const advice = 'Look at HEADWATER_CONTROL_URL and the network, and start again.';
    throw new JoinError('join_unreachable', `No answer from ${url.origin}. ${advice}`, { cause });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
