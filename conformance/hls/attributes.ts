/** An attribute list (rfc8216bis 4.2): values without their quotes; `quoted` names those that had them. */
export interface Attributes {
  readonly values: ReadonlyMap<string, string>;
  readonly quoted: ReadonlySet<string>;
}

const attribute = /\s*([A-Z0-9-]+)=("[^"\r\n]*"|[^",]*)\s*(?:,|$)/y;

/** Reads an attribute list; null where the text is none. */
export function readAttributes(text: string): Attributes | null {
  const values = new Map<string, string>();
  const quoted = new Set<string>();
  attribute.lastIndex = 0;
  while (attribute.lastIndex < text.length) {
    const match = attribute.exec(text);
    if (!match) return null;
    const [, name = '', value = ''] = match;
    if (values.has(name)) return null;
    if (value.startsWith('"')) quoted.add(name);
    values.set(name, value.startsWith('"') ? value.slice(1, -1) : value);
  }
  return { values, quoted };
}

/** A decimal number from 0, or null. */
export function decimal(text: string | undefined): number | null {
  return text !== undefined && /^\d+(\.\d*)?$|^\.\d+$/.test(text) ? Number(text) : null;
}

/** A whole number from 0, or null. */
export function integer(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : null;
}
