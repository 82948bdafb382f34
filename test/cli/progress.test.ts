import { expect, it } from 'vitest';
import { startProgress } from '../../cli/output/progress.ts';
import type { Shell } from '../../cli/shell.ts';

/** What a progress line writes at these times. */
function written(errIsTerminal: boolean, json: boolean, timesMs: readonly number[]): string {
  let err = '';
  let nowMs = 0;
  const shell = { errIsTerminal, err: (text: string) => (err += text) } as unknown as Shell;
  const progress = startProgress(shell, json, () => nowMs);
  for (const timeMs of timesMs) {
    nowMs = timeMs;
    progress.show(`at ${timeMs}`);
  }
  progress.end();
  return err;
}

it('writes over its own line, a few times a second, and takes it away', () => {
  const erase = '\r\u001b[2K';
  expect(written(true, false, [0, 100, 250])).toBe(`${erase}at 0${erase}at 250${erase}`);
});

it('is silent without a terminal, with --json, and when there was nothing', () => {
  expect([written(false, false, [0]), written(true, true, [0]), written(true, false, [])]).toEqual(['', '', '']);
});
