import { type FileHandle, open, readFile, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { importerLimits } from '#shared/limits/store.ts';
import { type ImportParts, partCount, partRange } from '#shared/model/import.ts';
import { importPartKey } from '#shared/model/object-name.ts';
import type { ImportJob } from '#shared/wire/control.ts';
import { bootId } from '../broadcast/boot.ts';
import type { Log } from '../observe/log.ts';
import { type ObjectStore, StoreError } from '../store/object-store.ts';
import { ImportError } from './import-error.ts';
import { stoppable } from './stoppable.ts';

export interface JobPartsOptions {
  readonly job: ImportJob;
  readonly bucket: Pick<ObjectStore, 'get'>;
  /** Where to, and with `.boot` behind it what is noted of it; its folder is there. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** What the machine calls its present boot; null: it does not say. As it is unless told. */
  readonly boot?: string | null | undefined;
  /** First pause before a part is asked for again, ms; as the limits say unless told. */
  readonly retryMs?: number | undefined;
}

/**
 * Loads an uploaded file from the bucket, part by part; a bucket that fails is asked again until it gives them. Parts that a
 * process before this one loaded whole, while the machine was not reset, stay. Throws ImportError `import_no_room`,
 * `import_part_missing`, `import_not_stored`, StoreError `store_refused` where the bucket goes on refusing the keys, and why
 * it was stopped.
 */
export async function loadParts(options: JobPartsOptions): Promise<void> {
  const { job, path, signal, log, boot = bootId() } = options;
  const found = await partsFound(job, path, boot);
  const foundBytes = Math.min(found * job.partBytes, job.sizeBytes);
  await requireRoom(dirname(path), job.sizeBytes - foundBytes);
  if (found > 0) log.info({ event: 'import_load_goes_on', import: job.id, part: found }, 'some parts are here already');
  const file = await open(path, 'a', 0o600);
  try {
    await file.truncate(foundBytes);
    // In this order: nothing of another boot may lie under the name of this one.
    await writeFile(bootPath(path), boot ?? '', { mode: 0o600 });
    for (let part = found; part < partCount(job); part++) {
      const bytes = await loadPart(options, part);
      signal.throwIfAborted();
      await append(file, bytes);
    }
  } finally {
    await file.close();
  }
}

const bootPath = (path: string) => `${path}.boot`;

/**
 * How many parts lie whole at the beginning of what an earlier process loaded. Nothing was flushed to the disk, so after a
 * reset of the machine, or where that is not known, there is none.
 */
async function partsFound(parts: ImportParts, path: string, boot: string | null): Promise<number> {
  try {
    if (boot === null || (await readFile(bootPath(path), 'utf8')) !== boot) return 0;
    const { size } = await stat(path);
    if (size >= parts.sizeBytes) return size === parts.sizeBytes ? partCount(parts) : 0;
    return Math.floor(size / parts.partBytes);
  } catch {
    return 0; // it was not begun
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
