import { Hono } from 'hono';
import { jwtVerify } from 'jose';
import { keyRing } from '../../workers/access/key-ring.ts';
import { leases } from '../../workers/access/leases.ts';
import { rates } from '../../workers/access/rates.ts';
import { revocations } from '../../workers/access/revocations.ts';
import { controlApi } from '../../workers/control/api.ts';
import type { Env } from '../../workers/env.ts';

export { LeaseDesk } from '../../workers/access/desk/lease-desk.ts';
export { RevocationDesk } from '../../workers/access/desk/revocation-desk.ts';

/** A PoP that answers what its gate would ask, beside the API. */
const atOnce = 100;

const app = new Hono<{ Bindings: Env }>();

app.route('/api/v1', controlApi);
app.post('/is-revoked', async (c) => {
  const { isRevoked } = revocations(c.env, (work) => c.executionCtx.waitUntil(work));
  return c.json(await isRevoked(await c.req.json()));
});
/** Of the sessions `<lead>-<from>` to `<lead>-<to>`: how many are refused. */
app.get('/revoked-sessions/:lead/:from/:to', async (c) => {
  const { lead, from, to } = c.req.param();
  const { isRevoked } = revocations(c.env, (work) => c.executionCtx.waitUntil(work));
  const nobody = { kid: 'k', owner: null, link: null, viewer: null, channel: null, broadcast: null, issuedMs: 0 };
  let revoked = 0;
  for (let i = Number(from); i < Number(to); i++) {
    if (await isRevoked({ ...nobody, session: `${lead}-${i}` })) revoked++;
  }
  return c.json(revoked);
});
/** Revokes such sessions until a time, as the API does with each, until all are or the list is full; answers how many. */
app.post('/revoke-sessions/:lead/:from/:to/:untilMs', async (c) => {
  const { lead, from, to, untilMs } = c.req.param();
  const desk = c.env.REVOCATIONS.get(c.env.REVOCATIONS.idFromName('revocations'));
  const input = { kind: 'session', issuedBeforeMs: null, untilMs: Number(untilMs), label: '' } as const;
  let done = 0;
  for (let i = Number(from); i < Number(to); i += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, Number(to) - i) }, (_, at) => `${lead}-${i + at}`);
    const made = await Promise.all(some.map((value) => desk.revoke({ ...input, value })));
    done += made.filter((one: unknown) => one !== null).length;
  }
  return c.json(done);
});
app.post('/renew', async (c) => {
  const { renew } = leases(c.env, (work) => c.executionCtx.waitUntil(work));
  return c.json(await renew(await c.req.json()));
});
app.post('/verify', async (c) => {
  const token = await c.req.text();
  const { kid } = JSON.parse(atob(token.split('.')[0]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''));
  const found = await keyRing(c.env).find(kid, c.req.query('channel') ?? null);
  if (!found) return c.json(null);
  const { payload } = await jwtVerify(token, found.key, { algorithms: [found.algorithm] });
  return c.json({ payload, channel: found.channel, algorithm: found.algorithm, untilMs: found.untilMs });
});
app.get('/key/:kid', async (c) => {
  const found = await keyRing(c.env).find(c.req.param('kid'), c.req.query('channel') ?? null);
  return c.json(found && { channel: found.channel, algorithm: found.algorithm, untilMs: found.untilMs });
});
app.get('/rates/:ip/:token', async (c) => {
  const { mayBegin, mayBeRefused } = rates(c.env);
  const { ip, token } = c.req.param();
  return c.json([await mayBegin(ip, token), await mayBeRefused(ip)]);
});
app.onError((error, c) => c.json({ thrown: error.name, message: error.message }, 500));

export default app;
