import { z } from '@hono/zod-openapi';
import { next, page, pageOfChannel, timeMs, visibility } from '../schemas.ts';
import { admin, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';
import { replayStatus } from './report.ts';

const sizeBytes = z.int().min(0);
const count = z.int().min(0);

/** A finished broadcast in a list. */
const replay = z
  .object({
    id: z.string(),
    title: z.string(),
    visibility,
    startedMs: timeMs,
    endedMs: timeMs,
    ...replayStatus,
    hls: z.string(),
    dash: z.string(),
    poster: z.string(),
    thumbnails: z.string(),
  })
  .openapi('Replay');

export const deletion = z
  .object({
    broadcast: z.string(),
    channel: z.string(),
    why: z.enum(['keep_days', 'keep_last', 'asked', 'channel_deleted']),
    state: z
      .enum(['running', 'held', 'done'])
      .openapi({ description: '`held`: what clips need is left, and goes with them.' }),
    clips: count.openapi({ description: 'Clips that some of it is kept for.' }),
    removedObjects: count,
    removedBytes: sizeBytes,
    createdMs: timeMs,
    updatedMs: timeMs,
  })
  .openapi('Deletion');
/** The removal of a broadcast's objects. */
export type Deletion = Shape<typeof deletion>;

const dueReplay = z
  .object({
    broadcast: z.string(),
    channel: z.string(),
    why: z.enum(['keep_days', 'keep_last']),
    endedMs: timeMs,
    sizeBytes: z.number().nullable().openapi({ description: 'Null when its origin did not say.' }),
    clips: count.openapi({ description: 'Clips of it: what they need stays.' }),
  })
  .openapi('DueReplay', { description: "A replay that its channel's policy does not keep." });
export type DueReplay = Shape<typeof dueReplay>;

const orphan = z
  .object({
    prefix: z.string(),
    why: z.enum(['unknown', 'deleted', 'not_media']),
    objects: count,
    sizeBytes,
  })
  .openapi('Orphan', { description: 'Objects below one prefix that no broadcast of the catalogue accounts for.' });
export type Orphan = Shape<typeof orphan>;

const lifecycleRule = z.object({
  ID: z.string(),
  Status: z.literal('Enabled'),
  Filter: z.object({ Prefix: z.string() }),
  Expiration: z.union([z.object({ Date: z.string() }), z.object({ Days: z.int() })]).optional(),
  AbortIncompleteMultipartUpload: z.object({ DaysAfterInitiation: z.int() }).optional(),
});
/** A rule in the shape of S3's `PutBucketLifecycleConfiguration`. */
export type LifecycleRule = Shape<typeof lifecycleRule>;

const of = { tag: 'Replays' } as const;

export const listReplaysCall = operation({
  ...of,
  id: 'listReplays',
  method: 'get',
  path: '/channels/{id}/replays',
  summary: "A channel's replays, newest first.",
  access: viewer('channel'),
  query: page,
  status: 200,
  answer: z.object({ replays: z.array(replay), next }),
  refusals: ['not_found'],
});

export const listAllReplaysCall = operation({
  ...of,
  id: 'listAllReplays',
  method: 'get',
  path: '/replays',
  summary: 'Replays of all channels that the token may see, newest first.',
  access: viewer('list'),
  query: pageOfChannel,
  status: 200,
  answer: z.object({ replays: z.array(replay.extend({ channel: z.string() }).openapi('ListedReplay')), next }),
});

export const listDueCall = operation({
  ...of,
  id: 'listDue',
  method: 'get',
  path: '/retention',
  summary: 'What the next run of the retention deletes.',
  access: viewer('list'),
  query: pageOfChannel,
  status: 200,
  answer: z.object({ due: z.array(dueReplay), next }),
});

export const runRetentionCall = operation({
  ...of,
  id: 'runRetention',
  method: 'post',
  path: '/retention',
  summary: 'Runs the retention now.',
  access: admin,
  status: 200,
  answer: z.object({
    marked: count.openapi({ description: 'Replays that are deleted from now on.' }),
    deletions: z.array(deletion).openapi({ description: 'Deletions that went on, and how far they are.' }),
    more: z.boolean().openapi({ description: 'There is more to do: the next run goes on.' }),
  }),
});

export const getLifecycleCall = operation({
  ...of,
  id: 'getLifecycle',
  method: 'get',
  path: '/retention/lifecycle',
  summary: "Rules for a bucket's own lifecycle.",
  access: viewer('deployment'),
  status: 200,
  answer: z.object({ Rules: z.array(lifecycleRule) }),
});

export const listDeletionsCall = operation({
  ...of,
  id: 'listDeletions',
  method: 'get',
  path: '/deletions',
  summary: 'Deletions, newest broadcast first.',
  access: viewer('list'),
  query: pageOfChannel,
  status: 200,
  answer: z.object({ deletions: z.array(deletion), next }),
});

export const listOrphansCall = operation({
  ...of,
  id: 'listOrphans',
  method: 'get',
  path: '/orphans',
  summary: "A page of the bucket's objects, and which of them belong to nothing.",
  access: viewer('deployment'),
  query: z.object({ cursor: z.string().max(2_048).optional() }),
  status: 200,
  answer: z.object({ orphans: z.array(orphan), looked: count, next }),
});

export const listUnrecordedCall = operation({
  ...of,
  id: 'listUnrecorded',
  method: 'get',
  path: '/orphans/unrecorded',
  summary: 'Ended broadcasts that have no record in the bucket.',
  access: viewer('deployment'),
  query: page,
  status: 200,
  answer: z.object({
    broadcasts: z.array(z.object({ id: z.string(), channel: z.string(), endedMs: timeMs })),
    looked: count,
    next,
  }),
});

export const listMissingCall = operation({
  ...of,
  id: 'listMissing',
  method: 'get',
  path: '/orphans/missing',
  summary: 'Segments that records name and the bucket lacks, newest broadcast first.',
  access: viewer('deployment'),
  query: page,
  status: 200,
  answer: z.object({
    segments: z.array(
      z.object({ broadcast: z.string(), channel: z.string(), rendition: z.string(), msn: count, seenMs: timeMs }),
    ),
    looked: count,
    next,
  }),
});
