import { z } from '@hono/zod-openapi';
import { webhookLimits } from '#shared/limits/control.ts';
import { eventTypes } from '#shared/model/event-type.ts';
import { owner, viewer } from '../control/contract/access.ts';
import { operation, type Shape } from '../control/contract/operation.ts';
import { channelName, label, next, page, pageOfChannel, timeMs } from '../control/schemas.ts';

const url = z
  .string()
  .max(webhookLimits.urlCharsMax)
  .regex(/^[\x21-\x7e]+$/, 'must be an address');
const eventType = z.enum(eventTypes).openapi('EventType');
const types = z.array(eventType).max(eventTypes.length).openapi({ description: 'Empty: all.' });

const webhook = z
  .object({
    id: z.string(),
    url: z.string(),
    channel: z.string().nullable().openapi({ description: 'Null: of all channels.' }),
    types: z.array(eventType),
    label: z.string(),
    createdMs: timeMs,
    disabledMs: timeMs.nullable(),
    disabledWhy: z.string().nullable().openapi({ description: 'When it was not its owner who disabled it.' }),
    waiting: z.int().openapi({ description: 'Events that wait to be delivered.' }),
  })
  .openapi('Webhook');
/** A webhook as its owner sees it: everything but the secret. */
export type WebhookDetails = Shape<typeof webhook>;

const delivery = z
  .object({
    event: z.int(),
    type: eventType,
    atMs: timeMs,
    attempt: z.int(),
    status: z.int().nullable().openapi({ description: 'Of the answer; null when there was none.' }),
    error: z.enum(['timeout', 'unreachable', 'address']).nullable(),
    tookMs: z.number(),
  })
  .openapi('Delivery');

const newWebhook = z
  .strictObject({
    url,
    channel: channelName.nullable().default(null),
    types: types.default([]),
    label: label.default(''),
  })
  .openapi('NewWebhook');
export type NewWebhook = z.output<typeof newWebhook>;

const webhookChange = z
  .strictObject({
    url: url.optional(),
    types: types.optional(),
    label: label.optional(),
    disabled: z.boolean().optional(),
  })
  .openapi('WebhookChange');
export type WebhookChange = z.output<typeof webhookChange>;

const createdWebhook = webhook
  .extend({ secret: z.string().openapi({ description: 'Told this once.' }) })
  .openapi('CreatedWebhook');

const rotation = z
  .strictObject({
    graceMs: z
      .int()
      .min(0)
      .max(webhookLimits.graceMsMax)
      .default(webhookLimits.graceMsDefault)
      .openapi({ description: 'For how long the old secret signs too.' }),
  })
  .openapi('WebhookRotation');

const of = { tag: 'Webhooks', path: '/webhooks/{id}', refusals: ['not_found'] } as const;
const all = { ...of, path: '/webhooks' } as const;

export const createWebhookCall = operation({
  ...all,
  id: 'createWebhook',
  method: 'post',
  summary: 'Enters an address that is told what happens from now on.',
  access: owner('body'),
  body: newWebhook,
  status: 201,
  answer: createdWebhook,
  refusals: ['not_found', 'conflict', 'not_configured'],
});

export const listWebhooksCall = operation({
  ...all,
  id: 'listWebhooks',
  method: 'get',
  summary: 'Webhooks by id.',
  access: viewer('list'),
  query: pageOfChannel,
  status: 200,
  answer: z.object({ webhooks: z.array(webhook), next }),
  refusals: [],
});

export const getWebhookCall = operation({
  ...of,
  id: 'getWebhook',
  method: 'get',
  summary: 'One webhook.',
  access: viewer('webhook'),
  status: 200,
  answer: webhook,
});

export const changeWebhookCall = operation({
  ...of,
  id: 'changeWebhook',
  method: 'patch',
  summary: 'Changes what is given; enabling, and other types, count for what happens from then on.',
  access: owner('webhook'),
  body: webhookChange,
  status: 200,
  answer: webhook,
});

export const rotateWebhookCall = operation({
  ...of,
  id: 'rotateWebhook',
  method: 'post',
  path: '/webhooks/{id}/rotate',
  summary: 'A new secret; the old one signs too for a while, or no more.',
  access: owner('webhook'),
  body: rotation,
  bodyMayBeMissing: true,
  status: 200,
  answer: createdWebhook,
  refusals: ['not_found', 'conflict', 'not_configured'],
});

export const deleteWebhookCall = operation({
  ...of,
  id: 'deleteWebhook',
  method: 'delete',
  summary: 'Deletes a webhook and the log of its deliveries.',
  access: owner('webhook'),
  status: 204,
});

export const listDeliveriesCall = operation({
  ...of,
  id: 'listDeliveries',
  method: 'get',
  path: '/webhooks/{id}/deliveries',
  summary: 'The last attempts, newest first.',
  access: viewer('webhook'),
  query: page,
  status: 200,
  answer: z.object({ deliveries: z.array(delivery), next }),
});

export const testWebhookCall = operation({
  ...of,
  id: 'testWebhook',
  method: 'post',
  path: '/webhooks/{id}/test',
  summary: 'Sends an event of no channel.',
  access: owner('webhook'),
  status: 200,
  answer: delivery,
  refusals: ['not_found', 'not_configured'],
});

export const redeliverCall = operation({
  ...of,
  id: 'redeliver',
  method: 'post',
  path: '/webhooks/{id}/redeliver',
  summary: 'Sends one event again.',
  access: owner('webhook'),
  body: z.strictObject({ event: z.int().min(1) }).openapi('Redelivery'),
  status: 200,
  answer: delivery,
  refusals: ['not_found', 'not_configured'],
});
