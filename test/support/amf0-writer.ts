/** AMF0 bytes for test clients (AMF0 specification, section 2). Values beyond JSON's: a Buffer goes in as it is. */
export type Amf0Input =
  | number
  | boolean
  | string
  | null
  | Buffer
  | readonly Amf0Input[]
  | { readonly [key: string]: Amf0Input };

/** A message: its values one after the other. */
export function amf0(...values: readonly Amf0Input[]): Buffer {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value: Amf0Input): Buffer {
  if (value === null) return Buffer.from([0x05]);
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'boolean') return Buffer.from([0x01, value ? 1 : 0]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([0x02]), shortString(value)]);
  if (Array.isArray(value)) {
    const length = Buffer.alloc(5, 0x0a);
    length.writeUInt32BE(value.length, 1);
    return Buffer.concat([length, ...value.map(encodeValue)]);
  }
  const members = Object.entries(value as { readonly [key: string]: Amf0Input });
  const encoded = members.flatMap(([key, member]) => [shortString(key), encodeValue(member)]);
  return Buffer.concat([Buffer.from([0x03]), ...encoded, Buffer.from([0, 0, 0x09])]);
}

function shortString(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
