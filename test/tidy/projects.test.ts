import { expect, it } from 'vitest';
import { processFolders } from '../../vitest.config.ts';
import { codeOf, type RepositoryFile, readRepository } from './repository.ts';

const startsProcesses =
  /from '(?:node:child_process|miniflare|playwright-core)'|support\/(?:stack|edge-stage|chromium)\.ts'/;

/** Test files outside the sequential folders that start processes by themselves. */
function misplaced(files: readonly RepositoryFile[]): string[] {
  return codeOf(files)
    .filter(({ path }) => /^test\/.*\.test\.ts$/.test(path) && startsProcesses.test(importLines(path, files)))
    .map(({ path }) => path)
    .filter((path) => !processFolders.some((folder) => path.startsWith(`test/${folder}/`)));
}

function importLines(path: string, files: readonly RepositoryFile[]): string {
  return (
    files
      .find((file) => file.path === path)
      ?.text.match(/^(?:import|\}).*\bfrom '.*$/gm)
      ?.join('\n') ?? ''
  );
}

it('tests that start processes run one after the other', () => {
  expect(misplaced(readRepository())).toEqual([]);
});

it('finds one that does not', () => {
  const text = "import { spawn } from 'node:child_process';";
  expect(misplaced([{ path: 'test/shared/x.test.ts', text }])).toEqual(['test/shared/x.test.ts']);
  expect(misplaced([{ path: 'test/flow/x.test.ts', text }])).toEqual([]);
});
