import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlStage } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const refusals = (channel: string) =>
  stage.sql(
    "SELECT json_extract(detail, '$.why') AS why FROM events WHERE channel = ?1 AND type = 'key.refused'",
    channel,
  );

describe('a stream key', () => {
  test('is replaced with a grace: both are taken, then only the new one', async () => {
    const { id, streamKey, keyId } = await stage.channel();
    const { status, json } = await stage.person('POST', `/channels/${id}/keys/${keyId}/rotate`, { graceMs: 60_000 });
    expect(status).toBe(201);
    expect(json.old).toMatchObject({ id: keyId, replacedBy: json.key.id, expiresMs: expect.any(Number) });
    expect(json.key.label).toBe('OBS');
    const { broadcast } = await stage.publish(streamKey);
    expect((await stage.publish(json.key.streamKey)).broadcast).toBe(broadcast);

    await stage.sql('UPDATE stream_keys SET expires_ms = 1 WHERE id = ?1', keyId);
    expect((await stage.publish(streamKey)).code).toBe('unknown_key');
    expect(await refusals(id)).toEqual([{ why: 'replaced' }]);
    expect((await stage.person('POST', `/channels/${id}/keys/${keyId}/rotate`)).json.code).toBe('conflict');
  });

  test('is replaced now: what it publishes ends, as if it were deleted', async () => {
    const { id, streamKey, keyId } = await stage.channel();
    const { broadcast } = await stage.publish(streamKey);
    const { json } = await stage.person('POST', `/channels/${id}/keys/${keyId}/rotate`, { graceMs: 0 });
    expect((await stage.heartbeat([broadcast])).json.end).toEqual([broadcast]);
    expect((await stage.publish(streamKey)).code).toBe('unknown_key');
    expect((await stage.publish(json.key.streamKey)).accepted).toBe(true);
  });

  test('gets another label, and does not count any more when it is over', async () => {
    const { id, keyId } = await stage.channel();
    const changed = await stage.person('PATCH', `/channels/${id}/keys/${keyId}`, { label: 'Van' });
    expect(changed.json).toMatchObject({ id: keyId, label: 'Van' });
    for (let i = 0; i < 19; i++) await stage.person('POST', `/channels/${id}/keys`);
    expect((await stage.person('POST', `/channels/${id}/keys`)).status).toBe(409);
    await stage.sql('UPDATE stream_keys SET expires_ms = 1 WHERE id = ?1', keyId);
    expect((await stage.person('POST', `/channels/${id}/keys`)).status).toBe(201);
    const first = await stage.person('GET', `/channels/${id}/keys?limit=15`);
    const rest = await stage.person('GET', `/channels/${id}/keys?cursor=${first.json.next}`);
    expect([first.json.keys.length, rest.json.keys.length, rest.json.next]).toEqual([15, 5, null]);
  });

  test('that was deleted is told of when somebody publishes with it', async () => {
    const { id, streamKey, keyId } = await stage.channel();
    await stage.person('DELETE', `/channels/${id}/keys/${keyId}`);
    expect((await stage.publish(streamKey)).code).toBe('unknown_key');
    expect(await refusals(id)).toEqual([{ why: 'deleted' }]);
  });
});

describe("a channel's events", () => {
  const told = (channel: string) =>
    stage.sql('SELECT sequence, type FROM events WHERE channel = ?1 ORDER BY sequence', channel);

  test('go on counting when the old ones are gone, also for a channel of the same id', async () => {
    const { id, streamKey } = await stage.channel({ id: 'counted' });
    const { broadcast } = await stage.publish(streamKey);
    await stage.report(broadcast, 'live');
    await stage.sql('DELETE FROM events WHERE channel = ?1', id);
    await stage.report(broadcast, 'ended');
    expect(await told(id)).toEqual([{ sequence: 2, type: 'channel.ended' }]);

    await stage.person('DELETE', `/channels/${id}`);
    const again = await stage.channel({ id: 'counted' });
    const next = await stage.publish(again.streamKey);
    await stage.report(next.broadcast, 'live');
    expect((await told(id)).at(-1)).toEqual({ sequence: 3, type: 'channel.live' });
  });

  test('say that an origin died without a word, once, and that it is back', async () => {
    const { id, streamKey } = await stage.channel();
    const { broadcast } = await stage.publish(streamKey, 'o-silent');
    await stage.heartbeat([broadcast], 'o-silent');
    await stage.report(broadcast, 'live', { origin: 'o-silent' });
    await stage.silence('o-silent', 60_000);
    // Any call that changes something looks after it.
    await stage.channel();
    await stage.channel();
    await expect
      .poll(async () => (await told(id)).map(({ type }) => type))
      .toEqual(['channel.live', 'channel.interrupted']);
    await stage.heartbeat([broadcast], 'o-silent');
    await stage.channel();
    await expect.poll(async () => (await told(id)).at(-1)?.type).toBe('channel.resumed');
  });
});
