import { type Context, Hono } from 'hono';
import type { Env } from '../env.ts';
import { parseBody, readBody } from './body.ts';
import { pageOf, refuseMethod } from './call.ts';
import { getChannel } from './channels.ts';
import { importKeySet, importPublicKey } from './key-import.ts';
import { createLink, getLink, listLinks, revokeLink } from './links.ts';
import { ProblemError } from './respond.ts';
import { createRevocation, deleteRevocation, listRevocations } from './revocations.ts';
import { explain } from './schemas.ts';
import { createSigningKey, getSigningKey, killSigningKey, listSigningKeys, rotateSigningKey } from './signing-keys.ts';
import { newLink, newRevocation, newSigningKey, revocationFilter, rotation } from './signing-schemas.ts';

type Call = Context<{ Bindings: Env }>;

/** Who calls: there is one API token, and it is the administrator's. */
const caller = 'administrator';

/** Signing keys, links and revocations: the calls of people who decide who may watch. Mounted behind the API token. */
export const accessApi = new Hono<{ Bindings: Env }>();

accessApi.post('/signing-keys', async (c) => {
  const nowMs = Date.now();
  const { algorithm, jwk, jwksUrl, ...owner } = parseBody(newSigningKey, await readBody(c.req.raw));
  if (owner.channel !== null) await getChannel(c.env.DB, owner.channel, nowMs);
  if (jwk) return c.json(await importPublicKey(c.env, jwk, owner, nowMs), 201);
  if (jwksUrl) return c.json(await importKeySet(c.env, jwksUrl, owner, nowMs), 201);
  return c.json(await createSigningKey(c.env, { ...owner, algorithm: algorithm ?? 'HS256' }, nowMs), 201);
});
accessApi.get('/signing-keys', async (c) =>
  c.json(await listSigningKeys(c.env.DB, c.req.query('channel') ?? null, pageOf(c), Date.now())),
);
accessApi.all('/signing-keys', refuseMethod('GET, HEAD, POST'));
accessApi.get('/signing-keys/:kid', async (c) => c.json(await getSigningKey(c.env.DB, c.req.param('kid'), Date.now())));
accessApi.delete('/signing-keys/:kid', async (c) => {
  await killSigningKey(c.env, c.req.param('kid'), Date.now());
  return c.body(null, 204);
});
accessApi.all('/signing-keys/:kid', refuseMethod('GET, HEAD, DELETE'));
accessApi.post('/signing-keys/:kid/rotate', async (c) => {
  const { overlapMs } = parseBody(rotation, await bodyOrEmpty(c));
  return c.json(await rotateSigningKey(c.env, c.req.param('kid'), overlapMs, Date.now()), 201);
});
accessApi.all('/signing-keys/:kid/rotate', refuseMethod('POST'));

accessApi.post('/links', async (c) => {
  const input = parseBody(newLink, await readBody(c.req.raw));
  const link = await createLink(c.env, input, caller, Date.now());
  return c.json(link, 201, { location: `/api/v1/links/${link.id}` });
});
accessApi.get('/links', async (c) =>
  c.json(await listLinks(c.env.DB, c.req.query('channel') ?? null, pageOf(c), Date.now())),
);
accessApi.all('/links', refuseMethod('GET, HEAD, POST'));
accessApi.get('/links/:id', async (c) => c.json(await getLink(c.env.DB, c.req.param('id'), Date.now())));
accessApi.delete('/links/:id', async (c) => {
  await revokeLink(c.env, c.req.param('id'), Date.now());
  return c.body(null, 204);
});
accessApi.all('/links/:id', refuseMethod('GET, HEAD, DELETE'));

accessApi.post('/revocations', async (c) => {
  const input = parseBody(newRevocation, await readBody(c.req.raw));
  return c.json(await createRevocation(c.env, input, Date.now()), 201);
});
accessApi.get('/revocations', async (c) => {
  const filter = revocationFilter.safeParse({ kind: c.req.query('kind') ?? null });
  if (!filter.success) throw new ProblemError('bad_request', explain(filter.error));
  return c.json(await listRevocations(c.env, filter.data.kind, pageOf(c)));
});
accessApi.all('/revocations', refuseMethod('GET, HEAD, POST'));
accessApi.delete('/revocations/:id', async (c) => {
  await deleteRevocation(c.env, c.req.param('id'));
  return c.body(null, 204);
});
accessApi.all('/revocations/:id', refuseMethod('DELETE'));

async function bodyOrEmpty(c: Call): Promise<Uint8Array> {
  const bytes = await readBody(c.req.raw);
  return bytes.byteLength === 0 ? new TextEncoder().encode('{}') : bytes;
}
