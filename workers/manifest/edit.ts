/** Puts `text` in place of the characters from `from` up to `to`; equal offsets insert. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A stretch of a text: offsets in UTF-16 units, end exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Applies edits given in any order to the stretch `from`..`to` of a text. An edit inside of what an earlier or longer one
 * replaced is dropped; insertions at one place keep their order.
 */
export function applyEdits(text: string, edits: readonly Edit[], from = 0, to = text.length): string {
  return applySorted(text, [...edits].sort(byPlace), from, to);
}

/** As {@link applyEdits}, for edits in ascending order. */
export function applySorted(text: string, edits: readonly Edit[], from = 0, to = text.length): string {
  let out = '';
  let at = from;
  for (const edit of edits) {
    if (edit.from < at || edit.to > to) continue;
    out += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  return out + text.slice(at, to);
}

function byPlace(a: Edit, b: Edit): number {
  if (a.from !== b.from) return a.from - b.from;
  // An insertion stands in front of what is replaced at its place; of two that replace, the longer one wins.
  if (a.to === a.from || b.to === b.from) return a.to - b.to;
  return b.to - a.to;
}
