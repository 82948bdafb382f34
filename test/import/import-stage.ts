import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importPartKey } from '#shared/model/object-name.ts';
import type { ImportJob, ImportProgress, ImportReport } from '#shared/wire/control.ts';
import { ControlError, type ImportDesk, type ImportQueue } from '../../origin/broadcast/control-client.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';

export const broadcast = `b_${'0'.repeat(20)}`;
export const file = Buffer.from('0123456789');
export const job: ImportJob = {
  ...{ id: `i_${'0'.repeat(20)}`, channel: 'news', title: null, name: 'talk.mp4' },
  ...{ sizeBytes: file.length, partBytes: 4 },
};

/** All of a replay that `job` was made of, as it is entered. */
export const report: ImportReport = {
  ...{ origin: 'o-1', broadcast, channel: 'news', title: null, startedMs: 0, endedMs: 1, source: null },
  ...{ renditions: [], job: job.id },
  replay: { state: 'ready', uploaded: 1, sizeBytes: 1, durationMs: 1, gapMs: 0 },
};

/** What an importer has around it: a folder, a bucket, and a control plane that notes what it is told. */
export class ImportStage {
  readonly imports = mkdtempSync(join(tmpdir(), 'headwater-imports-'));
  readonly bucket = createMemoryStore();
  readonly jobs: ImportJob[] = [];
  readonly told: ImportProgress[] = [];
  claims = 0;
  goesOn = true;
  /** Status of the answer to what is entered; null: no answer. */
  entry: number | null = 204;

  readonly control: ImportDesk & ImportQueue = {
    claimImport: async () => {
      this.claims++;
      return { job: this.jobs.shift() ?? null };
    },
    reportImport: async (progress) => {
      this.told.push(progress);
      return { goesOn: this.goesOn };
    },
    import: async () => {
      if (this.entry === null) throw new ControlError('control_unreachable', 'no answer', null);
      if (this.entry !== 204) throw new ControlError('control_refused', `answered ${this.entry}`, this.entry);
    },
  };

  /** A job whose parts lie in the bucket. */
  async upload(): Promise<void> {
    for (const [part, text] of ['0123', '4567', '89'].entries()) {
      await this.bucket.put(importPartKey(job.id, part), [Buffer.from(text)]);
    }
    this.jobs.push(job);
  }

  /** What a process that was killed leaves: before it was whole, or with what was to be entered. */
  async leave(entering: ImportReport | null, by: object = { pid: 2 ** 30 }): Promise<void> {
    const folder = join(this.imports, broadcast);
    mkdirSync(folder);
    writeFileSync(join(folder, 'import.json'), JSON.stringify({ ...by, entering }));
    await this.bucket.put(`b/${broadcast}/v1/0.m4s`, [file]);
  }

  async hasMedia(): Promise<boolean> {
    return (await this.bucket.get(`b/${broadcast}/v1/0.m4s`)) !== null;
  }

  get folders(): string[] {
    return existsSync(this.imports) ? readdirSync(this.imports) : [];
  }

  /** The problems that were told, and nothing else. */
  get problems(): (ImportProgress['problem'] | undefined)[] {
    return this.told.filter(({ state }) => state === 'failed').map(({ problem }) => problem);
  }

  remove(): void {
    rmSync(this.imports, { recursive: true, force: true });
  }
}
