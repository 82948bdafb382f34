import type { Span } from '../edit.ts';

/** One line of a playlist; its span is without the line end. */
export interface Line extends Span {
  /** Tag name without `#EXT-X-`, or `EXTM3U`, `EXTINF`; `URI` for a URI line; empty for comments and blank lines. */
  readonly name: string;
  /** Where the value of a tag begins: behind its colon, or at `to`. */
  readonly valueFrom: number;
  /** Where the next line begins. */
  readonly next: number;
}

/** Splits a playlist; line ends may be of either kind and the last one may be missing. */
export function splitLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < text.length; ) {
    const newlineAt = text.indexOf('\n', from);
    const next = newlineAt < 0 ? text.length : newlineAt + 1;
    let to = newlineAt < 0 ? text.length : newlineAt;
    if (to > from && text.charCodeAt(to - 1) === 0x0d) to--;
    lines.push(readLine(text, from, to, next));
    from = next;
  }
  return lines;
}

const hash = 0x23;
const byteOrderMark = 0xfeff;

function readLine(text: string, start: number, to: number, next: number): Line {
  const from = start === 0 && text.charCodeAt(0) === byteOrderMark ? 1 : start;
  if (to === from) return { name: '', from, to, next, valueFrom: to };
  if (text.charCodeAt(from) !== hash) return { name: 'URI', from, to, next, valueFrom: from };
  if (!text.startsWith('EXT', from + 1)) return { name: '', from, to, next, valueFrom: to };
  const colonAt = text.indexOf(':', from);
  const nameTo = colonAt < 0 || colonAt >= to ? to : colonAt;
  const nameFrom = text.startsWith('-X-', from + 4) ? from + 7 : from + 1;
  return { name: text.slice(nameFrom, nameTo), from, to, next, valueFrom: Math.min(nameTo + 1, to) };
}
