import { randomBytes } from 'node:crypto';
import { parseEnv } from 'node:util';
import { readIfThere, writeSecretFile } from '../local/private-file.ts';
import { StartError } from '../local/start-error.ts';
import { askWrangler } from './wrangler.ts';

const secretBytes = 32;
const random = () => randomBytes(secretBytes).toString('hex');

/** What a deployment cannot do without, and how a new one is made. */
const makers = {
  API_TOKEN: () => `hw_${random()}`,
  WIRE_KEYS: () => `k1:${random()}`,
  ACCESS_KEYS: () => `a1:${random()}`,
} as const;
type SecretName = keyof typeof makers;
export const neededSecrets = Object.keys(makers) as readonly SecretName[];

/**
 * Secrets that a deployment needs and does not have.
 * @param listed what `wrangler secret list --format json` printed; null when it failed, as for a Worker that is not there yet
 */
export function missingSecrets(listed: string | null): readonly SecretName[] {
  const found = listed === null ? [] : (JSON.parse(listed) as readonly { readonly name: string }[]);
  return neededSecrets.filter((name) => !found.some((secret) => secret.name === name));
}

/**
 * Text of a file of variables that holds the secrets named: those that it has already stay as they are, so that a
 * deployment that failed half-way goes on with what it began with.
 */
export function withSecrets(before: string | null, names: readonly SecretName[]): string {
  const have = parseEnv(before ?? '');
  const made = names.filter((name) => !have[name]).map((name) => `${name}=${makers[name]()}\n`);
  const kept = before === null || before === '' || before.endsWith('\n') ? (before ?? '') : `${before}\n`;
  return kept + made.join('');
}

/** How the Worker comes by its secrets. */
export interface SecretsPlan {
  /** For `wrangler deploy`. */
  readonly args: readonly string[];
  readonly made: readonly SecretName[];
}

/** Whether wrangler says that there is no such Worker (Cloudflare's code 10007): any other failure says nothing of its secrets. */
export function saysNoWorker(words: string): boolean {
  return /Worker "[^"]+"[^\n]* not found|\[code: 10007\]/.test(words);
}

/**
 * Looks which secrets the Worker lacks; with a path they are made and kept in that file, readable by its owner alone, and
 * go up with the deployment. Throws `bad_option` when some are missing and nobody may make them, and `build_failed` when
 * they could not be listed: which are missing is not known then, and new ones might take the place of those in use.
 */
export async function planSecrets(path: string | null): Promise<SecretsPlan> {
  const { code, output, words } = await askWrangler(['secret', 'list', '--format', 'json']);
  if (code !== 0 && !saysNoWorker(words)) {
    const account = 'Is the login (npx wrangler login, or CLOUDFLARE_API_TOKEN) of the right account?';
    const way = path === null ? account : `${account} Secrets that are in use are not replaced on a guess: try again.`;
    throw new StartError(
      'build_failed',
      'wrangler could not list the secrets of the Worker.',
      `${words.trim()}\n${way}`,
    );
  }
  const missing = missingSecrets(code === 0 ? output : null);
  if (missing.length === 0) return { args: [], made: [] };
  if (path !== null) {
    writeSecretFile(path, withSecrets(readIfThere(path), missing));
    return { args: ['--secrets-file', path], made: missing };
  }
  throw new StartError(
    'bad_option',
    `The Worker has no ${missing.join(', no ')}.`,
    `npm run deploy -- --new-secrets makes them. Or set your own:
${missing.map((name) => `npx wrangler secret put ${name}`).join('\n')}
npm run deploy -- --help says what each is.`,
  );
}
