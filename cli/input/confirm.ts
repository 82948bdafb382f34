import { createInterface } from 'node:readline/promises';
import { CliError, usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';

/**
 * Asks before something is lost. Without a terminal nobody can answer, so `--yes` must be there: throws a usage error.
 * Throws `not_confirmed` for any answer but yes.
 */
export async function confirm({ shell, json }: Desk, question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (json || !shell.inputIsTerminal || !shell.errIsTerminal) {
    throw usageError(question, 'Nobody can be asked here: add --yes if you mean it.');
  }
  // On stderr, so that stdout stays the result's own.
  shell.err(`${question} [y/N] `);
  const lines = createInterface({ input: shell.input });
  const [answer = ''] = await Promise.race([
    new Promise<string[]>((resolve) => lines.once('line', (line: string) => resolve([line]))),
    new Promise<string[]>((resolve) => lines.once('close', () => resolve([]))),
  ]);
  lines.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CliError('not_confirmed', 'Nothing was changed.', '');
}
