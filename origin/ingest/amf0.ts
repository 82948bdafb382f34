import { type Parsed, type ParseError, parsed, unparsed } from './parsed.ts';

/** What AMF0 can carry; objects have no prototype, so that no key has a meaning of its own. */
export type Amf0Value = number | boolean | string | null | undefined | readonly Amf0Value[] | Amf0Object;
export interface Amf0Object {
  readonly [key: string]: Amf0Value;
}

/** Bounds of one message: nesting, and keys plus array items altogether. */
export interface Amf0Limits {
  readonly amfDepthMax: number;
  readonly amfKeysMax: number;
}

class Amf0Failure extends Error {
  readonly reason: ParseError;
  constructor(reason: ParseError) {
    super(reason);
    this.reason = reason;
  }
}

/** Reads all AMF0 values of a message (AMF0 specification, section 2). */
export function decodeAmf0(bytes: Buffer, limits: Amf0Limits): Parsed<readonly Amf0Value[]> {
  const reader = new Amf0Reader(bytes, limits);
  try {
    const values: Amf0Value[] = [];
    while (!reader.atEnd) values.push(reader.value(0));
    return parsed(values);
  } catch (error) {
    if (error instanceof Amf0Failure) return unparsed(error.reason);
    throw error;
  }
}

/** Whether a value is an object and not a list or null. */
export function isAmf0Object(value: Amf0Value): value is Amf0Object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class Amf0Reader {
  readonly #bytes: Buffer;
  readonly #limits: Amf0Limits;
  #at = 0;
  #keys = 0;

  constructor(bytes: Buffer, limits: Amf0Limits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(depth: number): Amf0Value {
    if (depth > this.#limits.amfDepthMax) throw new Amf0Failure('out_of_range');
    const marker = this.#take(1).readUInt8();
    switch (marker) {
      case 0x00:
        return this.#take(8).readDoubleBE();
      case 0x01:
        return this.#take(1).readUInt8() !== 0;
      case 0x02:
        return this.#string(this.#take(2).readUInt16BE());
      case 0x03:
        return this.#object(depth);
      case 0x05:
        return null;
      case 0x06:
        return undefined;
      case 0x07:
        this.#take(2);
        return null;
      case 0x08:
        this.#take(4);
        return this.#object(depth);
      case 0x0a:
        return this.#list(depth);
      case 0x0b:
        return this.#take(10).readDoubleBE();
      case 0x0c:
      case 0x0f:
        return this.#string(this.#take(4).readUInt32BE());
      case 0x10:
        this.#string(this.#take(2).readUInt16BE());
        return this.#object(depth);
      default:
        throw new Amf0Failure('malformed');
    }
  }

  #take(sizeBytes: number): Buffer {
    const end = this.#at + sizeBytes;
    if (end > this.#bytes.length) throw new Amf0Failure('truncated');
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }

  #string(sizeBytes: number): string {
    return this.#take(sizeBytes).toString('utf8');
  }

  #count(): void {
    this.#keys += 1;
    if (this.#keys > this.#limits.amfKeysMax) throw new Amf0Failure('out_of_range');
  }

  #object(depth: number): Amf0Object {
    const object: Record<string, Amf0Value> = Object.create(null);
    while (true) {
      const key = this.#string(this.#take(2).readUInt16BE());
      if (key === '' && this.#bytes[this.#at] === 0x09) {
        this.#take(1);
        return object;
      }
      this.#count();
      object[key] = this.value(depth + 1);
    }
  }

  #list(depth: number): readonly Amf0Value[] {
    const length = this.#take(4).readUInt32BE();
    const list: Amf0Value[] = [];
    for (let i = 0; i < length; i++) {
      this.#count();
      list.push(this.value(depth + 1));
    }
    return list;
  }
}
