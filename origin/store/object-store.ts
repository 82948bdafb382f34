import { storeLimits } from '#shared/limits/store.ts';
import { isObjectKey } from '#shared/model/object-name.ts';

/** An object as a listing shows it. */
export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
}

/**
 * Where media objects are kept. A key is the path of the object's URL without its first slash:
 * `b/<broadcast>/v720/12.m4s`. All methods throw {@link StoreError}.
 */
export interface ObjectStore {
  /** Stores an object whole or not at all; the same key again replaces it. */
  put(key: string, pieces: readonly Uint8Array[]): Promise<void>;
  /** The object, or null when there is none. */
  get(key: string): Promise<Buffer | null>;
  /** The objects below a prefix that ends with a slash, in no particular order. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removes objects; keys that are not there are no fault. */
  remove(keys: readonly string[]): Promise<void>;
}

/**
 * `store_key_invalid`, `store_empty_object`: what was asked for cannot be stored anywhere; `store_full`: no room is left;
 * `store_refused`: the keys are wrong, or may not do this; `store_not_ours`: it is of a broadcast that this origin never had; `store_redirected`: the address is another's; `store_failed`: the store does not work, `cause` says why.
 */
export type StoreErrorCode =
  | 'store_key_invalid'
  | 'store_empty_object'
  | 'store_full'
  | 'store_refused'
  | 'store_not_ours'
  | 'store_redirected'
  | 'store_failed';

/** A store could not do what it was asked. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** Whether it can be an object at all: a crash, or somebody else, may have left what is none. */
export function isStorable({ key, sizeBytes }: ObjectInfo): boolean {
  return sizeBytes > 0 && isObjectKey(key);
}

const unstorable: ReadonlySet<StoreErrorCode> = new Set(['store_empty_object', 'store_key_invalid', 'store_not_ours']);

/** Whether a failure is one of what was to be stored: the store does not take it, however often, and works. */
export function isUnstorable(cause: unknown): boolean {
  return cause instanceof StoreError && unstorable.has(cause.code);
}

/** Throws `store_key_invalid` for a key that could mean something else to a file system or a bucket. */
export function checkKey(key: string): void {
  if (!isObjectKey(key)) throw new StoreError('store_key_invalid', `"${key}" is not a key for an object.`);
}

/** Throws `store_empty_object` when there is nothing to store: an empty object is always a fault further up. */
export function checkPieces(key: string, pieces: readonly Uint8Array[]): number {
  const sizeBytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  if (sizeBytes === 0) throw new StoreError('store_empty_object', `The object "${key}" has no bytes.`);
  return sizeBytes;
}

/** A page of a listing. */
interface ListedPage {
  readonly objects: readonly ObjectInfo[];
  /** `cursor` of the next page; null: this was the last. */
  readonly next: string | null;
}

/**
 * The objects of a listing. Throws `store_failed` where a page has what was not asked for, for what is listed may be removed, and
 * where pages do not come to an end.
 */
export async function* listPages(
  prefix: string,
  readPage: (cursor: string | null) => Promise<ListedPage>,
): AsyncGenerator<ObjectInfo> {
  let cursor: string | null = null;
  for (let pages = 0; pages < storeLimits.listPagesMax; pages++) {
    const { objects, next }: ListedPage = await readPage(cursor);
    const stray = objects.find(({ key }) => !key.startsWith(prefix));
    if (stray) throw new StoreError('store_failed', `The bucket lists ${stray.key} below ${prefix}.`);
    yield* objects;
    if (next === null) return;
    if (next === cursor) break;
    cursor = next;
  }
  throw new StoreError('store_failed', `The bucket's listing of ${prefix} does not end.`);
}

/** A body as a whole; throws `store_failed` past what any object has. */
export async function readBounded(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > storeLimits.objectBytesMax) throw new StoreError('store_failed', 'The bucket sends without end.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}
