import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callerProblems, ourProblems } from '#shared/model/problem.ts';

const root = join(import.meta.dirname, '../..');
const api = Object.keys({ ...callerProblems, ...ourProblems });

it('the page lists each code of the CLI, and no other', () => {
  const sources = globSync('cli/**/*.ts', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'));
  const thrown = sources.flatMap((text) =>
    [...text.matchAll(/new CliError\(\s*'([a-z_]+)'/g)].map(([, code = '']) => code),
  );
  const page = readFileSync(join(root, 'docs/operate/cli.md'), 'utf8');
  const rows = [...page.matchAll(/^\| ((?:`[a-z_]+`(?:, )?)+) \| .* \| .* \|$/gm)].map(([, codes = '']) => codes);
  const listed = rows.flatMap((codes) => [...codes.matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => code));
  const own = [...new Set(thrown)].filter((code) => !api.includes(code) || code === 'internal').sort();
  expect(own.length).toBeGreaterThan(15);
  expect(listed.filter((code) => own.includes(code)).sort()).toEqual(own);
  expect(listed.filter((code) => code.includes('_') && !own.includes(code))).toEqual([]);
});
