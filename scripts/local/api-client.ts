import { StartError } from './start-error.ts';

const requestMsMax = 10_000;

/** Calls the control plane as its administrator. */
export interface ApiClient {
  /** The JSON answer, or null for 404. Throws `api_failed`. */
  call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T | null>;
}

/** A client of the API below `base`, such as `http://127.0.0.1:8787/api/v1`. */
export function createApiClient(base: string, token: string): ApiClient {
  return {
    async call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T | null> {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(requestMsMax),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (response.ok) return (await response.json()) as T;
      const text = await response.text();
      if (response.status === 404) return null;
      throw new StartError(
        'api_failed',
        `${method} ${path} answered ${response.status}: ${text.slice(0, 300)}`,
        stateHint,
      );
    },
  };
}

const stateHint = 'If the stored state comes from another version, remove the folder "state" in the data folder.';
