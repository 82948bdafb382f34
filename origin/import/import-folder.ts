import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isBroadcastId } from '#shared/model/id.ts';
import type { ImportReport } from '#shared/wire/control.ts';
import { isSameProcess, startOf } from '../broadcast/process-start.ts';

/** What is written down of an import, so that the next one can undo or finish what a killed process left. */
interface ImportNote {
  readonly pid: number;
  /** When that process began, as the system counts: numbers come again, in a container at each start. Null: not known. */
  readonly started?: string | null;
  /** All of it is in the bucket, and this is to be entered; null before. */
  readonly entering: ImportReport | null;
}

/** An import whose process is gone. */
export interface LeftImport {
  readonly broadcast: string;
  readonly entering: ImportReport | null;
}

const noteFile = 'import.json';

/** The folder of one import below `<dataDir>/imports`. */
export function importFolder(imports: string, broadcast: string): string {
  return join(imports, broadcast);
}

/** Writes down how far an import of this process is; makes its folder. */
export async function noteImport(folder: string, entering: ImportReport | null): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const note: ImportNote = { pid: process.pid, started: startOf(process.pid), entering };
  const path = join(folder, noteFile);
  await writeFile(`${path}.tmp`, JSON.stringify(note), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

export function removeImport(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/** Imports whose processes are gone. */
export async function leftImports(imports: string): Promise<LeftImport[]> {
  const names = await readdir(imports).catch(() => []);
  const left: LeftImport[] = [];
  for (const broadcast of names.filter(isBroadcastId)) {
    const note = await readNote(join(imports, broadcast, noteFile));
    if (!note || !isSameProcess(note.pid, note.started ?? null))
      left.push({ broadcast, entering: note?.entering ?? null });
  }
  return left;
}

async function readNote(path: string): Promise<ImportNote | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ImportNote;
  } catch {
    return null; // killed before it was written
  }
}
