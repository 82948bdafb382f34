import { importLimits } from '#shared/limits/store.ts';
import type { Uploader } from '../store/uploader.ts';
import type { FileImportOptions } from './file-import.ts';
import { ImportError } from './import-error.ts';
import { stoppable } from './stoppable.ts';

/**
 * Tells how much is in the bucket until all is; ends at once when the import is stopped. Throws ImportError
 * `import_not_stored` where the bucket takes nothing of it.
 */
export async function followUpload(
  uploader: Pick<Uploader, 'backlog' | 'drained' | 'isLeftOut' | 'refused'>,
  prefix: string,
  { signal, onProgress }: Pick<FileImportOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const objects = uploader.backlog(prefix);
  const refusal = new AbortController();
  let takenMs = performance.now();
  const tell = () => {
    if (!uploader.refused) takenMs = performance.now();
    // Keys may be on their way.
    if (performance.now() - takenMs > importLimits.refusedMsMax) refusal.abort(refused());
    onProgress({ stage: 'upload', share: objects === 0 ? 1 : 1 - uploader.backlog(prefix) / objects });
  };
  const timer = setInterval(tell, importLimits.progressMs);
  try {
    await stoppable(uploader.drained(prefix), AbortSignal.any([signal, refusal.signal]));
    if (uploader.isLeftOut(prefix)) throw notOurs();
    tell();
  } finally {
    clearInterval(timer);
  }
}

function refused(): ImportError {
  const message =
    'The bucket refuses the keys of this origin. See the settings under "bucket", then import the file again.';
  return new ImportError('import_not_stored', message);
}

function notOurs(): ImportError {
  const message =
    'The bucket takes nothing of this replay from this origin: it was begun with another key. Import the file again.';
  return new ImportError('import_not_stored', message);
}
