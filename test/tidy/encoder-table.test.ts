import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sourceCases } from '../flow/source-cases.ts';
import { root } from './repository.ts';

it('the page on encoders lists each source that is tested, with what is found of it', () => {
  const page = readFileSync(join(root, 'docs/operate/encoders.md'), 'utf8');
  const rows = page
    .slice(page.indexOf('| the encoder sends |'))
    .split('\n')
    .slice(2)
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const listed = rows.map(([, name = '', finding = '']) => [
    name,
    [...finding.matchAll(/`([^`]+)`/g)].map(([, code]) => code).toSorted(),
  ]);
  const tested = Object.entries(sourceCases).map(([name, { found }]) => [name, Object.keys(found).toSorted()]);
  expect(listed.toSorted()).toEqual(tested.toSorted());
});
