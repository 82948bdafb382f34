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

/** The key of an origin that joined, by its names: its own, and of the pair of `WIRE_KEYS` that it is derived from. */
export interface OriginKeyName {
  readonly kid: string;
  readonly master: string;
}

/** SQL: whether an origin's key was taken back, and it has no other one by now. @param row of `origins`, by its name in the query */
export function isShutOut(row: string): string {
  return `(${row}.wire_kid IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM origin_keys WHERE origin = ${row}.id AND revoked_ms IS NULL))`;
}

/** Of one setting of `WIRE_KEYS`; there are as many as origins. */
let derived: { readonly text: string; readonly keys: Map<string, WireKey> } | null = null;

/** Why an origin with a key of its own is not asked. */
export const originKeyLost =
  'The key of this origin was made from a pair that is not in WIRE_KEYS any more. Let it join again.';

/** An origin's own key; null when its pair is no longer in `WIRE_KEYS`. */
export async function originWireKey(text: string, name: OriginKeyName): Promise<WireKey | null> {
  if (derived?.text !== text) derived = { text, keys: new Map() };
  const { keys } = derived;
  const known = keys.get(name.kid);
  if (known) return known;
  const secret = await originSecret(text, name);
  if (secret === null) return null;
  const key = await importWireKey(name.kid, secret);
  keys.set(name.kid, key);
  return key;
}

/**
 * The secret of an origin's own key, 64 hexadecimal digits: HMAC-SHA-256 over a text that no signature is ever made over. So
 * it is kept nowhere but at the origin. Null when its pair is no longer in `WIRE_KEYS`.
 */
export async function originSecret(text: string, { kid, master }: OriginKeyName): Promise<string | null> {
  const pair = (await wireKeys(text)).find((one) => one.kid === master);
  if (!pair) return null;
  const label = new TextEncoder().encode(`headwater origin key\n${kid}`);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', pair.key, label));
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
