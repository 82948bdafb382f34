import { studioLimits } from '#shared/limits/page.ts';
import type { Answer } from './api.ts';
import { troubleSentence } from './trouble.ts';

/** How bytes are sent. */
export interface Sending {
  /** Called with how many are on their way or there. */
  onSent(sentBytes: number): void;
  readonly signal: AbortSignal;
}

/** `PUT`s bytes, and tells how far it is, which `fetch` cannot. What stands still is given up. Never rejects. */
export function sendBytes(path: string, token: string, bytes: ArrayBuffer, sending: Sending): Promise<Answer<null>> {
  const { onSent, signal } = sending;
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let still: ReturnType<typeof setTimeout> | undefined;
    const wake = () => {
      clearTimeout(still);
      still = setTimeout(stop, studioLimits.uploadStillMsMax);
    };
    request.open('PUT', `/api/v1${path}`);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.addEventListener('progress', ({ loaded }) => {
      wake();
      onSent(loaded);
    });
    request.addEventListener('loadend', () => {
      clearTimeout(still);
      signal.removeEventListener('abort', stop);
      resolve(answerOf(request));
    });
    signal.addEventListener('abort', stop);
    wake();
    request.send(bytes);
  });
}

function answerOf({ status, responseText }: XMLHttpRequest): Answer<null> {
  if (status >= 200 && status < 300) return { ok: true, body: null };
  return { ok: false, status, sentence: troubleSentence(status, parsed(responseText)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
