import { type FileHandle, open, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { importerLimits } from '#shared/limits/store.ts';
import { partCount, partRange } from '#shared/model/import.ts';
import { importPartKey } from '#shared/model/object-name.ts';
import type { ImportJob } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import { type ObjectStore, StoreError } from '../store/object-store.ts';
import { ImportError } from './import-error.ts';
import { stoppable } from './stoppable.ts';

export interface JobPartsOptions {
  readonly job: ImportJob;
  readonly bucket: Pick<ObjectStore, 'get'>;
  /** Where to; its folder is there. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** First pause before a part is asked for again, ms; as the limits say unless told. */
  readonly retryMs?: number | undefined;
}

/**
 * Loads an uploaded file from the bucket, part by part; a bucket that fails is asked again until it gives them. Throws
 * ImportError `import_no_room`, `import_part_missing`, `import_not_stored`, StoreError `store_refused` where the bucket goes on
 * refusing the keys, and why it was stopped.
 */
export async function loadParts(options: JobPartsOptions): Promise<void> {
  const { job, path, signal } = options;
  await requireRoom(dirname(path), job.sizeBytes);
  const file = await open(path, 'w', 0o600);
  try {
    for (let part = 0; part < partCount(job); part++) {
      const bytes = await loadPart(options, part);
      signal.throwIfAborted();
      await append(file, bytes);
    }
  } finally {
    await file.close();
  }
}

async function requireRoom(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (sizeBytes + importerLimits.roomLeftBytes <= bavail * bsize) return;
  const gib = (sizeBytes / 2 ** 30).toFixed(1);
  const message = `The origin has no room for a file of ${gib} GiB. Free some on its disk, or upload the file in pieces.`;
  throw new ImportError('import_no_room', message);
}

async function loadPart(options: JobPartsOptions, part: number): Promise<Buffer> {
  const { job, signal, log, retryMs = importerLimits.partRetryMsMin } = options;
  let waitMs = retryMs;
  for (let refusals = 0; ; ) {
    try {
      return await readPart(options, part);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof ImportError) throw cause;
      const isRefusal = cause instanceof StoreError && cause.code === 'store_refused';
      if (isRefusal && ++refusals === importerLimits.partRefusalsMax) throw cause;
      log.warn({ event: 'import_part_failed', import: job.id, part, err: cause }, 'the bucket did not give a part');
    }
    await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => signal.throwIfAborted());
    waitMs = Math.min(importerLimits.partRetryMsMax, 2 * waitMs);
  }
}

async function readPart({ job, bucket, signal }: JobPartsOptions, part: number): Promise<Buffer> {
  const bytes = await stoppable(bucket.get(importPartKey(job.id, part)), signal);
  const [startByte, endByte] = partRange(job, part);
  if (bytes?.byteLength === endByte - startByte) return bytes;
  const why = bytes ? `has ${bytes.byteLength} bytes and not ${endByte - startByte}` : 'is not in the bucket';
  throw new ImportError('import_part_missing', `Part ${part} of the file ${why}. Upload the file again.`);
}

async function append(file: FileHandle, bytes: Buffer): Promise<void> {
  try {
    await file.appendFile(bytes);
  } catch (cause) {
    const message =
      'The disk of the origin did not take the file. Look whether it has room and works, then upload again.';
    throw new ImportError('import_not_stored', message, { cause });
  }
}
