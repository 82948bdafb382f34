import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { callerProblems, ourProblems, type ProblemCode, problem } from '#shared/model/problem.ts';
import { signatureWaysOut } from '../../workers/control/authorize.ts';
import { refusalSentences } from '../../workers/control/refusals.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/protocol/errors.md'), 'utf8');

/** The cells of a section's table, without its head. */
function table(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** As it stands in an answer, which has neither links nor code. */
const plain = (markdown: string) => markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');

const codes = (rows: readonly string[][]) => rows.map(([code]) => code?.replaceAll('`', ''));

describe('docs/protocol/errors.md', () => {
  test.each([
    ['What the caller did', Object.keys(callerProblems)],
    ['What we failed at', Object.keys(ourProblems)],
    ['Why a publisher is refused', Object.keys(refusalSentences)],
    ['Why a signature is refused', Object.keys(signatureWaysOut)],
  ])('%s: has one row for each code, in the order of the code', (heading, expected) => {
    expect(codes(table(heading))).toEqual(expected);
  });

  const problems = [...table('What the caller did'), ...table('What we failed at')];
  test.each(problems)('%s has the status and the title of the code, a meaning and a way out', (...row) => {
    const [code = '', status, title, meaning, wayOut, ...rest] = row;
    const document = problem(code.replaceAll('`', '') as ProblemCode, '');
    expect([status, title]).toEqual([String(document.status), document.title]);
    expect(plain(wayOut ?? '')).toBe(document.fix);
    expect([meaning, wayOut].every((text) => text && text.length > 5)).toBe(true);
    expect(rest).toEqual([]);
  });

  test('has the sentences that streamers and operators read', () => {
    const sentences = table('Why a publisher is refused').map(([, sentence]) => sentence);
    expect(sentences).toEqual(Object.values(refusalSentences));
    const waysOut = table('Why a signature is refused').map(([, wayOut]) => wayOut);
    expect(waysOut).toEqual(Object.values(signatureWaysOut));
  });
});
