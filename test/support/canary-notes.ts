import { appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Canary, CanaryIndex, canaryCharsMin } from './canary-index.ts';
import { canariesOf, sweepFolder } from './canary-sweep.ts';

/** Environment variable with the folder where a run of the suite collects secrets and logs for its last look. */
export const canaryVariable = 'HEADWATER_CANARIES';
/** Files in it: secrets, what was found on the way, and what was logged. */
export const canaryFiles = Object.freeze({ secrets: 'secrets.jsonl', found: 'found.jsonl', log: 'log.txt' });

const folder = process.env[canaryVariable];
const noted = new Map<string, Canary>();

/** Notes secrets of a stage, by what they are called: from now on they must be nowhere. */
export function noteSecrets(secrets: Readonly<Record<string, string | null | undefined>>): void {
  for (const [name, secret] of Object.entries(secrets)) {
    // `<kid>:<secret>`, several separated by a space: a key's name is no secret.
    for (const text of (secret ?? '').split(' ')) note([{ name, text: text.slice(text.indexOf(':') + 1) }]);
  }
}

/** Notes a playback token or a session. */
export function noteToken(name: string, token: string): void {
  note(canariesOf(name, token));
}

/** Notes whatever an answer of the API tells once: tokens, sessions, keys, secrets. */
export function noteAnswer(text: string): void {
  for (const [, name = '', value = ''] of text.matchAll(/"(token|session|secret|streamKey)":"([^"\\]+)"/g)) {
    if (name === 'token' || name === 'session') noteToken(name, value);
    else noteSecrets({ [name]: value });
  }
}

/** Keeps what a stage logged. */
export function noteLog(lines: readonly string[]): void {
  if (folder !== undefined && lines.length > 0) append(canaryFiles.log, `${lines.join('\n')}\n`);
}

/**
 * Looks through the state that a stage leaves, before it is removed: catalogue, bucket, caches, logs.
 * @param keepers files that are there to keep secrets
 */
export function sweepState(state: string, keepers: readonly string[] = []): void {
  if (folder === undefined) return;
  const { found } = sweepFolder(state, new CanaryIndex(noted.values()), (name) => keepers.includes(name));
  for (const place of found) append(canaryFiles.found, `${JSON.stringify(`${basename(state)}/${place}`)}\n`);
}

function note(canaries: readonly Canary[]): void {
  for (const canary of canaries) {
    if (folder === undefined || canary.text.length < canaryCharsMin || noted.has(canary.text)) continue;
    noted.set(canary.text, canary);
    append(canaryFiles.secrets, `${JSON.stringify(canary)}\n`);
  }
}

function append(file: string, text: string): void {
  appendFileSync(join(folder ?? '', file), text, { mode: 0o600 });
}
