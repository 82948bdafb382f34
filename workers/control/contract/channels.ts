import { z } from '@hono/zod-openapi';
import { controlLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { broadcastStates } from '#shared/model/broadcast.ts';
import { channelName, latency, next, page, siteList, timeMs, title, visibility } from '../schemas.ts';
import { admin, owner, viewer } from './access.ts';
import { operation, type Shape } from './operation.ts';

const reconnectWindowMs = z.int().min(0).max(controlLimits.reconnectWindowMsMax);
const sourceUrl = z
  .string()
  .max(controlLimits.sourceUrlCharsMax)
  .regex(/^[\x21-\x7e]+$/, 'must be an address')
  .nullable()
  .openapi({ description: 'HLS or DASH manifest of another server that is played instead of broadcasts.' });

const sites = siteList.nullable().openapi({
  description: 'Only pages of these sites play it, live and recorded: `example.com`, `*.example.com`. Null: any.',
});

const retention = z
  .discriminatedUnion('keep', [
    z.strictObject({ keep: z.literal('all') }),
    z.strictObject({ keep: z.literal('days'), days: z.int().min(1).max(controlLimits.retentionDaysMax) }),
    z.strictObject({ keep: z.literal('last'), count: z.int().min(0).max(controlLimits.retentionLastMax) }),
  ])
  .openapi('Retention');

export const channelState = z.enum(['waiting', ...broadcastStates]).openapi('ChannelState');

const channel = z
  .object({
    id: z.string(),
    title: z.string(),
    latency,
    visibility,
    reconnectWindowMs: z.int(),
    slate: z.boolean().openapi({ description: "A picture of the origin's stands in while the publisher is gone." }),
    disabled: z.boolean(),
    sourceUrl: z.string().nullable(),
    sites: z.array(z.string()).nullable(),
    retention,
    createdMs: timeMs,
    state: channelState,
    broadcast: z.string().nullable().openapi({ description: 'Open or newest broadcast.' }),
    playback: z
      .object({ hls: z.string(), dash: z.string(), watch: z.string() })
      .openapi({ description: 'Paths on every PoP.' }),
  })
  .openapi('Channel');
/** A channel as its owner sees it. */
export type ChannelDetails = Shape<typeof channel>;

const newChannel = z
  .strictObject({
    id: channelName.optional(),
    title,
    latency: latency.default('low'),
    visibility: visibility.default('public'),
    reconnectWindowMs: reconnectWindowMs.default(broadcastLimits.reconnectWindowMsDefault),
    slate: z.boolean().default(false),
    sourceUrl: sourceUrl.default(null),
    sites: sites.default(null),
    retention: retention.default({ keep: 'all' }),
  })
  .openapi('NewChannel');
export type NewChannel = z.output<typeof newChannel>;

const channelChange = z
  .strictObject({
    title: title.optional(),
    latency: latency.optional(),
    visibility: visibility.optional(),
    reconnectWindowMs: reconnectWindowMs.optional(),
    slate: z.boolean().optional(),
    disabled: z.boolean().optional(),
    sourceUrl: sourceUrl.optional(),
    sites: sites.optional(),
    retention: retention.optional(),
  })
  .openapi('ChannelChange');
export type ChannelChange = z.output<typeof channelChange>;

const of = { tag: 'Channels' } as const;
const one = { ...of, path: '/channels/{id}' } as const;

export const createChannelCall = operation({
  ...of,
  id: 'createChannel',
  method: 'post',
  path: '/channels',
  summary: 'Creates a channel.',
  access: admin,
  body: newChannel,
  status: 201,
  answer: channel,
  refusals: ['conflict'],
});

export const listChannelsCall = operation({
  ...of,
  id: 'listChannels',
  method: 'get',
  path: '/channels',
  summary: 'Channels by id.',
  access: viewer('list'),
  query: page,
  status: 200,
  answer: z.object({ channels: z.array(channel), next }),
});

export const getChannelCall = operation({
  ...one,
  id: 'getChannel',
  method: 'get',
  summary: 'One channel.',
  access: viewer('channel'),
  status: 200,
  answer: channel,
  refusals: ['not_found'],
});

export const changeChannelCall = operation({
  ...one,
  id: 'changeChannel',
  method: 'patch',
  summary: 'Changes what is given; `disabled` ends what runs, and is for administrators.',
  access: owner('channel'),
  body: channelChange,
  status: 200,
  answer: channel,
  refusals: ['not_found'],
});

export const deleteChannelCall = operation({
  ...one,
  id: 'deleteChannel',
  method: 'delete',
  summary: 'Deletes a channel with its stream keys, broadcasts and replays.',
  access: admin,
  status: 204,
  refusals: ['not_found'],
});
