import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text for stdout; plain where the terminal or NO_COLOR asks for it. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Prints lines to stdout. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints an error with its code and the way out to stderr, and tells it to the process that started this one: the CLI. */
export function printFailure(error: { readonly message: string; readonly code: string; readonly hint: string }): void {
  const { code, message, hint: wayOut } = error;
  process.send?.({ failure: { code, message, hint: wayOut } });
  const lead = styleText('red', 'error', { stream: process.stderr });
  const hint = error.hint ? `\n${error.hint.replace(/^/gm, '  ')}` : '';
  process.stderr.write(`${lead}  ${error.message} (${error.code})${hint}\n`);
}

/** A duration for people: `0.8 s`. */
export function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
