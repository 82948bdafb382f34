import { existsSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { type Api, pathPart } from '../api.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { download, MediaRefused } from '../download/download.ts';
import { startProgress } from '../output/progress.ts';
import { sizeWords } from '../output/words.ts';

const linkMs = 3_600_000;

/** `headwater clip download`: what an earlier try left beside the file is used. */
export async function downloadClip(
  desk: Desk,
  id: string,
  { output, force }: { readonly output?: string; readonly force?: boolean },
): Promise<void> {
  const api = desk.api();
  const { playback } = await api.get(`/clips/${pathPart(id)}`);
  const named = output ?? `${id}.mp4`;
  const path = isAbsolute(named) ? named : join(desk.shell.cwd, named);
  if (existsSync(path) && !force) {
    throw new CliError(
      'file_exists',
      `${basename(path)} is there already.`,
      'Name another file with -o, or add --force.',
    );
  }
  const progress = startProgress(desk.shell, desk.json);
  const show = (doneBytes: number, sizeBytes: number | null) => {
    const share =
      sizeBytes === null || sizeBytes === 0
        ? ''
        : ` of ${sizeWords(sizeBytes)}, ${Math.floor((100 * doneBytes) / sizeBytes)} %`;
    progress.show(`${basename(path)}: ${sizeWords(doneBytes)}${share}`);
  };
  try {
    const done = await openDownload(api, id, playback.download, (url, token) => download({ url, token, path, show }));
    progress.end();
    desk.answer({ clip: id, file: path, ...done }, () => `${path}  ${sizeWords(done.sizeBytes)}\n`);
  } finally {
    progress.end();
  }
}

/** Tries without a token; a clip that is closed, or for some sites, gets a link of its own, which is revoked when it has been used. */
async function openDownload<T>(
  api: Api,
  clip: string,
  path: string,
  load: (url: string, token?: string) => Promise<T>,
): Promise<T> {
  try {
    return await load(api.url + path);
  } catch (error) {
    if (!(error instanceof MediaRefused) || !(error.status === 401 || error.status === 403)) throw error;
  }
  const request = {
    clip,
    scopes: ['download'] as const,
    anySite: true as const,
    expiresMs: Date.now() + linkMs,
    label: 'headwater clip download',
  };
  const link = await api.post('/links', request);
  try {
    return await load(api.url + path, link.token);
  } finally {
    await api.remove(`/links/${pathPart(link.id)}`);
  }
}
