/**
 * Problem details (RFC 9457) with stable codes. Two sets: what the caller did, and what we failed at.
 * docs/protocol/errors.md lists each; a test holds the two together.
 */
export const callerProblems = {
  bad_request: 400,
  bad_directive: 400,
  two_tokens: 400,
  too_far_ahead: 400,
  unauthorized: 401,
  token_missing: 401,
  token_invalid: 401,
  token_expired: 401,
  token_not_yet: 401,
  forbidden: 403,
  wrong_resource: 403,
  wrong_scope: 403,
  country_refused: 403,
  network_refused: 403,
  site_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  token_revoked: 410,
  link_used_up: 410,
  length_required: 411,
  body_too_large: 413,
  range_not_satisfiable: 416,
  outside_media: 422,
  idempotency_key_reused: 422,
  encoding_changes: 422,
  too_many_requests: 429,
  too_many_streams: 429,
} as const;

export const ourProblems = {
  internal: 500,
  not_configured: 501,
  upstream_failed: 502,
  too_early: 503,
  blocked_too_long: 503,
  overloaded: 503,
  upstream_timeout: 504,
  catalogue_full: 507,
} as const;

export type ProblemCode = keyof typeof callerProblems | keyof typeof ourProblems;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  /** The way out. */
  readonly fix: string;
}

export const problemContentType = 'application/problem+json';

const titles: Readonly<Record<ProblemCode, string>> = {
  bad_request: 'The request is not valid',
  bad_directive: 'A delivery directive is not valid',
  two_tokens: 'The request carries two different tokens',
  too_far_ahead: 'The requested segment is too far ahead of the live edge',
  unauthorized: 'Credentials are missing or not valid',
  token_missing: 'This takes a playback token',
  token_invalid: 'This is not a valid playback token',
  token_expired: 'The playback token has ended',
  token_not_yet: 'The playback token is not valid yet',
  forbidden: 'These credentials do not allow this',
  wrong_resource: 'The playback token is for something else',
  wrong_scope: 'The playback token does not go this far',
  country_refused: 'Not available in this country',
  network_refused: 'Not available from this network',
  site_refused: 'Not available on this site',
  not_found: 'There is nothing here',
  method_not_allowed: 'This method is not allowed here',
  conflict: 'This clashes with what is already there',
  gone: 'This was here and is over',
  token_revoked: 'Access was taken back',
  link_used_up: 'The link was used as often as it may be',
  length_required: 'The request does not tell its length',
  body_too_large: 'The request body is too large',
  range_not_satisfiable: 'The requested range is outside the object',
  outside_media: 'The media does not reach that far',
  idempotency_key_reused: 'The Idempotency-Key belongs to another call',
  encoding_changes: 'The encoding changes within the range',
  too_many_streams: 'Too many screens play at once',
  too_many_requests: 'Too many requests',
  internal: 'Something failed on our side',
  not_configured: 'This deployment is not set up for this',
  upstream_failed: 'The origin failed to answer',
  too_early: 'This is not available yet',
  blocked_too_long: 'The stream did not advance in time',
  overloaded: 'Too many requests are waiting',
  upstream_timeout: 'The origin did not answer in time',
  catalogue_full: 'The catalogue has no room',
};

/** What the reader can do; docs/protocol/errors.md has the same with links. */
const ways: Readonly<Record<ProblemCode, string>> = {
  bad_request: 'Correct the field that is named.',
  bad_directive: 'Use a player that follows rfc8216bis 6.2.5.',
  two_tokens: 'Send one.',
  too_far_ahead: 'Reload the media playlist without directives.',
  unauthorized: 'Send the API token, or give both sides the same wire keys and the right time.',
  token_missing: 'Open it with a link from the streamer; see playback tokens.',
  token_invalid: 'Get a new one; whoever mints compares with the list of claims.',
  token_expired: 'Get a new one.',
  token_not_yet: 'Wait, or set the clock of whoever mints.',
  forbidden: 'Use a token with the role that detail names; let the owning origin report.',
  wrong_resource: 'Use the link of this stream.',
  wrong_scope: 'Get one that goes further.',
  country_refused: 'Nothing from there; whoever mints may change geo.',
  network_refused: 'Go back to the network that it was made for, or get a new one.',
  site_refused: 'Play it on a site that is listed, or list the site.',
  not_found: 'Check the address; a deleted channel takes its broadcasts with it.',
  method_not_allowed: 'Use a listed method.',
  conflict: 'Choose another id, delete a key, start a new broadcast (an ended one stays ended), or end it first.',
  gone: 'Go to the live edge, or open the channel again.',
  token_revoked: 'Ask the streamer.',
  link_used_up: 'Ask for a new one.',
  length_required: 'Send Content-Length.',
  body_too_large: 'Send less.',
  range_not_satisfiable: 'Ask within the length.',
  outside_media: 'Choose a range inside of it.',
  idempotency_key_reused: 'Make up a new key for each new call.',
  encoding_changes: 'Download the halves, or name another rendition.',
  too_many_requests: 'Wait, then ask less often.',
  too_many_streams: 'Stop one of them; then ask again after Retry-After.',
  internal: "Try again; if it stays, read the Worker's log.",
  not_configured: 'npx wrangler secret put ACCESS_KEYS, see first deploy.',
  upstream_failed: 'Try again; see whether GET /origins calls it dead.',
  too_early: 'Ask again after a second.',
  blocked_too_long: 'Reload without directives; the encoder may be gone.',
  overloaded: 'Try again after Retry-After.',
  upstream_timeout: "Try again; check the origin's load and network.",
  catalogue_full: 'Make room: delete what is not needed, or give the database more.',
};

/** The HTTP status of a code. */
export function problemStatus(code: ProblemCode): number {
  return { ...callerProblems, ...ourProblems }[code];
}

/** A problem document; `detail` is a sentence for the person who reads the response. */
export function problem(code: ProblemCode, detail: string): Problem {
  const [title, status, fix] = [titles[code], problemStatus(code), ways[code]];
  return { type: `urn:headwater:problem:${code}`, title, status, code, detail, fix };
}
