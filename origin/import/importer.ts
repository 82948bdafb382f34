import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { importerLimits } from '#shared/limits/store.ts';
import { isImportId } from '#shared/model/id.ts';
import type { ImportJob, ImportProblem } from '#shared/wire/control.ts';
import type { ImportDesk, ImportQueue } from '../broadcast/control-client.ts';
import type { Log } from '../observe/log.ts';
import { type ObjectStore, StoreError, type StoreErrorCode } from '../store/object-store.ts';
import { ImportError } from './import-error.ts';
import { loadParts } from './job-parts.ts';
import type { RunJob } from './job-process.ts';
import { JobReporter } from './job-reporter.ts';
import { settleLeft } from './left-imports.ts';

export interface ImporterOptions {
  readonly originId: string;
  readonly control: ImportDesk & ImportQueue;
  readonly bucket: ObjectStore;
  /** Folder of all imports; uploaded files lie in it while they are worked on. */
  readonly imports: string;
  /** Share of the machine's encoding capacity that broadcasts use. */
  readonly load: () => number;
  readonly run: RunJob;
  /** What the machine calls its present boot; as it is unless told. */
  readonly boot?: string | null | undefined;
  readonly log: Log;
}

/** Makes replays of uploaded files, one after the other and behind all broadcasts. */
export class Importer {
  readonly #options: ImporterOptions;
  readonly #stopping = new AbortController();
  /** Whether an earlier process, or a try that broke off, may have left something of this origin's. */
  #owes = true;
  #work: Promise<void> | null = null;

  constructor(options: ImporterOptions) {
    this.#options = options;
  }

  /** Told with every answer to a heartbeat: so many files wait for an origin. */
  offer(waiting: number): void {
    if (this.#work || this.#stopping.signal.aborted || (waiting === 0 && !this.#owes)) return;
    this.#work = this.#turn(waiting)
      .catch((cause) => {
        this.#options.log.warn({ event: 'import_not_begun', err: cause }, 'no uploaded file could be taken on');
      })
      .finally(() => {
        this.#work = null;
      });
  }

  /**
   * Settles when what was under way is undone, or after a few seconds: it is undone by its own process then. The uploaded
   * file stays as far as it was loaded.
   */
  async stop(): Promise<void> {
    this.#stopping.abort(new ImportError('import_stopped', 'The origin stops.'));
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, importerLimits.stopMsMax);
    await Promise.race([this.#work ?? Promise.resolve(), late.promise]);
    clearTimeout(timer);
  }

  async #turn(waiting: number): Promise<void> {
    const { control, originId: origin, load } = this.#options;
    const left = this.#owes ? await this.#lookBack() : 'nothing';
    if (left === 'waiting' || (left === 'nothing' && waiting === 0)) return;
    const mayBegin = load() <= importerLimits.loadMax;
    const { job } = mayBegin ? await control.claimImport({ origin }) : { job: null };
    await this.#keepFileOf(job);
    this.#owes = false;
    if (job && !this.#stopping.signal.aborted) await this.#make(job);
  }

  /** `waiting`: something may be a replay already, which is not known; `left`: a job of this origin's broke off. */
  async #lookBack(): Promise<'waiting' | 'left' | 'nothing'> {
    const { control, bucket: target, imports, log } = this.#options;
    let isWaiting = false;
    let isUndone = false;
    await settleLeft({
      ...{ control, target, imports, log },
      onEnd: ({ broadcast, entering }, end) => {
        isWaiting ||= end === 'waiting' && entering?.job !== undefined;
        isUndone ||= end === 'undone';
        log.info({ event: 'import_left', broadcast, end }, 'an earlier import was looked at');
      },
    });
    if (isWaiting) return 'waiting';
    if (isUndone || (await this.#files()).length > 0) return 'left';
    this.#owes = false;
    return 'nothing';
  }

  /** Ids of the uploads of which there is a file here, or a part of one. */
  async #files(): Promise<string[]> {
    return (await readdir(this.#options.imports).catch(() => [])).filter(isImportId);
  }

  /** Removes what was loaded of others than this job, which goes on with its own; null: of all. */
  async #keepFileOf(job: ImportJob | null): Promise<void> {
    const others = (await this.#files()).filter((id) => id !== job?.id);
    for (const id of others) await rm(join(this.#options.imports, id), { recursive: true, force: true });
  }

  async #make(job: ImportJob): Promise<void> {
    const { control, originId, bucket, imports, run, boot, log } = this.#options;
    const { id, name } = job;
    log.info({ event: 'import_begun', import: id, channel: job.channel }, 'a replay of an uploaded file is made');
    const over = new AbortController();
    const signal = AbortSignal.any([this.#stopping.signal, over.signal]);
    const onOver = () => over.abort(new ImportError('import_stopped', 'The import was cancelled.'));
    const reporter = new JobReporter({ control, originId, id, onOver, log });
    const folder = join(imports, id);
    const file = join(folder, 'source');
    let isKept = false;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await loadParts({ job, bucket, path: file, signal, log, boot });
      const end = await run({
        ...{ job, file, signal },
        onProgress: ({ stage, share }) => reporter.set({ state: stage === 'encode' ? 'encoding' : 'uploading', share }),
      });
      this.#owes = end.kind !== 'ready';
      if (end.kind === 'ready') {
        log.info({ event: 'import_ready', import: id, broadcast: end.broadcast }, 'an uploaded file is a replay');
      } else if (signal.aborted || end.kind === 'lost' || passing.has(end.code)) {
        isKept = this.#stopping.signal.aborted;
        log.warn({ event: 'import_broke_off', import: id, end }, 'the import of an uploaded file broke off');
      } else {
        // It names the file as it lies here.
        const problem = problemOf(
          end.code,
          end.message.replaceAll(file, () => name),
        );
        await this.#fail(reporter, id, problem, null);
      }
    } catch (cause) {
      isKept = this.#stopping.signal.aborted;
      if (signal.aborted) return;
      if (!(cause instanceof StoreError)) return await this.#fail(reporter, id, problemFrom(cause), cause);
      log.warn({ event: 'import_broke_off', import: id, err: cause }, 'the import of an uploaded file broke off');
    } finally {
      reporter.stop();
      // The next process of this origin claims the job at once.
      if (!isKept) await rm(folder, { recursive: true, force: true });
    }
  }

  async #fail(reporter: JobReporter, id: string, problem: ImportProblem, err: unknown): Promise<void> {
    const fields = { event: 'import_failed', import: id, ...problem, ...(err !== null && { err }) };
    this.#options.log.warn(fields, 'an uploaded file became no replay');
    await reporter.fail(problem, this.#stopping.signal);
  }
}

/** What says nothing of the file: it was stopped from outside, or nobody answered. It is claimed again. */
const passing: ReadonlySet<string> = new Set([
  ...(['import_stopped', 'import_unanswered'] satisfies ImportError['code'][]),
  ...(['store_failed', 'store_refused', 'store_redirected'] satisfies StoreErrorCode[]),
]);

function problemFrom(cause: unknown): ImportProblem {
  if (cause instanceof ImportError) return problemOf(cause.code, cause.message);
  return problemOf('import_not_stored', 'The origin could not work on the file; its log says why.');
}

const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]+/gu;

/** What it says is shown to people: one line of bounded length. */
function problemOf(code: string, message: string): ImportProblem {
  const line = message.normalize('NFC').replaceAll(unprintable, ' ').trim();
  return { code, detail: [...line].slice(0, importerLimits.problemDetailCharsMax).join('').trim() || code };
}
