import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ControlStage } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
  for (const id of ['news', 'sport']) await stage.person('POST', '/channels', { id, title: id });
}, 30_000);
afterAll(() => stage?.stop());

/** A call with this token. */
function as(token: string, method: string, path: string, body?: object): Promise<Answer> {
  const init = { method, headers: { authorization: `Bearer ${token}` }, ...(body && { body: JSON.stringify(body) }) };
  return stage.call(`/api/v1${path}`, init);
}

async function newToken(fields: object): Promise<{ id: string; token: string }> {
  const { status, json } = await stage.person('POST', '/tokens', fields);
  expect(status).toBe(201);
  return json;
}

describe('tokens of the API', () => {
  test('are told once and stored as digests, and say whose they are', async () => {
    const made = await stage.person('POST', '/tokens', { role: 'owner', channel: 'news', label: ' The anchor ' });
    const { token, ...details } = made.json;
    expect(token).toMatch(/^tk_[0-9a-z]{20}_[0-9a-z]{32}$/);
    expect(details).toMatchObject({ role: 'owner', channel: 'news', label: 'The anchor', createdBy: 'administrator' });
    const [row] = await stage.sql('SELECT * FROM api_tokens WHERE id = ?1', details.id);
    expect(row?.hash).toBe(createHash('sha256').update(token).digest('hex'));
    expect(JSON.stringify(row)).not.toContain(token.slice(-32));
    expect((await as(token, 'GET', '/me')).json).toEqual({ id: details.id, role: 'owner', channel: 'news' });

    const { json } = await stage.person('GET', '/tokens');
    const listed = json.tokens.find(({ id }: { id: string }) => id === details.id);
    expect(listed).toEqual({ ...details, lastUsedMs: expect.any(Number) });
  });

  test.each([
    [{ role: 'owner' }, 400],
    [{ role: 'admin', channel: 'news' }, 400],
    [{ role: 'king' }, 400],
    [{ role: 'viewer', expiresMs: 1 }, 400],
    [{ role: 'viewer', channel: 'nowhere' }, 404],
  ])('%j is refused with %i', async (fields, status) => {
    expect((await stage.person('POST', '/tokens', fields)).status).toBe(status);
  });

  test('are refused once they are revoked, over, or their channel is gone', async () => {
    const revoked = await newToken({ role: 'viewer' });
    expect((await stage.person('DELETE', `/tokens/${revoked.id}`)).status).toBe(204);
    expect((await stage.person('DELETE', `/tokens/${revoked.id}`)).status).toBe(204);
    expect((await as(revoked.token, 'GET', '/me')).json.detail).toMatch(/was revoked/);

    const over = await newToken({ role: 'viewer', expiresMs: Date.now() + 3_600_000 });
    expect((await as(over.token, 'GET', '/me')).status).toBe(200);
    await stage.sql('UPDATE api_tokens SET expires_ms = 1 WHERE id = ?1', over.id);
    expect((await as(over.token, 'GET', '/me')).json.detail).toMatch(/is over/);

    await stage.person('POST', '/channels', { id: 'gone', title: 'Gone' });
    const bound = await newToken({ role: 'owner', channel: 'gone' });
    await stage.person('DELETE', '/channels/gone');
    await stage.person('POST', '/channels', { id: 'gone', title: "Somebody else's" });
    expect((await as(bound.token, 'GET', '/me')).status).toBe(401);
    expect((await stage.person('DELETE', '/tokens/tk_none')).status).toBe(404);
  });

  test('of a channel see that channel in every list, and nothing of another', async () => {
    const { token } = await newToken({ role: 'owner', channel: 'news' });
    const { json } = await as(token, 'GET', '/channels');
    expect(json.channels.map(({ id }: { id: string }) => id)).toEqual(['news']);
    const sport = await stage.channel({ title: 'More sport' });
    await stage.publish(sport.streamKey);
    expect((await stage.person('GET', '/broadcasts')).json.broadcasts).toHaveLength(1);
    expect((await as(token, 'GET', '/broadcasts')).json.broadcasts).toEqual([]);
    expect((await as(token, 'GET', '/broadcasts?channel=sport')).status).toBe(403);
  });

  test('of an owner do not switch a channel on that an administrator switched off', async () => {
    const { token } = await newToken({ role: 'owner', channel: 'sport' });
    await stage.person('PATCH', '/channels/sport', { disabled: true });
    expect((await as(token, 'PATCH', '/channels/sport', { disabled: false })).status).toBe(403);
    expect((await as(token, 'PATCH', '/channels/sport', { title: 'Sports' })).json.disabled).toBe(true);
  });
});
