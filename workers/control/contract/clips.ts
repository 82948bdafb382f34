import { z } from '@hono/zod-openapi';
import { controlLimits } from '#shared/limits/control.ts';
import { broadcastId, channelName, next, pageOfChannel, timeMs, title, visibility } from '../schemas.ts';
import { owner, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const clip = z
  .object({
    id: z.string(),
    broadcast: z.string(),
    channel: z.string(),
    title: z.string(),
    visibility,
    startMs: timeMs,
    endMs: timeMs,
    durationS: z.number(),
    startOffsetS: z.number(),
    endOffsetS: z.number(),
    createdMs: timeMs,
    playback: z
      .object({ hls: z.string(), dash: z.string(), download: z.string(), page: z.string() })
      .openapi({ description: 'Paths on every PoP.' }),
  })
  .openapi('Clip');
/** A clip as its owner sees it. */
export type ClipDetails = Shape<typeof clip>;

const newClip = z
  .strictObject({
    broadcast: broadcastId.optional(),
    channel: channelName.optional(),
    title: title.optional(),
    startMs: timeMs.optional(),
    endMs: timeMs.optional(),
    lastS: z
      .number()
      .min(controlLimits.clipMsMin / 1_000)
      .max(controlLimits.clipLastSMax)
      .optional(),
    visibility: visibility.optional(),
  })
  .refine(({ broadcast, channel }) => (broadcast === undefined) !== (channel === undefined), {
    message: 'give either broadcast or channel',
  })
  .refine(
    ({ startMs, endMs, lastS }) =>
      lastS === undefined ? startMs !== undefined && endMs !== undefined : startMs === undefined && endMs === undefined,
    { message: 'give either startMs and endMs or lastS' },
  )
  .refine(({ startMs = 0, endMs = Number.POSITIVE_INFINITY }) => endMs - startMs >= controlLimits.clipMsMin, {
    message: `endMs must lie at least ${controlLimits.clipMsMin} ms after startMs`,
  })
  .openapi('NewClip', { description: "Of a broadcast or of a channel's current one; a range or what came last." });
export type NewClip = z.output<typeof newClip>;

const clipChange = z.strictObject({ title: title.optional(), visibility: visibility.optional() }).openapi('ClipChange');
export type ClipChange = z.output<typeof clipChange>;

const of = { tag: 'Clips', path: '/clips/{id}', refusals: ['not_found'] } as const;

export const createClipCall = operation({
  tag: 'Clips',
  id: 'createClip',
  method: 'post',
  path: '/clips',
  summary: 'Makes a clip of what is there.',
  access: owner('body'),
  body: newClip,
  status: 201,
  answer: clip,
  refusals: [
    ...(['not_found', 'conflict', 'gone', 'outside_media', 'encoding_changes', 'too_early'] as const),
    ...(['upstream_failed', 'upstream_timeout', 'overloaded', 'too_many_requests', 'blocked_too_long'] as const),
  ],
});

export const listClipsCall = operation({
  tag: 'Clips',
  id: 'listClips',
  method: 'get',
  path: '/clips',
  summary: 'Clips, newest first.',
  access: viewer('list'),
  query: pageOfChannel.extend({ broadcast: z.string().max(64).optional() }),
  status: 200,
  answer: z.object({ clips: z.array(clip), next }),
});

export const getClipCall = operation({
  ...of,
  id: 'getClip',
  method: 'get',
  summary: 'One clip.',
  access: viewer('clip'),
  status: 200,
  answer: clip,
});

export const changeClipCall = operation({
  ...of,
  id: 'changeClip',
  method: 'patch',
  summary: 'Changes title and visibility.',
  access: owner('clip'),
  body: clipChange,
  status: 200,
  answer: clip,
  refusals: ['not_found', 'conflict'],
});

export const deleteClipCall = operation({
  ...of,
  id: 'deleteClip',
  method: 'delete',
  summary: 'Deletes a clip, and none of the media.',
  access: owner('clip'),
  status: 204,
});
