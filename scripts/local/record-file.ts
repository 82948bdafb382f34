import { appendFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivateFolder } from './private-file.ts';

const sizeBytesMax = 8_388_608;

/** Appends JSON lines to a file; past 8 MB it is put aside as `<file>.1` and begun anew. */
export class RecordFile {
  readonly #path: string;
  #sizeBytes: number;

  constructor(path: string) {
    makePrivateFolder(dirname(path));
    this.#path = path;
    this.#sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  write(record: object): void {
    const line = `${JSON.stringify(record)}\n`;
    if (this.#sizeBytes > sizeBytesMax) {
      renameSync(this.#path, `${this.#path}.1`);
      this.#sizeBytes = 0;
    }
    appendFileSync(this.#path, line, { mode: 0o600 });
    this.#sizeBytes += line.length;
  }
}
