import type { Paint } from '../output/paint.ts';
import { plainText } from '../output/plain-text.ts';
import type { Verdict } from './verdict.ts';

const marks = { ok: ['✓', 'green'], failed: ['✗', 'red'], skipped: ['–', 'dim'] } as const;

/** One line for each check, and below a failed one its way out. */
export function reportText(verdicts: readonly Verdict[], paint: Paint): string {
  const width = Math.max(...verdicts.map(({ check }) => check.length));
  return verdicts
    .map(({ check, status, detail, fix }) => {
      const [mark, style] = marks[status];
      const line = `${paint(style, mark)} ${check.padEnd(width)}  ${plainText(detail)}\n`;
      return fix === null ? line : `${line}${' '.repeat(width + 4)}${paint('cyan', 'fix')}  ${plainText(fix)}\n`;
    })
    .join('');
}
