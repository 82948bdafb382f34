import type { AnswerTo, BodyTo } from '#shared/api/client.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { type Sending, sendBytes } from './send-bytes.ts';
import { troubleSentence } from './trouble.ts';

/** An answer of the API, or a sentence that says why there is none. `status` is 0 when nothing came back. */
export type Answer<T> =
  | { readonly ok: true; readonly body: T }
  | { readonly ok: false; readonly status: number; readonly sentence: string };

/** The API with the token of whoever signed in. No call rejects. */
export interface Api {
  /** Each answer is typed by the API's own document; paths are written as templates, in place. */
  get<Path extends string>(path: Path): Promise<Answer<AnswerTo<'GET', Path>>>;
  /** @param body sent as JSON; an answer without a body is null */
  send<M extends 'POST' | 'PATCH' | 'DELETE', Path extends string>(
    method: M,
    path: Path,
    body?: BodyTo<M, Path>,
  ): Promise<Answer<AnswerTo<M, Path>>>;
  /** A call that takes bytes, for as long as they move. */
  put(path: string, bytes: ArrayBuffer, sending: Sending): Promise<Answer<null>>;
  /** A call that is answered with a file. */
  file(path: string): Promise<Answer<Blob>>;
}

/** @param onRefused called when the token is not, or no longer, the right one */
export function createApi(token: string, onRefused: () => void): Api {
  const heed = <T>(answer: Answer<T>): Answer<T> => {
    if (!answer.ok && answer.status === 401) onRefused();
    return answer;
  };
  const ask = async <T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>) =>
    heed(await request(path, token, init, read));
  return {
    get: <Path extends string>(path: Path) => ask(path, {}, readJson<AnswerTo<'GET', Path>>),
    send: <M extends 'POST' | 'PATCH' | 'DELETE', Path extends string>(method: M, path: Path, body?: BodyTo<M, Path>) =>
      ask(path, { method, ...(body && { body: JSON.stringify(body) }) }, readJson<AnswerTo<M, Path>>),
    put: async (path, bytes, sending) => heed(await sendBytes(path, token, bytes, sending)),
    file: (path) => ask(path, { method: 'POST' }, (response) => response.blob()),
  };
}

async function request<T>(
  path: string,
  token: string,
  init: RequestInit,
  read: (response: Response) => Promise<T>,
): Promise<Answer<T>> {
  try {
    const response = await fetch(`/api/v1${path}`, {
      ...init,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(init.body && { 'content-type': 'application/json' }),
      },
      cache: 'no-store',
      credentials: 'omit',
      signal: AbortSignal.timeout(studioLimits.requestMsMax),
      // What is deleted may be deleted as the page is left.
      keepalive: init.method === 'DELETE',
    });
    if (response.ok) return { ok: true, body: await read(response) };
    const problem: unknown = await response.json().catch(() => null);
    return { ok: false, status: response.status, sentence: troubleSentence(response.status, problem) };
  } catch {
    return { ok: false, status: 0, sentence: troubleSentence(0, null) };
  }
}

/** Whoever asks knows the type of the answer by its path. */
async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text === '' ? null : JSON.parse(text)) as T;
}
