import type { Command } from 'commander';
import { cliLimits } from '#shared/limits/cli.ts';
import type { Listing } from '../api.ts';
import type { Desk } from '../desk.ts';
import { parseCount } from '../input/count.ts';
import { type Column, table } from '../output/table.ts';

export interface ListOptions {
  readonly limit?: number;
  readonly all?: boolean;
}

/** The options of a command that lists. */
export function withListOptions(command: Command): Command {
  return command
    .option('--limit <n>', `at most so many (${cliLimits.listedDefault})`, parseCount)
    .option('--all', 'all there are');
}

/** How many rows were asked for. */
export function limitOf({ limit, all }: ListOptions): number {
  return all ? Number.POSITIVE_INFINITY : (limit ?? cliLimits.listedDefault);
}

/** Answers with a list: `{"<field>": […], "more": …}`, or a table, or the words for an empty one. */
export function answerList<T>(
  desk: Desk,
  field: string,
  { rows, more }: Listing<T>,
  columns: readonly Column<T>[],
  empty: string,
): void {
  desk.answer({ [field]: rows, more }, () => {
    if (rows.length === 0) return `${empty}\n`;
    const end = more ? desk.paint('dim', 'There are more: --limit <n> or --all.\n') : '';
    return table(rows, columns, desk.paint) + end;
  });
}
