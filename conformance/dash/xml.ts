import { runLimits } from '../limits.ts';

/** An element of an XML document; names without their prefix. */
export interface Element {
  readonly name: string;
  /** Of its opening tag, from 1. */
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  readonly text: string;
}

/** The document is not well-formed. */
export class XmlError extends Error {
  readonly line: number;

  constructor(text: string, line: number) {
    super(text);
    this.name = 'XmlError';
    this.line = line;
  }
}

interface Open {
  readonly name: string;
  readonly full: string;
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

const token =
  /<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<!DOCTYPE[^>[]*(?:\[[^\]]*\])?[^>]*>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:[^"'>]|"[^"]*"|'[^']*')*?)(\/?)>|([^<]+)/y;
const attribute = /\s+([^\s=]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;

/**
 * Reads an XML document as far as MPDs need it: no external entities, no namespaces.
 * @throws {XmlError} where the text is not well-formed, with the line
 */
export function readXml(text: string): Element {
  const stack: Open[] = [];
  let root: Element | null = null;
  let line = 1;
  token.lastIndex = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (!match) throw new XmlError(`not XML: ${text.slice(at, at + 40)}`, line);
    const [all, cdata, closing, opening, attributeText = '', selfClosing, words] = match;
    const top = stack.at(-1);
    if (opening !== undefined) {
      if (root && !top) throw new XmlError(`<${opening}> after the root element`, line);
      if (stack.length >= runLimits.xmlDepthMax) throw new XmlError('too many levels', line);
      const attributes = readAttributes(attributeText, line);
      const open = { name: localName(opening), full: opening, line, attributes, children: [], text: '' };
      if (selfClosing === '/') root = close(open, top) ?? root;
      else stack.push(open);
    } else if (closing !== undefined) {
      if (top?.full !== closing) throw new XmlError(`</${closing}> closes nothing that is open`, line);
      stack.pop();
      root = close(top, stack.at(-1)) ?? root;
    } else if (top) {
      top.text += cdata ?? (words === undefined ? '' : unescaped(words));
    } else if (words !== undefined && words.trim() !== '') {
      throw new XmlError(`text outside the root element: ${words.trim().slice(0, 40)}`, line);
    }
    line += all.split('\n').length - 1;
  }
  const left = stack.at(-1);
  if (left) throw new XmlError(`<${left.full}> is never closed`, left.line);
  if (!root) throw new XmlError('no element', line);
  return root;
}

/** Hands a finished element to its parent; without one it is the root. */
function close({ name, line, attributes, children, text }: Open, parent: Open | undefined): Element | null {
  const element: Element = { name, line, attributes, children, text };
  parent?.children.push(element);
  return parent ? null : element;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function readAttributes(text: string, line: number): Map<string, string> {
  const found = new Map<string, string>();
  attribute.lastIndex = 0;
  while (attribute.lastIndex < text.trimEnd().length) {
    const match = attribute.exec(text);
    if (!match) throw new XmlError(`not an attribute: ${text.trim().slice(0, 40)}`, line);
    const [, name = '', double, single] = match;
    if (found.has(name)) throw new XmlError(`attribute ${name} twice`, line);
    found.set(name, unescaped(double ?? single ?? ''));
  }
  return found;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, number, name) => {
    const code = hex ? Number.parseInt(hex, 16) : Number(number);
    if (name) return entities[name] ?? all;
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
