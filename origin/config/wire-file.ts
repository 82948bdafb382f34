import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError } from './config.ts';

/** What an origin got for its join token. */
export interface OwnKey {
  readonly origin: string;
  readonly kid: string;
  readonly secret: string;
  /** SHA-256 of the join token in hex: another one in the settings is another join. */
  readonly tokenHash: string;
}

const fileName = 'wire-key.json';

/** The key that an origin keeps, and a join token that it was not had for. */
type OwnKeyState =
  | { readonly kept: OwnKey; readonly token: null }
  | { readonly kept: OwnKey | null; readonly token: string };

/**
 * The key that an origin keeps for itself, and the join token of its settings where that is to be exchanged: without a key,
 * and where it is another than the key was made for. Throws ConfigError where there is neither, and where the key is of another
 * origin.
 */
export function ownKeyOf({
  originId,
  dataDir,
  joinToken,
}: Pick<Config, 'originId' | 'dataDir' | 'joinToken'>): OwnKeyState {
  const found = readOwnKey(dataDir);
  if (found && found.origin !== originId) throw otherOrigin(dataDir, found.origin, originId);
  if (found && (joinToken === undefined || hashToken(joinToken) === found.tokenHash))
    return { kept: found, token: null };
  if (joinToken !== undefined) return { kept: found, token: joinToken };
  throw noKeys(dataDir);
}

/** The key may be the only one of an origin that is still wanted. */
function otherOrigin(dataDir: string, found: string, originId: string): ConfigError {
  const fix = `Set HEADWATER_DATA_DIR to a folder of its own, or HEADWATER_ORIGIN_ID to ${found}. If that origin is to be no more, remove ${fileName}.`;
  const message = `the key in the folder ${dataDir} is of the origin ${found}, not of ${originId}`;
  return invalid('dataDir', 'HEADWATER_DATA_DIR', message, fix);
}

function noKeys(dataDir: string): ConfigError {
  const [field, variable] = ['joinToken', 'HEADWATER_JOIN_TOKEN'];
  const fix = `Set ${variable}: headwater origin join-token makes one. Or set HEADWATER_WIRE_KEYS.`;
  return invalid(field, variable, `it is missing, and ${dataDir} has no key of an earlier start`, fix);
}

function invalid(field: string, variable: string, message: string, fix: string): ConfigError {
  const text = `the origin's configuration is not valid:\n  ${field} (${variable}): ${message}\n    fix  ${fix}`;
  return new ConfigError(text, [{ field, variable, message, fix }]);
}

/** Null when it has not joined. Throws what is not readable for another reason. */
function readOwnKey(dataDir: string): OwnKey | null {
  let text: string;
  try {
    text = readFileSync(join(dataDir, fileName), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
  try {
    const { origin, kid, secret, tokenHash } = JSON.parse(text) as OwnKey;
    return [origin, kid, secret, tokenHash].every((one) => typeof one === 'string')
      ? { origin, kid, secret, tokenHash }
      : null;
  } catch {
    // Half of a file that nobody wrote whole: what it held is lost.
    return null;
  }
}

/** Keeps it so that only the origin's own user can read it, whole or not at all. */
export function writeOwnKey(dataDir: string, key: OwnKey): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, fileName);
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(key)}\n`, { mode: 0o600, flush: true });
  renameSync(fresh, path);
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
