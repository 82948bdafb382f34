import { importWireKey, type WireKey } from '#shared/wire/signature.ts';

const secretCharsMin = 32;

/** Finished keys only: a promise that another request made must not be waited for. */
let imported: { readonly text: string; readonly keys: readonly WireKey[] } | null = null;

/** The shared secrets of `WIRE_KEYS`, imported once per isolate. Throws when the setting is not valid, without its text. */
export async function wireKeys(text: string): Promise<readonly WireKey[]> {
  if (imported?.text === text) return imported.keys;
  const keys = await Promise.all(text.split(' ').filter(Boolean).map(importPair));
  imported = { text, keys };
  return keys;
}

function importPair(pair: string, index: number): Promise<WireKey> {
  const colon = pair.indexOf(':');
  const secret = pair.slice(colon + 1);
  if (colon < 1 || secret.length < secretCharsMin) {
    throw new Error(`WIRE_KEYS entry ${index + 1} is not <kid>:<secret> with ${secretCharsMin} characters or more`);
  }
  return importWireKey(pair.slice(0, colon), secret);
}
