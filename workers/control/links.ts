import { signingLimits, tokenLimits } from '#shared/limits/access.ts';
import { embedPath, type PlayedPage, watchPath } from '#shared/route/page-path.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import { mintToken } from '../access/mint.ts';
import type { Env } from '../env.ts';
import { noChannel, playbackPaths } from './channels.ts';
import { clipPaths, findClip } from './clips.ts';
import type { LinkDetails, NewLink } from './contract/links.ts';
import { claimsOf, isForFiles, type LinkResource, leavesFile, settingsOf, termsOf } from './link-claims.ts';
import { newId } from './new-id.ts';
import { ProblemError } from './respond.ts';
import { revokeOne } from './revocations.ts';
import type { Page } from './schemas.ts';
import { mintingKey } from './signing-keys.ts';

interface Row extends Omit<LinkDetails, 'state' | 'scopes' | 'settings'> {
  readonly scopes: string;
  readonly settings: string;
  readonly broadcastState: string | null;
}

const select = `
  SELECT l.id, l.channel, l.broadcast, l.clip, l.scopes, l.kid, l.created_by AS createdBy, l.created_ms AS createdMs,
    l.expires_ms AS expiresMs, l.renew_until_ms AS renewUntilMs, l.uses_max AS usesMax, l.uses,
    l.last_use_ms AS lastUseMs, l.settings, l.revoked_ms AS revokedMs, l.label, b.state AS broadcastState
  FROM links l LEFT JOIN broadcasts b ON b.id = l.broadcast`;

function details({ broadcastState, ...row }: Row, nowMs: number): LinkDetails {
  const scopes = row.scopes.split(' ');
  const settings = JSON.parse(row.settings) as LinkDetails['settings'];
  return { ...row, scopes, settings, state: stateOf(row, scopes, broadcastState, nowMs) };
}

function stateOf(
  row: Omit<Row, 'broadcastState'>,
  scopes: readonly string[],
  broadcastState: string | null,
  nowMs: number,
): LinkDetails['state'] {
  if (row.revokedMs !== null) return 'revoked';
  if (nowMs >= row.expiresMs) return 'expired';
  if (row.usesMax !== null && row.uses >= row.usesMax) return 'used_up';
  const isLiveOnly = row.broadcast !== null && scopes.every((scope) => scope === 'live' || scope === 'dvr');
  return isLiveOnly && broadcastState === 'ended' ? 'ended' : 'active';
}

/** A new link with its token, which is told this once. @param createdBy who made it; throws `bad_request`, `not_found`, `conflict` */
export async function createLink(env: Env, input: NewLink, createdBy: string, nowMs: number) {
  const terms = termsOf(input, nowMs);
  const { isOver, range, ...resource } = await findResource(env.DB, input);
  const hasFile = leavesFile(input, range);
  if (isForFiles(terms.scopes) && !hasFile) {
    throw new ProblemError('bad_request', 'start, end: leave out some of the clip, and files are had whole.');
  }
  const key = await mintingKey(env, resource.channel, nowMs);
  const id = newId('ln', nowMs);
  const claims = claimsOf(env.DEPLOYMENT ?? 'headwater', id, resource, terms, input, nowMs);
  const token = await mintToken(env, key, claims);
  if (token.length > tokenLimits.charsMax - tokenLimits.sessionMoreCharsMax) {
    throw new ProblemError('bad_request', 'sites, net, countries: are too long together for a token.');
  }
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO links (id, channel, broadcast, clip, scopes, kid, created_by, created_ms, expires_ms, renew_until_ms,
         uses_max, settings, label) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
    ).bind(
      ...[id, resource.channel, resource.broadcast, resource.clip, terms.scopes.join(' '), key.kid, createdBy, nowMs],
      ...[terms.expiresMs, terms.renewUntilMs, input.uses ?? null, JSON.stringify(settingsOf(input)), input.label],
    ),
    env.DB.prepare(
      `DELETE FROM links WHERE id IN
         (SELECT id FROM links WHERE expires_ms < ?1 AND COALESCE(renew_until_ms, 0) < ?1 LIMIT ?2)`,
    ).bind(nowMs - signingLimits.linkKeptMs, signingLimits.linksPurgedMax),
  ]);
  const urls = urlsOf(resource, isOver, hasFile && terms.scopes.includes('download'), token);
  return { ...(await getLink(env.DB, id, nowMs)), token, urls };
}

/** Where a link leads: paths on every PoP. A broadcast that is over has a page of its own. */
function urlsOf({ channel, broadcast, clip }: LinkResource, isOver: boolean, hasFile: boolean, token: string) {
  const { hls, dash, download } = mediaPaths(channel, broadcast, clip);
  const page = pageOf(channel, isOver ? broadcast : null, clip);
  return {
    watch: `${watchPath(page)}#token=${token}`,
    // In the query, where the PoP reads the sites that it may be shown on.
    embed: `${embedPath(page)}?token=${token}`,
    hls: `/t/${token}${hls}`,
    dash: `/t/${token}${dash}`,
    download: download !== null && hasFile ? `/t/${token}${download}` : null,
  };
}

function pageOf(channel: string | null, replay: string | null, clip: string | null): PlayedPage {
  if (clip !== null) return { kind: 'clip', id: clip };
  return replay === null ? { kind: 'channel', id: channel ?? '' } : { kind: 'replay', id: replay };
}

function mediaPaths(channel: string | null, broadcast: string | null, clip: string | null) {
  if (clip !== null) return clipPaths(clip);
  if (broadcast === null) return { ...playbackPaths(channel ?? ''), download: null };
  return {
    hls: formatPlaybackPath({ kind: 'multivariant', broadcast }),
    dash: formatPlaybackPath({ kind: 'mpd', broadcast }),
    download: formatPlaybackPath({ kind: 'download', broadcast }),
  };
}

interface FoundResource extends LinkResource {
  readonly isOver: boolean;
  /** Of a clip, ms since the Unix epoch. */
  readonly range: { readonly startMs: number; readonly endMs: number } | null;
}

/** What a link is for; a link until the end is for the broadcast that is open now. */
async function findResource(db: D1Database, { channel, broadcast, clip, preset }: NewLink): Promise<FoundResource> {
  const named = [broadcast, clip].filter((name) => name !== undefined);
  if (named.length > 1 || (named.length === 0 && channel === undefined)) {
    throw new ProblemError('bad_request', 'give a channel, a broadcast or a clip.');
  }
  const isUntilEnd = preset === 'until-end';
  if (broadcast !== undefined) {
    const found = await ownerOf(db, broadcast, channel);
    if (isUntilEnd && found.isOver) throw nothingLive();
    return { ...found, broadcast, clip: null, range: null };
  }
  if (clip !== undefined) {
    if (isUntilEnd) throw new ProblemError('bad_request', 'preset: a clip has no end to wait for.');
    const { channel: owner, ...range } = await ownerOfClip(db, clip, channel);
    return { channel: owner, broadcast: null, clip, isOver: true, range };
  }
  const owner = channel ?? '';
  const row = await db.prepare('SELECT 1 FROM channels WHERE id = ?1').bind(owner).first();
  if (!row) throw noChannel();
  const open = isUntilEnd ? await openBroadcast(db, owner) : null;
  return { channel: owner, broadcast: open, clip: null, isOver: false, range: null };
}

async function ownerOf(
  db: D1Database,
  broadcast: string,
  channel: string | undefined,
): Promise<{ readonly channel: string; readonly isOver: boolean }> {
  const statement = db.prepare('SELECT channel, state FROM broadcasts WHERE id = ?1').bind(broadcast);
  const row = await statement.first<{ channel: string; state: string }>();
  if (!row || (channel !== undefined && channel !== row.channel)) {
    throw new ProblemError('not_found', 'There is no such broadcast, or it is of another channel.');
  }
  return { channel: row.channel, isOver: row.state === 'ended' };
}

async function ownerOfClip(db: D1Database, clip: string, channel: string | undefined) {
  const row = await findClip(db, clip);
  if (!row || (channel !== undefined && channel !== row.channel)) {
    throw new ProblemError('not_found', 'There is no such clip, or it is of another channel.');
  }
  const { startMs, endMs } = row;
  return { channel: row.channel, startMs, endMs };
}

async function openBroadcast(db: D1Database, channel: string): Promise<string> {
  const statement = db.prepare("SELECT id FROM broadcasts WHERE channel = ?1 AND state <> 'ended'").bind(channel);
  const row = await statement.first<{ id: string }>();
  if (!row) throw nothingLive();
  return row.id;
}

function nothingLive(): ProblemError {
  const detail =
    'Nothing is live there, so there is no end to wait for. Use the preset 24h, or make the link once it is live.';
  return new ProblemError('conflict', detail, { reason: 'nothing_live' });
}

/** One link; throws `not_found`. */
export async function getLink(db: D1Database, id: string, nowMs: number): Promise<LinkDetails> {
  const row = await db.prepare(`${select} WHERE l.id = ?1`).bind(id).first<Row>();
  if (!row) throw new ProblemError('not_found', 'There is no such link.');
  return details(row, nowMs);
}

/** A page of links, newest first, of one channel or of all, and the cursor of the next page. */
export async function listLinks(db: D1Database, channel: string | null, page: Page, nowMs: number) {
  const owner = channel === null ? '?1 IS NULL' : 'l.channel = ?1';
  const { results } = await db
    .prepare(`${select} WHERE ${owner} AND (?2 = '' OR l.id < ?2) ORDER BY l.id DESC LIMIT ?3`)
    .bind(channel, page.cursor, page.limit + 1)
    .all<Row>();
  const links = results.slice(0, page.limit).map((row) => details(row, nowMs));
  return { links, next: results.length > page.limit ? (links.at(-1)?.id ?? null) : null };
}

/** Ends a link and every session that began with it, within seconds; calling again repeats it. Throws `not_found`. */
export async function revokeLink(env: Env, id: string, nowMs: number): Promise<void> {
  const { expiresMs, renewUntilMs } = await getLink(env.DB, id, nowMs);
  const untilMs = Math.max(expiresMs, renewUntilMs ?? 0) + signingLimits.afterExpiryMsMax;
  if (untilMs > nowMs) {
    await revokeOne(env, { kind: 'link', value: id, issuedBeforeMs: null, untilMs, label: 'link was revoked' });
  }
  await env.DB.prepare('UPDATE links SET revoked_ms = COALESCE(revoked_ms, ?2) WHERE id = ?1').bind(id, nowMs).run();
}
