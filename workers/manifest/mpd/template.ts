import { type Element, readElements } from './elements.ts';

/** An MPD split once, for any number of rewritings. */
export interface MpdTemplate {
  readonly text: string;
  /** In document order. */
  readonly elements: readonly Element[];
  /** Null when the text is not an MPD. */
  readonly root: Element | null;
}

/** Finds the elements of an MPD. */
export function splitMpd(text: string): MpdTemplate {
  const elements = readElements(text);
  const [first] = elements;
  return { text, elements, root: first?.name === 'MPD' ? first : null };
}
