import { signingLimits } from '#shared/limits/access.ts';
import type { NewLink } from './contract/links.ts';
import { ProblemError } from './respond.ts';

/** What a link opens. */
export interface LinkResource {
  readonly channel: string | null;
  readonly broadcast: string | null;
  readonly clip: string | null;
}

/** How long a link is good, and for what. Times in ms since the Unix epoch, whole seconds. */
export interface LinkTerms {
  readonly expiresMs: number;
  readonly renewUntilMs: number | null;
  readonly scopes: readonly string[];
}

const hourMs = 3_600_000;
const presetsMs = { '1h': hourMs, '24h': 24 * hourMs, 'until-end': signingLimits.untilEndMsMax } as const;
const defaultScopes = ['live', 'dvr', 'replay', 'clip'];
/** A link "until the end" has no scope for the replay: when the broadcast is over there is nothing that it opens. */
const untilEndScopes = ['live', 'dvr'];

/** The terms of a link; throws `bad_request` where what was asked for does not go together. */
export function termsOf(input: NewLink, nowMs: number): LinkTerms {
  const { preset, scopes, start, end } = input;
  const refuse = (detail: string): never => {
    throw new ProblemError('bad_request', detail);
  };
  if (preset !== undefined && input.expiresMs !== undefined) refuse('give preset or expiresMs, not both.');
  const expiresMs = input.expiresMs ?? nowMs + presetsMs[preset ?? '24h'];
  const renewUntilMs = input.renewUntilMs ?? null;
  const latestMs = nowMs + signingLimits.tokenLifeMsMax;
  if (expiresMs <= nowMs) refuse('expiresMs: is in the past.');
  if (Math.max(expiresMs, renewUntilMs ?? 0) > latestMs) refuse('A link is good for 30 days at most.');
  if (renewUntilMs !== null && renewUntilMs < expiresMs) refuse('renewUntilMs: must not be before expiresMs.');
  if (preset === 'until-end') {
    if (renewUntilMs !== null) refuse('renewUntilMs: a link until the end lasts as long as its broadcast.');
    if (scopes?.some((scope) => !untilEndScopes.includes(scope)))
      refuse('scopes: until the end are live and dvr only.');
  }
  if (start !== undefined && end !== undefined && end <= start) refuse('end: must be after start.');
  if (input.maxStreams !== undefined && input.viewer === undefined) {
    refuse('maxStreams: counts the screens of one viewer. Say which one in viewer.');
  }
  if (input.anySite) {
    if (input.sites) refuse('anySite and sites do not go together.');
    if (!isForFiles(scopes)) refuse('anySite: needs scopes of download alone.');
  }
  if (isForFiles(scopes)) {
    const cut = input.clip === undefined ? notOfFiles : notOfFiles.slice(0, 3);
    const given = cut.find((name) => input[name] !== undefined);
    if (given) refuse(`${given}: not with scopes of download alone: files are had whole and are not counted.`);
  }
  if (input.whenFull !== undefined && input.maxStreams === undefined) refuse('whenFull: needs maxStreams.');
  return {
    expiresMs: wholeSeconds(expiresMs),
    renewUntilMs: renewUntilMs === null ? null : wholeSeconds(renewUntilMs),
    scopes: scopes ?? (preset === 'until-end' ? untilEndScopes : defaultScopes),
  };
}

/** What a file is not given with. A range may hold all of a clip. */
const notOfFiles = ['uses', 'maxStreams', 'maxHeight', 'start', 'end'] as const;

/** Whether a link opens files and nothing that plays. */
export function isForFiles(scopes: readonly string[] | undefined): boolean {
  return scopes?.every((scope) => scope === 'download') ?? false;
}

/**
 * Whether the file of what a link is for can be had with its token: whole, and without a session that something is counted by.
 * @param clip its range, ms since the Unix epoch; null: the file is a broadcast's
 */
export function leavesFile(
  { uses, maxStreams, maxHeight, start, end }: NewLink,
  clip: { readonly startMs: number; readonly endMs: number } | null,
): boolean {
  if (uses !== undefined || maxStreams !== undefined || maxHeight !== undefined) return false;
  if (clip === null) return start === undefined && end === undefined;
  const [fromMs, untilMs] = [1_000 * (start ?? 0), 1_000 * (end ?? Number.POSITIVE_INFINITY)];
  return fromMs <= clip.startMs && untilMs >= clip.endMs;
}

function wholeSeconds(timeMs: number): number {
  return Math.ceil(timeMs / 1_000) * 1_000;
}

/** The part of a link's claims that is kept beside its columns. */
export function settingsOf(input: NewLink) {
  const { viewer, maxHeight, start, end, countries, net, sites, anySite, maxStreams, whenFull } = input;
  return {
    ...(viewer !== undefined && { sub: viewer }),
    ...(maxHeight !== undefined && { max_height: maxHeight }),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    ...(countries && { geo: countries }),
    ...(net && { net }),
    ...(sites && { sites }),
    ...(anySite && { any_site: anySite }),
    ...(maxStreams !== undefined && { max_streams: maxStreams, when_full: whenFull ?? 'refuse-newest' }),
  };
}

/** Everything that a link's token says. @param deployment issuer and audience */
export function claimsOf(
  deployment: string,
  id: string,
  resource: LinkResource,
  terms: LinkTerms,
  input: NewLink,
  nowMs: number,
) {
  return {
    iss: deployment,
    aud: deployment,
    jti: id,
    iat: Math.floor(nowMs / 1_000),
    exp: terms.expiresMs / 1_000,
    res: resourceName(resource),
    scp: [...terms.scopes],
    ...(terms.renewUntilMs !== null && { renew_until: terms.renewUntilMs / 1_000 }),
    ...settingsOf(input),
    ...(input.uses !== undefined && { uses: input.uses }),
  };
}

/** The narrowest that a link names: a clip, else a broadcast, else its channel. */
function resourceName({ channel, broadcast, clip }: LinkResource): string {
  if (clip !== null) return `clip:${clip}`;
  return broadcast !== null ? `broadcast:${broadcast}` : `channel:${channel}`;
}
