import type { Span } from '../edit.ts';

/** One attribute of a tag: the span of its value is without quotes (rfc8216bis 4.2). */
export interface Attribute extends Span {
  readonly name: string;
  readonly value: string;
  readonly isQuoted: boolean;
  /** Where its name begins. */
  readonly nameFrom: number;
}

const attributePattern = /[ \t]*([A-Z0-9-]+)=(?:"([^"\r\n]*)"|([^,\r\n]*))/y;

/** Reads the attribute list from `from` to the end of its line; stops at what is none. */
export function readAttributes(text: string, from: number): readonly Attribute[] {
  const attributes: Attribute[] = [];
  attributePattern.lastIndex = from;
  for (;;) {
    const match = attributePattern.exec(text);
    if (!match) return attributes;
    const [whole, name = '', quoted, bare = ''] = match;
    const isQuoted = quoted !== undefined;
    const value = quoted ?? bare;
    const end = match.index + whole.length;
    const to = isQuoted ? end - 1 : end;
    const nameFrom = match.index + whole.indexOf(name);
    attributes.push({ name, value, isQuoted, nameFrom, from: to - value.length, to });
    if (text.charCodeAt(end) !== 0x2c) return attributes;
    attributePattern.lastIndex = end + 1;
  }
}

/** The value of an attribute, or undefined. */
export function attributeValue(attributes: readonly Attribute[], name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}
