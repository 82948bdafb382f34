import type { Problem } from '#shared/model/problem.ts';
import { CliError } from './cli-error.ts';
import { plainText } from './output/plain-text.ts';

/** What the reader of a refusal can do, by the problem's reason or code (docs/protocol/errors.md). */
const waysOut: Readonly<Record<string, string>> = {
  bad_request: 'Correct what is named.',
  forbidden: 'Ask whoever runs this Headwater for a token that allows it.',
  not_found: 'Look at the list, for example: npx headwater channel list',
  method_not_allowed: 'This Headwater is older or newer than this CLI: take both from one version.',
  conflict: 'Choose another id, or delete what is in the way.',
  origin_alive: 'Stop it, then ask again.',
  origin_holds_broadcasts: 'See them: npx headwater broadcast list',
  gone: 'It is over: look at the list for what is there now.',
  body_too_large: 'Send less.',
  too_many_requests: 'Wait a moment, then ask less often.',
  internal: "Try again; if it stays, read the Worker's log (npx wrangler tail).",
  not_configured: 'docs/operate/first-deploy.md lists the secrets of the Worker.',
  too_early: 'Try again in a second.',
  overloaded: 'Try again in a moment.',
  upstream_failed: 'Look whether the origin lives: npx headwater origin list',
  upstream_timeout: 'Look whether the origin lives: npx headwater origin list',
};

const shownCharsMax = 200;

/** A refusal as the API words it, with a way out. `tokenFrom` says where the token came from. */
export function refusalOf(status: number, text: string, from: { url: string; tokenFrom: string }): CliError {
  const found = problemOf(text);
  if (!found) {
    const said = plainText(text.trim()).slice(0, shownCharsMax);
    const message = `${from.url} answers ${status} and no problem document${said ? `: ${said}` : ''}.`;
    return new CliError('not_headwater', message, 'Is this the address of a PoP? npx headwater doctor looks closer.', {
      status,
    });
  }
  const hint =
    found.code === 'unauthorized'
      ? `The token is from ${from.tokenFrom}. It must be the API_TOKEN of this deployment, or one of "headwater token list" that is good.`
      : (waysOut[found.reason ?? ''] ??
        waysOut[found.code] ??
        (plainText(found.fix) || 'docs/protocol/errors.md explains each code.'));
  const reason = found.reason && plainText(found.reason);
  return new CliError(found.code, plainText(found.detail || found.title || found.code), hint, { status, reason });
}

type Refusal = Problem & { readonly reason?: string };

function problemOf(text: string): Refusal | null {
  try {
    const found = JSON.parse(text) as Partial<Refusal> | null;
    return typeof found?.code === 'string' ? ({ title: '', detail: '', fix: '', ...found } as Refusal) : null;
  } catch {
    return null;
  }
}

/** No API token is known for an address. */
export function noToken(url: string): CliError {
  return new CliError(
    'no_token',
    `No API token is known for ${url}.`,
    'Set HEADWATER_TOKEN, or name a file that holds it: --token-file <path>.',
  );
}

/** Nobody answers, or not in time. */
export function unreachable(url: string, cause: unknown): CliError {
  const reason = reasonOf(cause);
  if (reason === 'TimeoutError') {
    return new CliError(
      'timed_out',
      `${url} does not answer in time.`,
      'Try again; npx headwater doctor looks closer.',
      { cause },
    );
  }
  return new CliError(
    'unreachable',
    `Nothing answers at ${url} (${reason}).`,
    'Start a stack here with npx headwater up, or name another address with --url or HEADWATER_URL.',
    { cause },
  );
}

function reasonOf(error: unknown): string {
  const { name, code, cause, message } = error as Error & { code?: string };
  if (name === 'TimeoutError') return name;
  if (typeof code === 'string') return code;
  return cause === undefined ? message : reasonOf(cause);
}
