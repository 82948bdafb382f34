import { z } from '@hono/zod-openapi';
import { controlLimits } from '#shared/limits/control.ts';
import { findingCodes } from '#shared/model/finding.ts';
import { isRenditionName } from '#shared/model/id.ts';
import { replayStates } from '#shared/model/replay-status.ts';
import type { CaptionChannel } from '#shared/model/source.ts';

/** What origins say of a broadcast, and what the API hands on of it. Unknown fields are dropped, so that a newer origin can say more. */

const textMax = 64;
const amount = z.number().nonnegative();
const short = z.string().max(textMax);
const sentence = z.string().max(controlLimits.sentenceCharsMax);
const name = z.string().refine(isRenditionName, 'is not a rendition name');

const encoderChars = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
/** Whatever an encoder calls itself must not keep it from publishing: cleaned and cut, never refused. */
export const encoder = z
  .string()
  .overwrite((text) => [...text.replace(encoderChars, '')].slice(0, textMax).join('').trim());

const captionName = z
  .string()
  .regex(/^(?:CC[1-4]|SERVICE(?:[1-9]|[1-5][0-9]|6[0-3]))$/)
  .openapi({ description: 'CEA-608 channels and CEA-708 services (INSTREAM-ID of rfc8216bis 4.4.6.1).' });
// The pattern says what the type says, which zod does not see.
const captionChannel = captionName as unknown as z.ZodType<CaptionChannel, CaptionChannel>;

const sourceVideo = z.object({
  codec: z.enum(['h264', 'hevc', 'av1', 'vp9', 'unsupported']),
  codecString: short,
  width: amount,
  height: amount,
  frameRate: amount,
  frameRateConstant: z.boolean(),
  gopMs: amount.nullable(),
  hasBFrames: z.boolean(),
  openGop: z.boolean(),
  // Origins before 0.2 do not say.
  interlaced: z.boolean().optional(),
  captions: z.array(captionChannel).max(67),
  bitrate: amount,
});

const sourceAudio = z.object({
  codec: z.enum(['aac', 'opus', 'mp3', 'unsupported']),
  sampleRate: amount,
  channels: amount,
  bitrate: amount,
});

export const source = z
  .object({ video: sourceVideo.nullable(), audio: sourceAudio.nullable(), encoder })
  .openapi('Source', { description: 'What the encoder sends.' });

const rendition = z
  .discriminatedUnion('kind', [
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
  ])
  .openapi('Rendition');
export const renditions = z.array(rendition).max(controlLimits.reportRenditionsMax);

const finding = z
  .object({
    code: z.enum(findingCodes),
    severity: z.enum(['info', 'warning', 'error']),
    sentence,
    fix: sentence,
    openedMs: amount,
    expectedMs: amount.optional(),
  })
  .openapi('Finding');
export const findings = z.array(finding).max(controlLimits.reportFindingsMax);

const stage = z.object({ p50Ms: amount, p95Ms: amount }).nullable();

export const health = z
  .object({
    fps: amount,
    speed: amount,
    bitrate: amount,
    droppedFrames: amount,
    restarts: amount,
    dwell: z.object({ ingest: stage, transcoder: stage, packager: stage, total: stage }).optional(),
    shedRungs: amount.optional(),
  })
  .openapi('Health');

export const replayStatus = {
  state: z.enum(replayStates),
  uploaded: z.number().min(0).max(1),
  sizeBytes: amount,
  durationMs: amount,
  gapMs: amount,
};
