import { controlLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { isChannelName } from '#shared/model/id.ts';
import { browserWords, formatBrowserPublish } from '#shared/wire/browser-publish.ts';
import type { IngestEndpoint } from '#shared/wire/control.ts';
import { nonceBytes, signatureHeader, signRequest } from '#shared/wire/signature.ts';
import type { Env } from '../env.ts';
import { coordinatesOf, placeOf } from './ingests.ts';
import { type Coordinates, type IngestCandidate, isFull, rankIngests } from './nearest.ts';
import { respondProblem } from './respond.ts';
import { isShutOut, originKeyLost, originWireKey, wireKeys } from './wire-keys.ts';

/**
 * Passes a browser's connection on to the origin that its channel is at, else to the nearest with room. The stream key comes in its
 * first message, which the origin has checked like that of any encoder; docs/protocol/browser-publishing.md.
 */
export async function publishFromBrowser(request: Request, env: Env): Promise<Response> {
  const { searchParams } = new URL(request.url);
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    return respondProblem('bad_request', 'Connect with a WebSocket.');
  }
  const channel = searchParams.get('channel') ?? '';
  if (!isChannelName(channel)) return respondProblem('bad_request', 'Name the channel: /publish?channel=<channel>.');
  const chosen = await originFor(env.DB, channel, coordinatesOf(placeOf(request, env)), Date.now());
  if (chosen === null) return respondProblem('overloaded', 'No origin takes broadcasts at this moment.');
  const ip = request.headers.get('cf-connecting-ip') ?? '';
  const target = formatBrowserPublish({ ip, browser: browserWords(request.headers.get('user-agent') ?? '') });
  const own = chosen.kid !== null && chosen.master !== null ? { kid: chosen.kid, master: chosen.master } : null;
  const key = own ? await originWireKey(env.WIRE_KEYS, own) : (await wireKeys(env.WIRE_KEYS))[0];
  if (key === null) return respondProblem('upstream_failed', originKeyLost);
  if (!key) throw new Error('WIRE_KEYS has no key');
  const signed = { audience: 'origin', method: 'GET', target, body: null } as const;
  const signature = await signRequest(key, signed, Date.now(), crypto.getRandomValues(new Uint8Array(nonceBytes)));
  const headers = { upgrade: 'websocket', [signatureHeader]: signature };
  try {
    const answer = await fetch(chosen.url + target, { headers, redirect: 'manual' });
    if (answer.webSocket) return new Response(null, { status: 101, webSocket: answer.webSocket });
    if (answer.status === 503) return respondProblem('overloaded', 'The origin has no room for another browser.');
  } catch (error) {
    console.warn(JSON.stringify({ event: 'publish_unreachable', channel, error: String(error) }));
  }
  return respondProblem('upstream_failed', 'The origin cannot be reached.');
}

interface OriginRow {
  readonly origin: string;
  readonly url: string;
  readonly kid: string | null;
  readonly master: string | null;
  readonly load: number;
  readonly seenMs: number;
  readonly draining: 0 | 1;
  readonly ingest: string | null;
  readonly held: number;
  /** It has the channel's open broadcast. */
  readonly isHome: 0 | 1;
}

/** The origin that a channel's publisher belongs to; null when there is none. */
async function originFor(
  db: D1Database,
  channel: string,
  from: Coordinates | null,
  nowMs: number,
): Promise<OriginRow | null> {
  const { results } = await db
    .prepare(
      `SELECT id AS origin, url, load, seen_ms AS seenMs, draining, ingest, k.kid, k.master,
         (SELECT COUNT(*) FROM broadcasts WHERE origin = origins.id AND state <> 'ended') AS held,
         EXISTS (SELECT 1 FROM broadcasts WHERE channel = ?2 AND origin = origins.id AND state <> 'ended') AS isHome
       FROM origins LEFT JOIN origin_keys k ON k.kid = origins.wire_kid WHERE seen_ms > ?3 AND NOT ${isShutOut('origins')} ORDER BY seen_ms DESC LIMIT ?1`,
    )
    .bind(controlLimits.originsListedMax, channel, nowMs - broadcastLimits.originDeadMsMin)
    .all<OriginRow>();
  const home = results.find(({ isHome }) => isHome === 1);
  if (home) return home;
  const [best] = rankIngests(results.map(candidate), from, nowMs);
  if (!best || isFull(best.ingest)) return null;
  return results.find(({ origin }) => origin === best.ingest.origin) ?? null;
}

/** An origin that is not in the list of encoders' servers takes browsers all the same: they reach it through the PoP. */
function candidate({ ingest, draining, ...row }: OriginRow): IngestCandidate {
  const endpoint = ingest === null ? nowhere : (JSON.parse(ingest) as IngestEndpoint);
  return { ...endpoint, ...row, draining: draining === 1 };
}

const nowhere: IngestEndpoint = { rtmpUrl: '', rtmpsUrl: null, place: null };
