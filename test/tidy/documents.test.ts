import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokenLinks } from './documents.ts';
import { readRepository, root } from './repository.ts';

it('links between documents lead somewhere', () => {
  expect(brokenLinks(readRepository(), (path) => existsSync(join(root, path)))).toEqual([]);
});

it('finds a missing file, a missing heading and a way out of the repository', () => {
  const files = [
    {
      path: 'docs/a.md',
      text: '[x](b.md) [y](gone.md) [z](b.md#two-words) [w](b.md#none) [v](../../up.md) [u](https://example.com)\n`[t](no.md)`',
    },
    { path: 'docs/b.md', text: '# Two words!' },
  ];
  const there = new Set(files.map(({ path }) => path));
  expect(brokenLinks(files, (path) => there.has(path))).toEqual([
    'docs/a.md: gone.md',
    'docs/a.md: b.md#none',
    'docs/a.md: ../../up.md',
  ]);
});
