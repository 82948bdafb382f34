import type { Paint } from './paint.ts';
import { columnsOf, plainText } from './plain-text.ts';

/** One column of a table: its head, and what stands in it for a row. */
export interface Column<T> {
  readonly head: string;
  readonly text: (row: T) => string;
  /** Numbers stand at the right. */
  readonly right?: true;
}

/** Rows under their heads, two spaces between columns; ends with a line break. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], paint: Paint): string {
  const cells = rows.map((row) => columns.map((column) => plainText(column.text(row))));
  const widths = columns.map(({ head }, index) =>
    Math.max(columnsOf(head), ...cells.map((line) => columnsOf(line[index] ?? ''))),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => {
        const space = ' '.repeat((widths[index] ?? 0) - columnsOf(text));
        return columns[index]?.right ? space + text : text + space;
      })
      .join('  ')
      .trimEnd();
  const head = paint('dim', line(columns.map((column) => column.head.toUpperCase())));
  return `${[head, ...cells.map(line)].join('\n')}\n`;
}

/** Names and values below each other; a value of null is left out. */
export function facts(rows: readonly (readonly [string, string | null])[], paint: Paint): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  const width = Math.max(...shown.map(([name]) => columnsOf(name)));
  return shown.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${plainText(value)}\n`).join('');
}
