import { ControlError, type ImportDesk } from '../broadcast/control-client.ts';
import type { Log } from '../observe/log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { undoImport } from './file-import.ts';
import { importFolder, type LeftImport, leftImports, removeImport } from './import-folder.ts';

/** `waiting`: all of it is in the bucket, and the control plane did not say whether it is entered. */
export type LeftEnd = 'finished' | 'undone' | 'waiting';

export interface LeftImportsOptions {
  /** Folder of all imports. */
  readonly imports: string;
  readonly target: ObjectStore;
  readonly control: ImportDesk;
  readonly onEnd: (left: LeftImport, end: LeftEnd) => void;
  readonly log: Log;
}

/** Finishes or undoes what killed imports left on this machine. Throws StoreError. */
export async function settleLeft({ imports, target, control, onEnd, log }: LeftImportsOptions): Promise<void> {
  for (const left of await leftImports(imports)) {
    const end = await enterLeft(control, left);
    if (end === 'finished') await removeImport(importFolder(imports, left.broadcast));
    if (end === 'undone') await undoImport(imports, target, left.broadcast, log);
    onEnd(left, end);
  }
}

async function enterLeft(control: ImportDesk, { entering }: LeftImport): Promise<LeftEnd> {
  if (!entering) return 'undone';
  try {
    await control.import(entering);
    return 'finished';
  } catch (cause) {
    if (!(cause instanceof ControlError)) throw cause;
    // Its channel is gone; or the upload that it was made of is cancelled, or another origin's.
    const isRefused = cause.status === 404 || (cause.status === 409 && entering.job !== undefined);
    return isRefused ? 'undone' : 'waiting';
  }
}
