import type { Calls } from '../control/calls.ts';
import { ProblemError } from '../control/respond.ts';
import {
  changeWebhookCall,
  createWebhookCall,
  deleteWebhookCall,
  getWebhookCall,
  listDeliveriesCall,
  listWebhooksCall,
  redeliverCall,
  rotateWebhookCall,
  testWebhookCall,
} from './contract.ts';
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  noWebhook,
  rotateWebhook,
} from './endpoints.ts';
import { courierOf } from './poke.ts';

/** Webhooks and their deliveries. docs/protocol/webhooks.md */
export function mountWebhooks(calls: Calls): void {
  calls.mount(createWebhookCall, async ({ c, env, body, nowMs }) => {
    const webhook = await createWebhook(env, body, nowMs);
    c.header('location', `/api/v1/webhooks/${webhook.id}`);
    return webhook;
  });
  calls.mount(listWebhooksCall, async ({ env, query }) => listWebhooks(env.DB, query.channel ?? null, query));
  calls.mount(getWebhookCall, async ({ env, params }) => getWebhook(env.DB, params.id));
  calls.mount(changeWebhookCall, async ({ env, params, body, nowMs }) => changeWebhook(env, params.id, body, nowMs));
  calls.mount(rotateWebhookCall, async ({ env, params, body, nowMs }) =>
    rotateWebhook(env, params.id, body.graceMs, nowMs),
  );
  calls.mount(deleteWebhookCall, async ({ c, env, params }) => {
    await deleteWebhook(env, params.id);
    return c.body(null, 204);
  });
  calls.mount(listDeliveriesCall, async ({ env, params, query }) => {
    const { id } = await getWebhook(env.DB, params.id);
    return courierOf(env.WEBHOOKS, id).deliveries(query.limit, query.cursor);
  });
  calls.mount(testWebhookCall, async ({ env, params }) => {
    const { id } = await getWebhook(env.DB, params.id);
    const delivery = await courierOf(env.WEBHOOKS, id).test(id);
    if (!delivery) throw noWebhook();
    return delivery;
  });
  calls.mount(redeliverCall, async ({ env, params, body }) => {
    const { id } = await getWebhook(env.DB, params.id);
    const delivery = await courierOf(env.WEBHOOKS, id).redeliver(id, body.event);
    if (!delivery) throw new ProblemError('not_found', 'There is no such event any more.');
    return delivery;
  });
}
