import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { cliLimits } from '#shared/limits/cli.ts';
import { CliError, usageError } from './cli-error.ts';
import { type LocalStack, localStack } from './local-stack.ts';
import { isLoopback } from './loopback.ts';
import type { Shell } from './shell.ts';

/** Where the API is, and what opens it. */
export interface Address {
  /** Base URL of a PoP, without a slash at the end. */
  readonly url: string;
  /** Null where none is known: only calls that need none will do. */
  readonly token: string | null;
  /** Where the token is from, for an error's way out. */
  readonly tokenFrom: string;
  /** The running stack on this machine, where the address is one of its PoPs. */
  readonly local: LocalStack | null;
  /** A token is known, and nobody said that it may go there. Absent: false. */
  readonly isTokenHeldBack?: true;
}

export interface AddressOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  /** What a file names, for where neither `url` nor the environment does. */
  readonly found?: string;
}

const waysOut = `Name one with --url or HEADWATER_URL, or start a stack on this machine: npx headwater up`;

/**
 * The address that options, the environment or a running local stack give, in this order. Throws `no_address`, and usage
 * errors. The local stack's token is for the local stack only, and
 * none is for an address that is from a file, unless that is of this machine: such a file may be anybody's.
 */
export function findAddress(shell: Shell, options: AddressOptions): Address {
  const named = options.url ?? shell.env.HEADWATER_URL;
  const local = localStack(shell);
  const found = named ?? options.found;
  if (found === undefined && local === null) {
    throw new CliError('no_address', 'It is not known where Headwater runs.', waysOut);
  }
  const url = found === undefined ? (local?.pops[0]?.url ?? '') : baseOf(found);
  const isLocal = local?.pops.some((pop) => pop.url === url) ?? false;
  const given = givenToken(shell, options);
  const base = { url, local: isLocal ? local : null };
  if (given !== null && named === undefined && !isLoopback(url)) {
    return { ...base, token: null, tokenFrom: 'nowhere', isTokenHeldBack: true };
  }
  if (given !== null) return { ...base, ...given };
  if (isLocal && local) return { ...base, token: local.apiToken, tokenFrom: 'the local stack' };
  return { ...base, token: null, tokenFrom: 'nowhere' };
}

function givenToken(shell: Shell, { tokenFile }: AddressOptions): { token: string; tokenFrom: string } | null {
  if (tokenFile !== undefined) return { token: readToken(shell, tokenFile), tokenFrom: tokenFile };
  const token = shell.env.HEADWATER_TOKEN?.trim();
  return token ? { token: checked(token, 'HEADWATER_TOKEN'), tokenFrom: 'HEADWATER_TOKEN' } : null;
}

/** Scheme, host and port; a path that ends in `/api/v1` is taken for what it means. */
function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw usageError('The address is not an http or https URL.', 'Write it as https://headwater.example.com.');
  }
  if (url.username || url.password) {
    throw usageError('The address holds a name or a password.', 'Leave them out: the API asks for its token.');
  }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  if (path !== '' || url.search || url.hash) {
    throw usageError('The address has a path.', 'Give scheme, host and port only: https://headwater.example.com.');
  }
  return url.origin;
}

function readToken(shell: Shell, path: string): string {
  const whole = isAbsolute(path) ? path : join(shell.cwd, path);
  let text: string;
  try {
    if (statSync(whole).size > cliLimits.tokenFileBytesMax) throw new Error('it is too large to be a token');
    text = readFileSync(whole, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    const hint = 'The file holds the API token on one line and nothing else.';
    throw new CliError('token_unreadable', `${path} cannot be read (${reason}).`, hint, { cause });
  }
  return checked(text.trim(), path);
}

function checked(token: string, from: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CliError('token_unreadable', `${from} does not hold an API token.`, 'It is one word on one line.');
}
