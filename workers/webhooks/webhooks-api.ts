import { Hono } from 'hono';
import { parseBody, readBody } from '../control/body.ts';
import { pageOf, refuseMethod } from '../control/call.ts';
import { ProblemError } from '../control/respond.ts';
import type { Env } from '../env.ts';
import { changeWebhook, createWebhook, deleteWebhook, getWebhook, listWebhooks, noWebhook } from './endpoints.ts';
import { courierOf } from './poke.ts';
import { newWebhook, redelivery, webhookChange } from './schemas.ts';

/** Webhooks and their deliveries; mounted behind the API token. docs/protocol/webhooks.md */
export const webhooksApi = new Hono<{ Bindings: Env }>();

webhooksApi.post('/webhooks', async (c) => {
  const webhook = await createWebhook(c.env, parseBody(newWebhook, await readBody(c.req.raw)), Date.now());
  return c.json(webhook, 201, { location: `/api/v1/webhooks/${webhook.id}` });
});
webhooksApi.get('/webhooks', async (c) => c.json(await listWebhooks(c.env.DB, pageOf(c))));
webhooksApi.all('/webhooks', refuseMethod('GET, HEAD, POST'));
webhooksApi.get('/webhooks/:id', async (c) => c.json(await getWebhook(c.env.DB, c.req.param('id'))));
webhooksApi.patch('/webhooks/:id', async (c) => {
  const change = parseBody(webhookChange, await readBody(c.req.raw));
  return c.json(await changeWebhook(c.env, c.req.param('id'), change, Date.now()));
});
webhooksApi.delete('/webhooks/:id', async (c) => {
  await deleteWebhook(c.env, c.req.param('id'));
  return c.body(null, 204);
});
webhooksApi.all('/webhooks/:id', refuseMethod('GET, HEAD, PATCH, DELETE'));
webhooksApi.get('/webhooks/:id/deliveries', async (c) => {
  const { id } = await getWebhook(c.env.DB, c.req.param('id'));
  return c.json({ deliveries: await courierOf(c.env.WEBHOOKS, id).deliveries() });
});
webhooksApi.all('/webhooks/:id/deliveries', refuseMethod('GET, HEAD'));
webhooksApi.post('/webhooks/:id/test', async (c) => {
  const { id } = await getWebhook(c.env.DB, c.req.param('id'));
  const delivery = await courierOf(c.env.WEBHOOKS, id).test(id);
  if (!delivery) throw noWebhook();
  return c.json(delivery);
});
webhooksApi.all('/webhooks/:id/test', refuseMethod('POST'));
webhooksApi.post('/webhooks/:id/redeliver', async (c) => {
  const { event } = parseBody(redelivery, await readBody(c.req.raw));
  const { id } = await getWebhook(c.env.DB, c.req.param('id'));
  const delivery = await courierOf(c.env.WEBHOOKS, id).redeliver(id, event);
  if (!delivery) throw new ProblemError('not_found', 'There is no such event any more.');
  return c.json(delivery);
});
webhooksApi.all('/webhooks/:id/redeliver', refuseMethod('POST'));
