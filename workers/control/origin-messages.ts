import * as z from 'zod/mini';
import { controlLimits } from '#shared/limits/control.ts';
import { broadcastStates } from '#shared/model/broadcast.ts';
import { isBroadcastId, isImportId } from '#shared/model/id.ts';
import { encoder, findings, health, renditions, replayStatus, source } from './contract/report.ts';
import { channelName, printable, title } from './schemas.ts';

/** Messages of origins (shared/wire/control.ts). Unknown fields are dropped, so that a newer origin can say more. */

const textMax = 64;
const amount = z.number().check(z.nonnegative());
const short = z.string().check(z.maxLength(textMax));
const originId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be letters, digits, - and _, at most 64'));
const broadcastId = z.string().check(z.refine(isBroadcastId, 'is not a broadcast id'));
const importId = z.string().check(z.refine(isImportId, 'is not an import id'));
/** Body of `POST /origin/publish`. */
export const publishQuestion = z.object({
  origin: originId,
  streamKey: z.string(),
  ip: short,
  encoder,
  session: z.optional(short),
  standsBy: z.optional(z.boolean()),
});

/** Body of `POST /origin/join`: an id that the origin's own configuration allows too. */
export const joinQuestion = z.object({
  token: short.check(z.maxLength(128)),
  origin: z
    .string()
    .check(z.regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be lower-case letters, digits, - and _, at most 63')),
  version: short,
  kid: z.optional(short),
});

/** Body of `POST /origin/lease`. */
export const leaseQuestion = z.object({
  origin: originId,
  channel: channelName,
  session: short,
  wish: z.enum(['claim', 'hold', 'leave']),
});

/** Body of `POST /origin/broadcast`. */
export const broadcastReport = z.object({
  origin: originId,
  broadcast: broadcastId,
  state: z.enum(broadcastStates),
  atMs: z.int().check(z.nonnegative()),
  source: z.nullable(source),
  renditions,
  findings,
  health: z.nullable(health),
});

/** Body of `POST /origin/replay`. */
export const replayReport = z.object({ origin: originId, broadcast: broadcastId, ...replayStatus });

/** Body of `POST /origin/import`. */
export const importReport = z.object({
  origin: originId,
  broadcast: broadcastId,
  channel: channelName,
  title: z.nullable(title),
  startedMs: z.int().check(z.nonnegative()),
  endedMs: z.int().check(z.nonnegative()),
  source: z.nullable(source),
  renditions,
  replay: z.nullable(z.object(replayStatus)),
  job: z.optional(importId),
});

/** Body of `POST /origin/imports/claim`. */
export const importClaim = z.object({ origin: originId });

/** Body of `POST /origin/imports/report`. */
export const importProgress = z.object({
  origin: originId,
  id: importId,
  state: z.enum(['encoding', 'uploading', 'ready', 'failed']),
  share: z.number().check(z.gte(0), z.lte(1)),
  broadcast: z.nullable(broadcastId),
  problem: z.nullable(
    z.object({
      code: z.string().check(z.regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be lower-case letters, digits and _, at most 64')),
      detail: printable(1, controlLimits.sentenceCharsMax),
    }),
  ),
});

/** Body of `POST /origin/heartbeat`. */
export const heartbeat = z.object({
  origin: originId,
  url: z.pipe(
    z.string().check(z.refine(isOriginUrl, 'must be http(s)://host[:port] without credentials, path or query')),
    z.transform((text: string) => new URL(text).origin),
  ),
  version: short,
  broadcasts: z.array(broadcastId).check(z.maxLength(controlLimits.heartbeatBroadcastsMax)),
  copies: z.optional(z.array(broadcastId).check(z.maxLength(controlLimits.heartbeatBroadcastsMax))),
  adopts: z.optional(z.boolean()),
  load: amount,
  capacity: z.optional(z.int().check(z.nonnegative())),
  region: z.optional(short),
  // Origins before 0.2 do not say.
  ingest: z._default(
    z.nullable(
      z.object({
        rtmpUrl: ingestUrl(/^rtmp:$/),
        rtmpsUrl: z.nullable(ingestUrl(/^rtmps:$/)),
        place: z.nullable(
          z.object({
            name: short,
            latitude: z.number().check(z.gte(-90), z.lte(90)),
            longitude: z.number().check(z.gte(-180), z.lte(180)),
          }),
        ),
      }),
    ),
    null,
  ),
});

/** An address that encoders publish to: scheme, host, port and application. */
function ingestUrl(protocol: RegExp) {
  const isIngestUrl = (text: string) => {
    const url = URL.parse(text);
    return url !== null && protocol.test(url.protocol) && /^\w+:\/\/[^/?#@\s]+\/[\w-]+$/.test(text);
  };
  return short.check(z.refine(isIngestUrl, 'must be rtmp(s)://host[:port]/application'));
}

/** An address that PoPs may ask: scheme, host and port, nothing else, at most 256 characters. */
function isOriginUrl(text: string): boolean {
  if (text.length > 256 || !URL.canParse(text)) return false;
  const { protocol, username, password, pathname } = new URL(text);
  if (username !== '' || password !== '' || pathname !== '/' || /[?#]/.test(text)) return false;
  return protocol === 'http:' || protocol === 'https:';
}
