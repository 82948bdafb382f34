import { expect, it } from 'vitest';
import { codeOf, readRepository } from './repository.ts';
import { breaksOf, textRules } from './text-rules.ts';

const files = readRepository();
const linesMax = 500;

it('sees the repository', () => {
  const paths = files.map(({ path }) => path);
  for (const path of ['package.json', 'shared/limits/edge.ts', '.ci/run', 'workers/migrations/0001_init.sql']) {
    expect(paths).toContain(path);
  }
  expect(paths.filter((path) => path.includes('node_modules'))).toEqual([]);
});

it.each(textRules)('$name', (rule) => {
  expect(breaksOf(rule, files)).toEqual([]);
});

it.each(textRules)('can fail: $name', (rule) => {
  const paths = ['shared/x.ts', 'origin/http/x.ts', 'workers/manifest/x.ts', 'test/x.test.ts'];
  const examples = paths.map((path) => ({ path, text: `\n${rule.example}\n` }));
  expect(breaksOf(rule, examples)).not.toEqual([]);
});

it('files stay short', () => {
  // Nobody writes what is made of the API's document.
  const isList = (path: string) => path === 'shared/api/shapes.ts' || path === 'shared/api/calls.ts';
  const long = (all: typeof files) =>
    all.filter(({ path, text }) => !isList(path) && text.split('\n').length > linesMax).map(({ path }) => path);
  expect(long(codeOf(files))).toEqual([]);
  expect(long([{ path: 'shared/x.ts', text: '\n'.repeat(linesMax + 1) }])).toEqual(['shared/x.ts']);
});

it('no index.ts collects other files', () => {
  expect(files.filter(({ path }) => /(?:^|\/)index\.ts$/.test(path)).map(({ path }) => path)).toEqual([]);
});
