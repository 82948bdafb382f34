import * as z from 'zod/mini';
import { webhookLimits } from '#shared/limits.ts';
import { channelName, label } from '../control/schemas.ts';
import { eventTypes } from './event.ts';

const url = z.string().check(z.maxLength(webhookLimits.urlCharsMax), z.regex(/^[\x21-\x7e]+$/, 'must be an address'));
const types = z.array(z.enum(eventTypes)).check(z.maxLength(eventTypes.length));

/** `POST /webhooks`; unknown fields are refused. */
export const newWebhook = z.strictObject({
  url,
  channel: z._default(z.nullable(channelName), null),
  types: z._default(types, []),
  label: z._default(label, ''),
});
export type NewWebhook = z.output<typeof newWebhook>;

/** `PATCH /webhooks/:id`; unknown fields are refused, missing ones stay as they are. */
export const webhookChange = z.strictObject({
  url: z.optional(url),
  types: z.optional(types),
  label: z.optional(label),
  disabled: z.optional(z.boolean()),
});
export type WebhookChange = z.output<typeof webhookChange>;

/** `POST /webhooks/:id/redeliver`. */
export const redelivery = z.strictObject({ event: z.int().check(z.gte(1)) });
