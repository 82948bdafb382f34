import { type Element, readElements } from './elements.ts';

/** An MPD split once, for any number of rewritings. */
export interface MpdTemplate {
  readonly text: string;
  /** In document order. */
  readonly elements: readonly Element[];
  /** Null when the text is not an MPD. */
  readonly root: Element | null;
}

const templates = new WeakMap<ArrayBuffer, MpdTemplate>();

/** The template of an MPD's bytes, made once for as long as they are kept. */
export function mpdTemplateOf(body: ArrayBuffer): MpdTemplate {
  const known = templates.get(body);
  if (known) return known;
  const template = splitMpd(new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(body));
  templates.set(body, template);
  return template;
}

/** Finds the elements of an MPD. */
export function splitMpd(text: string): MpdTemplate {
  const elements = readElements(text);
  const [first] = elements;
  return { text, elements, root: first?.name === 'MPD' ? first : null };
}
