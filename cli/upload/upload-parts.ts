import type { FileHandle } from 'node:fs/promises';
import { cliLimits } from '#shared/limits/cli.ts';
import { type ImportParts, partRange } from '#shared/model/import.ts';
import { type Api, pathPart } from '../api.ts';
import { CliError } from '../cli-error.ts';
import { patiently } from './patience.ts';

export interface PartsUpload {
  readonly api: Api;
  /** The import that they are of, and which of them it lacks. */
  readonly of: ImportParts & { readonly id: string; readonly partsMissing: readonly number[] };
  readonly file: FileHandle;
  readonly signal: AbortSignal;
  readonly show: (doneBytes: number) => void;
}

/** Sends the parts of a file that are missing, a few at a time. Throws CliError, and the signal's reason. */
export async function uploadParts({ api, of, file, signal, show }: PartsUpload): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const left = [...of.partsMissing];
  const sizeOf = (part: number) => {
    const [startByte, endByte] = partRange(of, part);
    return endByte - startByte;
  };
  let doneBytes = of.sizeBytes - left.reduce((sum, part) => sum + sizeOf(part), 0);
  show(doneBytes);
  const sender = async () => {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      const bytes = await readPart(file, of, part);
      const path = `/imports/${pathPart(of.id)}/parts/${part}`;
      await patiently(() => api.put(path, bytes, either), either);
      doneBytes += bytes.byteLength;
      show(doneBytes);
    }
  };
  const senders = Array.from({ length: Math.min(cliLimits.partsAtOnce, left.length) }, () =>
    sender().catch((cause) => failure.abort(cause)),
  );
  await Promise.all(senders);
  either.throwIfAborted();
}

async function readPart(file: FileHandle, of: ImportParts, part: number): Promise<Uint8Array<ArrayBuffer>> {
  const [startByte, endByte] = partRange(of, part);
  const bytes = new Uint8Array(endByte - startByte);
  let filled = 0;
  while (filled < bytes.byteLength) {
    const { bytesRead } = await file.read(bytes, filled, bytes.byteLength - filled, startByte + filled);
    if (bytesRead === 0) {
      const hint = 'Wait until whatever writes it is done, then upload it again.';
      throw new CliError('file_changed', 'The file is shorter than it was when the upload began.', hint);
    }
    filled += bytesRead;
  }
  return bytes;
}
