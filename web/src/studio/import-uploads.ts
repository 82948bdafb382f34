import type { Import } from '#shared/api/shapes.ts';
import { uploadFile } from './import-upload.ts';
import type { UploadNow } from './import-words.ts';
import type { Studio } from './studio.ts';

/** The uploads that this page carries out. */
export interface Uploads {
  /** Sends what is missing of a file. */
  start(found: Import, file: Blob): void;
  stop(id: string): void;
  /** Null: this page does not upload it. */
  of(id: string): UploadNow | null;
}

interface Running extends UploadNow {
  readonly stopping: AbortController;
}

/**
 * Uploads go on whatever section or channel is looked at; whoever would leave the page is asked.
 * @param onMoved called when an upload is further, waits or is over
 */
export function createUploads({ api, tell }: Studio, onMoved: (id: string) => void): Uploads {
  const running = new Map<string, Running>();
  addEventListener('beforeunload', (event) => {
    if (running.size > 0) event.preventDefault();
  });
  const carryOut = async (found: Import, file: Blob, { signal }: AbortController) => {
    const { id } = found;
    const say = (news: Partial<UploadNow>) => {
      const before = running.get(id);
      if (!before || signal.aborted) return;
      running.set(id, { ...before, ...news });
      onMoved(id);
    };
    const trouble = await uploadFile(found, file, {
      door: {
        put: (part, bytes, onSent) => api.put(`/imports/${id}/parts/${part}`, bytes, { onSent, signal }),
        complete: () => api.send('POST', `/imports/${id}/complete`),
        find: () => api.get(`/imports/${id}`),
      },
      onSent: (sentBytes) => say({ sentBytes, waits: '' }),
      onWait: (waits) => say({ waits }),
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      signal,
    });
    if (signal.aborted) return;
    running.delete(id);
    if (trouble !== '') tell(trouble, 'bad');
    onMoved(id);
  };
  return {
    start(found, file) {
      if (running.has(found.id)) return;
      const stopping = new AbortController();
      running.set(found.id, { stopping, sentBytes: 0, waits: '' });
      void carryOut(found, file, stopping);
    },
    stop(id) {
      running.get(id)?.stopping.abort();
      running.delete(id);
    },
    of: (id) => running.get(id) ?? null,
  };
}
