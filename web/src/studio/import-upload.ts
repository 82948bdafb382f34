import type { Import } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { partRange } from '#shared/model/import.ts';
import { backoffMs } from '../page/wait.ts';
import type { Answer } from './api.ts';

/** The API, as far as one upload needs it. */
export interface UploadDoor {
  put(part: number, bytes: ArrayBuffer, onSent: (sentBytes: number) => void): Promise<Answer<null>>;
  complete(): Promise<Answer<Import>>;
  find(): Promise<Answer<Import>>;
}

/** How one upload is carried out. */
export interface UploadTerms {
  readonly door: UploadDoor;
  /** How much of the file is there or on its way. */
  onSent(sentBytes: number): void;
  /** Why it waits before it tries again. */
  onWait(sentence: string): void;
  pause(ms: number): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Sends what is missing of a file, one part after the other and each until it is taken, and completes the import. Never rejects.
 * @returns why it cannot go on; empty when it is done, or was stopped
 */
export async function uploadFile(found: Import, file: Blob, terms: UploadTerms): Promise<string> {
  const { door, signal } = terms;
  let { partsMissing } = found;
  for (;;) {
    const trouble = await sendParts({ ...found, partsMissing }, file, terms);
    if (trouble !== '' || signal.aborted) return trouble;
    const completed = await patiently(terms, () => door.complete());
    if (completed.ok || signal.aborted) return '';
    const now = await patiently(terms, () => door.find());
    if (!now.ok || now.body.partsMissing.length === 0) return completed.sentence;
    partsMissing = now.body.partsMissing;
  }
}

async function sendParts(found: Import, file: Blob, terms: UploadTerms): Promise<string> {
  const { door, onSent, signal } = terms;
  const sizes = found.partsMissing.map((part) => sizeOf(found, part));
  let sentBytes = found.sizeBytes - sizes.reduce((sum, size) => sum + size, 0);
  onSent(sentBytes);
  for (const [at, part] of found.partsMissing.entries()) {
    const bytes = await file
      .slice(...partRange(found, part))
      .arrayBuffer()
      .catch(() => null);
    if (!bytes) return 'The file cannot be read any more. Was it moved or changed? Choose it again.';
    const answer = await patiently(terms, async () => {
      const put = await door.put(part, bytes, (partBytes) => onSent(sentBytes + partBytes));
      // What was on its way is not there.
      if (!put.ok) onSent(sentBytes);
      return put;
    });
    if (signal.aborted) return '';
    if (!answer.ok) return answer.sentence;
    sentBytes += sizes[at] ?? 0;
    onSent(sentBytes);
  }
  return '';
}

function sizeOf(found: Import, part: number): number {
  const [startByte, endByte] = partRange(found, part);
  return endByte - startByte;
}

/** Asks until there is an answer that another attempt would not change. */
async function patiently<T>(terms: UploadTerms, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  const { onWait, pause, signal } = terms;
  const { uploadRetryMsMin, uploadRetryMsMax } = studioLimits;
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (answer.ok || signal.aborted || !isPassing(answer.status)) return answer;
    onWait(answer.sentence);
    await pause(backoffMs(attempt, uploadRetryMsMin, uploadRetryMsMax, Math.random()));
    if (signal.aborted) return answer;
  }
}

function isPassing(status: number): boolean {
  return status === 0 || status === 429 || status >= 500;
}
