import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { importErrorCodes } from '../../origin/import/import-error.ts';
import { fileErrorCodes } from '../../origin/transcoder/file-error.ts';
import { openFile } from '../../origin/transcoder/file-source.ts';

it('the reference page has every error of an import', () => {
  const page = readFileSync(new URL('../../docs/protocol/errors.md', import.meta.url), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith('When a file is not imported\n')) ?? '';
  const listed = [...section.matchAll(/^\| `([a-z_0-9]+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual([...fileErrorCodes, ...importErrorCodes]);
});

it.each(['/nonexistent/file.mp4', '/tmp', 'http://127.0.0.1:9/a.mp4'])('opens nothing but files: %s', async (name) => {
  await expect(openFile('ffmpeg', name)).rejects.toMatchObject({ code: 'file_not_found' });
});
