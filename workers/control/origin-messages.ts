import * as z from 'zod/mini';
import { controlLimits } from '#shared/limits.ts';
import { broadcastStates } from '#shared/model/broadcast.ts';
import { findingCodes } from '#shared/model/finding.ts';
import { isBroadcastId, isRenditionName } from '#shared/model/id.ts';
import { replayStates } from '#shared/model/replay-status.ts';
import { channelName, title } from './schemas.ts';

/** Messages of origins (shared/wire/control.ts). Unknown fields are dropped, so that a newer origin can say more. */

const textMax = 64;
const amount = z.number().check(z.nonnegative());
const short = z.string().check(z.maxLength(textMax));
const sentence = z.string().check(z.maxLength(controlLimits.sentenceCharsMax));
const originId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be letters, digits, - and _, at most 64'));
const broadcastId = z.string().check(z.refine(isBroadcastId, 'is not a broadcast id'));
const name = z.string().check(z.refine(isRenditionName, 'is not a rendition name'));

const encoderChars = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
/** Whatever an encoder calls itself must not keep it from publishing: cleaned and cut, never refused. */
const encoder = z.pipe(
  z.string(),
  z.transform((text: string) => [...text.replace(encoderChars, '')].slice(0, textMax).join('').trim()),
);

/** Body of `POST /origin/publish`. */
export const publishQuestion = z.object({ origin: originId, streamKey: z.string(), ip: short, encoder });

const sourceVideo = z.object({
  codec: z.enum(['h264', 'hevc', 'av1', 'vp9', 'unsupported']),
  codecString: short,
  width: amount,
  height: amount,
  frameRate: amount,
  frameRateConstant: z.boolean(),
  gopMs: z.nullable(amount),
  hasBFrames: z.boolean(),
  openGop: z.boolean(),
  // Origins before 0.2 do not say.
  interlaced: z._default(z.boolean(), false),
  captions: z.array(z.enum(['CC1', 'CC2', 'CC3', 'CC4'])).check(z.maxLength(4)),
  bitrate: amount,
});

const sourceAudio = z.object({
  codec: z.enum(['aac', 'opus', 'mp3', 'unsupported']),
  sampleRate: amount,
  channels: amount,
  bitrate: amount,
});

const source = z.object({ video: z.nullable(sourceVideo), audio: z.nullable(sourceAudio), encoder });

const rendition = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('video'),
    name,
    codec: short,
    width: amount,
    height: amount,
    frameRate: amount,
    bitrate: amount,
    passthrough: z.boolean(),
  }),
  z.object({
    kind: z.literal('audio'),
    name,
    codec: short,
    channels: amount,
    sampleRate: amount,
    bitrate: amount,
  }),
]);

const finding = z.object({
  code: z.enum(findingCodes),
  severity: z.enum(['info', 'warning', 'error']),
  sentence,
  fix: sentence,
  openedMs: amount,
  expectedMs: z.optional(amount),
});

const stage = z.nullable(z.object({ p50Ms: amount, p95Ms: amount }));

const health = z.object({
  fps: amount,
  speed: amount,
  bitrate: amount,
  droppedFrames: amount,
  restarts: amount,
  dwell: z.optional(z.object({ ingest: stage, transcoder: stage, packager: stage, total: stage })),
  shedRungs: z.optional(amount),
});

/** Body of `POST /origin/broadcast`. */
export const broadcastReport = z.object({
  origin: originId,
  broadcast: broadcastId,
  state: z.enum(broadcastStates),
  atMs: z.int().check(z.nonnegative()),
  source: z.nullable(source),
  renditions: z.array(rendition).check(z.maxLength(controlLimits.reportRenditionsMax)),
  findings: z.array(finding).check(z.maxLength(controlLimits.reportFindingsMax)),
  health: z.nullable(health),
});

const replayStatus = {
  state: z.enum(replayStates),
  uploaded: z.number().check(z.gte(0), z.lte(1)),
  sizeBytes: amount,
  durationMs: amount,
  gapMs: amount,
};

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
  renditions: z.array(rendition).check(z.maxLength(controlLimits.reportRenditionsMax)),
  replay: z.nullable(z.object(replayStatus)),
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
