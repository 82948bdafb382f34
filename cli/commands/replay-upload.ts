import { type FileHandle, open } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Import } from '#shared/api/shapes.ts';
import { cliLimits } from '#shared/limits/cli.ts';
import { importLimits } from '#shared/limits/control.ts';
import { importWaitWords } from '#shared/model/import.ts';
import { act, leaf } from '../act.ts';
import { type Api, pathPart } from '../api.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { plainText } from '../output/plain-text.ts';
import { type Progress, startProgress } from '../output/progress.ts';
import { facts } from '../output/table.ts';
import { sizeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { isPassing, patiently, pause } from '../upload/patience.ts';
import { uploadParts } from '../upload/upload-parts.ts';

const { importPollMsMin: pollMsMin, importPollMsMax: pollMsMax } = cliLimits;

interface UploadOptions {
  readonly channel?: string;
  readonly title?: string;
  readonly resume?: string;
}

/** What one upload works with. */
interface Upload {
  readonly api: Api;
  /** As it was typed. */
  readonly typed: string;
  readonly file: FileHandle;
  readonly sizeBytes: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** `headwater replay upload`: sends a file to the deployment, where an origin makes a replay of it. */
export function addReplayUpload(replay: Command, shell: Shell): void {
  const examples = [
    'replay upload talk.mp4 --channel news --title "The talk"',
    'replay upload talk.mp4 --resume i_01jd5m3k8q2wxyz01234',
  ];
  leaf(replay, 'upload <file>', 'make a replay of an MP4 or MOV file, from any machine', ...examples)
    .option('--channel <channel>', 'whose replay it is')
    .option('--title <title>', 'what viewers read')
    .addOption(new Option('--resume <import>', 'go on with an upload that broke off').conflicts(['channel', 'title']))
    .action(act(shell, upload));
}

async function upload(desk: Desk, typed: string, options: UploadOptions): Promise<void> {
  const { channel, resume } = options;
  if (channel === undefined && resume === undefined) {
    throw usageError('Whose replay it is to be is missing.', 'Add --channel <channel>, or --resume <import>.');
  }
  const { shell } = desk;
  const api = desk.api();
  const { file, sizeBytes } = await openFile(isAbsolute(typed) ? typed : join(shell.cwd, typed), typed);
  const stopping = new AbortController();
  const progress = startProgress(shell, desk.json);
  try {
    const work = { api, typed, file, sizeBytes, progress, signal: stopping.signal };
    const begun = resume === undefined ? await create(work, channel ?? '', options.title) : await find(work, resume);
    const { id } = begun;
    if (!desk.json && resume === undefined) shell.err(`Import ${id}\n`);
    let isSent = begun.state !== 'receiving';
    void shell.untilStopped().then(() => stopping.abort(stopped(typed, id, isSent)));
    const onSent = () => {
      isSent = true;
    };
    const made = await finish(work, begun, onSent).catch((error) => {
      throw isPassing(error) ? brokenOff(typed, id, error) : error;
    });
    progress.end();
    answer(desk, api, made);
  } finally {
    progress.end();
    await file.close();
  }
}

async function openFile(
  path: string,
  typed: string,
): Promise<{ readonly file: FileHandle; readonly sizeBytes: number }> {
  const hint = 'Give the path of an MP4 or MOV file.';
  const file = await open(path, 'r').catch((cause) => {
    throw new CliError('file_unreadable', `${plainText(typed)} cannot be opened.`, hint, { cause });
  });
  const info = await file.stat();
  if (info.isFile() && info.size > 0) return { file, sizeBytes: info.size };
  await file.close();
  throw new CliError('file_unreadable', `${plainText(typed)} is no file, or an empty one.`, hint);
}

function create({ api, typed, sizeBytes }: Upload, channel: string, title: string | undefined): Promise<Import> {
  const name = [...plainText(basename(typed))].slice(-importLimits.nameCharsMax).join('');
  return api.post(`/channels/${pathPart(channel)}/imports`, { name, sizeBytes, ...(title !== undefined && { title }) });
}

async function find({ api, typed, sizeBytes }: Upload, id: string): Promise<Import> {
  const found = await api.get(`/imports/${pathPart(id)}`);
  if (found.sizeBytes === sizeBytes) return found;
  const message = `${plainText(typed)} has ${sizeBytes} bytes; ${plainText(found.name)}, which this import is of, has ${found.sizeBytes}.`;
  throw new CliError('file_changed', message, 'Name the same file, or upload this one anew.');
}

/** Until it is over, one way or the other. */
async function finish(work: Upload, begun: Import, onSent: () => void): Promise<Import> {
  const { api, progress, signal } = work;
  let now = begun.state === 'receiving' ? await send(work, begun) : begun;
  onSent();
  for (let waitMs: number = pollMsMin; !isOver(now); waitMs = Math.min(2 * waitMs, pollMsMax)) {
    progress.show(stageWords(now));
    await pause(waitMs, signal);
    now = await patiently(() => api.get(`/imports/${pathPart(now.id)}`), signal);
  }
  return now;
}

async function send(work: Upload, begun: Import): Promise<Import> {
  const { api, typed, file, progress, signal } = work;
  const name = plainText(basename(typed));
  const show = (doneBytes: number) => {
    const share = Math.floor((100 * doneBytes) / begun.sizeBytes);
    progress.show(`${name}: ${sizeWords(doneBytes)} of ${sizeWords(begun.sizeBytes)}, ${share} %`);
  };
  let of = begun;
  for (let completes = 1; ; completes++) {
    await uploadParts({ api, of, file, signal, show });
    try {
      return await patiently(() => api.post(`/imports/${pathPart(of.id)}/complete`, undefined), signal);
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== 'conflict') throw error;
      of = await patiently(() => api.get(`/imports/${pathPart(of.id)}`), signal);
      // It was completed, and the answer lost; or something is missing after all.
      if (of.state !== 'receiving') return of;
      if (completes === cliLimits.completesMax) throw error;
    }
  }
}

function isOver({ state }: Import): boolean {
  return state === 'ready' || state === 'failed' || state === 'cancelled';
}

function stageWords({ state, share, waits }: Import): string {
  // A deployment before this version does not say.
  if (waits) return `waiting for an origin: ${importWaitWords[waits]}`;
  if (state === 'encoding' || state === 'uploading') return `${state} ${Math.floor(100 * share)} %`;
  return state === 'queued' ? 'waiting for an origin' : state;
}

function answer(desk: Desk, api: Api, made: Import): void {
  const { id, channel, broadcast, problem, state, sizeBytes } = made;
  if (state === 'cancelled') {
    throw new CliError('import_cancelled', 'The import was cancelled.', 'Upload the file again if that was a mistake.');
  }
  if (state === 'failed') {
    const { code, detail } = problem ?? { code: 'import_failed', detail: 'The import failed.' };
    throw new CliError(code, plainText(detail), 'docs/protocol/errors.md explains each code.');
  }
  desk.answer(made, () => {
    const rows: [string, string | null][] = [
      ['import', id],
      ['replay', broadcast],
      ['channel', channel],
      ['size', sizeWords(sizeBytes)],
      ['watch', `${api.url}/replay/${broadcast}`],
    ];
    return facts(rows, desk.paint);
  });
}

function again(typed: string, id: string): string {
  return `Go on with: npx headwater replay upload ${plainText(typed)} --resume ${id}`;
}

function stopped(typed: string, id: string, isSent: boolean): CliError {
  const message = isSent ? 'No longer looked at: the import goes on.' : 'Stopped. What was sent is kept for a day.';
  return new CliError('upload_stopped', message, again(typed, id));
}

function brokenOff(typed: string, id: string, cause: unknown): CliError {
  const message = 'The deployment does not answer any more. What was sent is kept for a day.';
  return new CliError('upload_broken', message, again(typed, id), { cause });
}
