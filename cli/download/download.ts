import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { cliLimits } from '#shared/limits/cli.ts';
import { CliError } from '../cli-error.ts';
import { refusalOf } from '../refusal.ts';
import { contentRangeOf, resumeHeaders } from './resume.ts';

interface Download {
  readonly url: string;
  /** Playback token that is sent along, in a header. */
  readonly token?: string | undefined;
  /** Where to: bytes are in `<path>.part` until all are there. */
  readonly path: string;
  readonly show: (doneBytes: number, sizeBytes: number | null) => void;
}

/** How a download went. */
interface Downloaded {
  readonly sizeBytes: number;
  /** Bytes that an earlier try had left. */
  readonly resumedBytes: number;
}

/** The server refuses; never tried again. */
export class MediaRefused extends CliError {}

/** What a try did; `whole` null: it broke off and another may go on. */
interface Try {
  readonly whole: number | null;
  readonly gotBytes: number;
  readonly cause?: unknown;
}

/**
 * Loads a file, and goes on with `Range` and `If-Range` (RFC 9110 13.1.5) where this or an earlier try broke off. Throws
 * MediaRefused, or `download_broken` when nothing more comes.
 */
export async function download({ url, token, path, show }: Download): Promise<Downloaded> {
  const part = partOf(path);
  const resumedBytes = part.size();
  let failures = 0;
  for (;;) {
    const outcome = await tryOnce({ url, token, show }, part);
    if (outcome.whole !== null) {
      part.finish(path);
      return { sizeBytes: outcome.whole, resumedBytes: Math.min(resumedBytes, outcome.whole) };
    }
    failures = outcome.gotBytes > 0 ? 1 : failures + 1;
    if (failures > cliLimits.downloadRetries) throw broken(path, outcome.cause);
    const { downloadBackoffMsMin, downloadBackoffMsMax } = cliLimits;
    const waitMs = Math.min(downloadBackoffMsMax, downloadBackoffMsMin * 2 ** (failures - 1));
    await sleep(waitMs * (0.5 + Math.random() / 2));
  }
}

async function tryOnce({ url, token, show }: Omit<Download, 'path'>, part: Part): Promise<Try> {
  const stall = new AbortController();
  const stallTimer = setTimeout(() => stall.abort(), cliLimits.downloadStallMsMax);
  let gotBytes = 0;
  try {
    const haveBytes = part.size();
    const headers = {
      ...resumeHeaders(haveBytes, part.etag()),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const response = await fetch(url, { headers, signal: stall.signal });
    const range = response.status === 206 ? contentRangeOf(response.headers.get('content-range')) : null;
    if (response.status === 416 || (response.status === 206 && range?.from !== haveBytes)) {
      // What is here does not fit what is there: begin anew.
      await response.body?.cancel();
      part.clear();
      return { whole: null, gotBytes: 0, cause: new Error('the server has another file now') };
    }
    if (!response.ok) return await refuse(url, response);
    const from = range ? haveBytes : 0;
    if (!range) part.begin(response.headers.get('etag'));
    const sizeBytes = range ? range.sizeBytes : lengthOf(response);
    const file = await part.open(from);
    try {
      for await (const chunk of response.body ?? []) {
        stallTimer.refresh();
        await file.appendFile(chunk);
        gotBytes += chunk.byteLength;
        show(from + gotBytes, sizeBytes);
      }
    } finally {
      await file.close();
    }
    const doneBytes = from + gotBytes;
    return { whole: sizeBytes === null || doneBytes === sizeBytes ? doneBytes : null, gotBytes };
  } catch (cause) {
    if (cause instanceof CliError || isLocal(cause)) throw cause;
    return { whole: null, gotBytes, cause };
  } finally {
    clearTimeout(stallTimer);
  }
}

async function refuse(url: string, response: Response): Promise<Try> {
  const text = await response.text();
  if (response.status >= 500) return { whole: null, gotBytes: 0, cause: new Error(`status ${response.status}`) };
  const { code, message, hint, status } = refusalOf(response.status, text, {
    url: new URL(url).origin,
    tokenFrom: 'a link',
  });
  throw new MediaRefused(code, message, hint, { status: status ?? response.status });
}

function lengthOf(response: Response): number | null {
  const length = response.headers.get('content-length');
  return length !== null && /^\d+$/.test(length) ? Number(length) : null;
}

/** Our own disk fails: no other try will help. */
function isLocal(cause: unknown): boolean {
  return ['ENOSPC', 'EACCES', 'EROFS', 'ENOENT', 'EISDIR', 'EDQUOT'].includes(
    (cause as NodeJS.ErrnoException)?.code ?? '',
  );
}

function broken(path: string, cause: unknown): CliError {
  const hint = `What came is kept in ${path}.part: the same command goes on from there.`;
  return new CliError('download_broken', 'The download breaks off and nothing more comes.', hint, { cause });
}

interface Part {
  size(): number;
  etag(): string | null;
  begin(etag: string | null): void;
  open(from: number): Promise<FileHandle>;
  clear(): void;
  finish(path: string): void;
}

/** The unfinished file, and beside it the ETag of what it is a part of; without that it cannot be gone on with. */
function partOf(path: string): Part {
  const [file, mark] = [`${path}.part`, `${path}.part.etag`];
  const etag = () => (existsSync(mark) ? readFileSync(mark, 'utf8') : null);
  const clear = () => {
    rmSync(file, { force: true });
    rmSync(mark, { force: true });
  };
  return {
    etag,
    clear,
    size: () => (etag() === null ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0)),
    begin(fresh) {
      clear();
      // A weak one does not promise the same bytes.
      if (fresh && !fresh.startsWith('W/')) writeFileSync(mark, fresh);
    },
    open: (from) => open(file, from === 0 ? 'w' : 'a'),
    finish(to) {
      renameSync(file, to);
      rmSync(mark, { force: true });
    },
  };
}
