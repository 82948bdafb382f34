import { z } from '@hono/zod-openapi';
import { broadcastStates } from '#shared/model/broadcast.ts';
import { next, orNull, pageOfChannel, timeMs, title, visibility } from '../schemas.ts';
import { owner, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';
import { deletion } from './replays.ts';
import { findings, health, renditions, source } from './report.ts';

const broadcast = z
  .object({
    id: z.string(),
    channel: z.string(),
    origin: z.string(),
    title: z.string().nullable().openapi({ description: "Of its own; null: the channel's." }),
    visibility: visibility.nullable(),
    state: z.enum(broadcastStates),
    startedMs: timeMs,
    updatedMs: timeMs,
    endedMs: timeMs.nullable(),
    interruptedUntilMs: timeMs.nullable(),
    deletedMs: timeMs.nullable().openapi({ description: 'Since when it is no replay any more.' }),
    deletedWhy: z.string().nullable(),
  })
  .openapi('Broadcast');
/** A broadcast as its owner sees it. */
export type BroadcastDetails = Shape<typeof broadcast>;

const report = z.object({ source: orNull(source), renditions, findings, health: orNull(health) }).openapi('Report');

const broadcastWithReport = broadcast
  .extend({ report: orNull(report).openapi({ description: 'What its origin said last; null before that.' }) })
  .openapi('BroadcastWithReport');

const broadcastChange = z
  .strictObject({ title: title.nullable().optional(), visibility: visibility.nullable().optional() })
  .openapi('BroadcastChange', { description: 'Null: as its channel says.' });
export type BroadcastChange = z.output<typeof broadcastChange>;

const filters = pageOfChannel.extend({
  state: z.enum(broadcastStates).optional(),
  since: z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be a time in ms')
    .transform(Number)
    .optional()
    .openapi({ type: 'integer', minimum: 0, description: 'Those that began then or later, ms since the Unix epoch.' }),
});
export type BroadcastFilters = z.output<typeof filters>;

const of = { tag: 'Broadcasts', path: '/broadcasts/{id}', refusals: ['not_found'] } as const;

export const listBroadcastsCall = operation({
  tag: 'Broadcasts',
  id: 'listBroadcasts',
  method: 'get',
  path: '/broadcasts',
  summary: 'Broadcasts, newest first.',
  access: viewer('list'),
  query: filters,
  status: 200,
  answer: z.object({ broadcasts: z.array(broadcast), next }),
});

export const getBroadcastCall = operation({
  ...of,
  id: 'getBroadcast',
  method: 'get',
  summary: 'One broadcast with its last report.',
  access: viewer('broadcast'),
  status: 200,
  answer: broadcastWithReport,
});

export const changeBroadcastCall = operation({
  ...of,
  id: 'changeBroadcast',
  method: 'patch',
  summary: 'Changes title and visibility.',
  access: owner('broadcast'),
  body: broadcastChange,
  status: 200,
  answer: broadcastWithReport,
});

export const deleteBroadcastCall = operation({
  ...of,
  id: 'deleteBroadcast',
  method: 'delete',
  summary: 'Deletes the replay of a broadcast that is over.',
  access: owner('broadcast'),
  status: 202,
  answer: deletion,
  refusals: ['not_found', 'conflict'],
});
