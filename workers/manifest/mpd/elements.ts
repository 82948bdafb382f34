import type { Edit, Span } from '../edit.ts';

/** An element of an MPD: its span reaches from `<` of its start tag to behind its end tag. */
export interface Element extends Span {
  /** Without namespace prefix. */
  readonly name: string;
  /** Behind the start tag, and in front of the end tag; equal when it is empty. */
  readonly openTo: number;
  readonly closeFrom: number;
  readonly parent: Element | null;
  readonly children: readonly Element[];
}

/** One attribute of a start tag; its span is the value without quotes. */
export interface Attribute extends Span {
  readonly name: string;
  readonly value: string;
  /** Where the white space in front of its name begins. */
  readonly leadFrom: number;
}

interface Open {
  name: string;
  from: number;
  to: number;
  openTo: number;
  closeFrom: number;
  parent: Open | null;
  children: Open[];
}

const tagPattern =
  /<(?:!--[\s\S]*?-->|!\[CDATA\[[\s\S]*?\]\]>|\?[\s\S]*?\?>|![^>]*>|\/[^>]*>|(?:[^>"']|"[^"]*"|'[^']*')*>)/g;
const namePattern = /<(?:[\w.-]+:)?([\w.-]+)/y;

/** All elements of a text in document order, without building a document; what is not well formed is closed where its parent ends. */
export function readElements(text: string): readonly Element[] {
  const all: Open[] = [];
  let parent: Open | null = null;
  for (const match of text.matchAll(tagPattern)) {
    const [tag] = match;
    const to = match.index + tag.length;
    const second = tag.charCodeAt(1);
    if (second === 0x21 || second === 0x3f) continue; // a comment, CDATA, a declaration
    if (second === 0x2f) {
      if (!parent) continue;
      parent.closeFrom = match.index;
      parent.to = to;
      parent = parent.parent;
      continue;
    }
    namePattern.lastIndex = match.index;
    const name = namePattern.exec(text)?.[1] ?? '';
    const element: Open = { name, from: match.index, to, openTo: to, closeFrom: to, parent, children: [] };
    parent?.children.push(element);
    all.push(element);
    if (!tag.endsWith('/>')) parent = element;
  }
  return all;
}

const attributePattern = /(\s+)([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The attributes of an element's start tag. */
export function attributesOf(text: string, { from, openTo }: Element): readonly Attribute[] {
  return [...text.slice(from, openTo).matchAll(attributePattern)].map((match) => {
    const [whole, , name = '', double, single] = match;
    const value = double ?? single ?? '';
    const to = from + match.index + whole.length - 1;
    return { name, value, leadFrom: from + match.index, from: to - value.length, to };
  });
}

/** The value of an attribute, or undefined. */
export function attributeOf(text: string, element: Element, name: string): string | undefined {
  return attributesOf(text, element).find((attribute) => attribute.name === name)?.value;
}

/** Sets an attribute, or takes it out; null when nothing is to be done. */
export function setAttribute(text: string, element: Element, name: string, value: string | null): Edit[] {
  const known = attributesOf(text, element).find((attribute) => attribute.name === name);
  if (known && value !== null) return known.value === value ? [] : [{ from: known.from, to: known.to, text: value }];
  if (known) return [{ from: known.leadFrom, to: known.to + 1, text: '' }];
  if (value === null) return [];
  namePattern.lastIndex = element.from;
  const at = element.from + (namePattern.exec(text)?.[0].length ?? 0);
  return [{ from: at, to: at, text: ` ${name}="${value}"` }];
}

/** Takes an element out, with the line it stands on. */
export function removeElement(text: string, { from, to }: Element): Edit {
  let at = from;
  while (text[at - 1] === ' ' || text[at - 1] === '\t') at--;
  if (text[at - 1] === '\n') at -= text[at - 2] === '\r' ? 2 : 1;
  return { from: at, to, text: '' };
}

/** The nearest ancestor of a name, or null. */
export function ancestorOf(element: Element, name: string): Element | null {
  for (let up = element.parent; up; up = up.parent) if (up.name === name) return up;
  return null;
}

/** Text for an attribute or an element. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

export function unescapeXml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&#38;', '&').replaceAll('&amp;', '&');
}
