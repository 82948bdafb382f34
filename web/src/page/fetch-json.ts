import { pageLimits } from '#shared/limits/page.ts';

/** An answer of the API, or why there is none. `status` is 0 when nothing came back. */
export type JsonAnswer<T> =
  | { readonly ok: true; readonly body: T }
  | { readonly ok: false; readonly status: number; readonly code: string };

/** What a request of ours brings beside its path. */
interface JsonRequest {
  /** Goes into the Authorization header. */
  readonly token?: string;
  /** Makes it a POST. */
  readonly body?: object;
}

/** Fetches JSON from our own API, with a deadline. Never rejects; a problem document's code is passed on. */
export async function fetchJson<T>(path: string, { token, body: sent }: JsonRequest = {}): Promise<JsonAnswer<T>> {
  try {
    const response = await fetch(path, {
      ...(sent && { method: 'POST', body: JSON.stringify(sent) }),
      headers: {
        accept: 'application/json',
        ...(sent && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      cache: 'no-store',
      signal: AbortSignal.timeout(pageLimits.viewRequestMsMax),
    });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok && typeof body === 'object' && body !== null) return { ok: true, body: body as T };
    return { ok: false, status: response.status, code: codeOf(body) ?? `http_${response.status}` };
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    return { ok: false, status: 0, code: late ? 'page.timeout' : 'page.unreachable' };
  }
}

function codeOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('code' in body)) return null;
  return typeof body.code === 'string' ? body.code.slice(0, 64) : null;
}
