import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arbiterLimits } from '#shared/limits/control.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { pollUntil } from '../support/poll.ts';
import { ControlStage } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const publish = (streamKey: string, origin: string) =>
  stage.publish(streamKey, origin, { session: `${origin}-1`, standsBy: true });
const contested = async (broadcast: string, origin: string, adopts = true) =>
  (await stage.heartbeat([broadcast], origin, { adopts })).json.contested ?? [];

/** A channel that one origin is live with. */
async function live(origin: string) {
  const { id, streamKey } = await stage.channel();
  const { broadcast } = await publish(streamKey, origin);
  await stage.report(broadcast, 'live', { origin });
  return { id, streamKey, broadcast };
}

describe('a publisher at another origin', () => {
  test('waits, and the origin that is active hears of it', async () => {
    const { id, streamKey, broadcast } = await live('o-first');
    expect(await contested(broadcast, 'o-first')).toEqual([]);
    expect(await publish(streamKey, 'o-second')).toMatchObject({
      accepted: false,
      code: 'broadcast_elsewhere',
      standby: { channel: id, broadcast },
    });
    expect(await contested(broadcast, 'o-first')).toEqual([broadcast]);
    // Nobody could go on with what is in no bucket.
    expect(await contested(broadcast, 'o-first', false)).toEqual([]);
    expect(await stage.lease(id, 'o-second')).toMatchObject({ role: 'standby', standbys: 1 });
    expect(await stage.lease(id, 'o-first')).toMatchObject({ role: 'active', epoch: 1, standbys: 1 });
    expect((await stage.lease(id, 'o-second')).leftMs).toBeLessThanOrEqual(arbiterLimits.leaseMs);
    const stopped = Date.now() - arbiterLimits.backupBelievedMs - 1;
    await stage.sql('UPDATE broadcasts SET backup_ms = ?2 WHERE id = ?1', broadcast, stopped);
    expect(await contested(broadcast, 'o-first')).toEqual([]);
  });

  test('is refused where its origin cannot stand by', async () => {
    const { streamKey } = await live('o-only');
    const answer = await stage.publish(streamKey, 'o-bare', { session: 's' });
    expect(answer).toMatchObject({ accepted: false, code: 'broadcast_elsewhere' });
    expect(answer.standby).toBeUndefined();
  });

  test('goes on with the same broadcast when the first has left, though its origin lives, and the first waits then', async () => {
    const { id, streamKey, broadcast } = await live('o-left');
    await publish(streamKey, 'o-next');
    await stage.lease(id, 'o-left');
    expect(await publish(streamKey, 'o-next')).toMatchObject({ accepted: false });
    await stage.lease(id, 'o-left', 'leave');
    expect(await stage.lease(id, 'o-next')).toMatchObject({ role: 'active', epoch: 2 });
    // Before the catalogue knows of it, nobody else gets in.
    expect(await publish(streamKey, 'o-left')).toMatchObject({ accepted: false, standby: { channel: id } });
    expect(await publish(streamKey, 'o-next')).toMatchObject({ accepted: true, resumed: true, broadcast });
    expect((await stage.heartbeat([broadcast], 'o-left')).json).toMatchObject({ moved: [broadcast] });
    expect(await publish(streamKey, 'o-left')).toMatchObject({ accepted: false, standby: { channel: id } });
    expect((await stage.person('GET', `/broadcasts/${broadcast}`)).json).toMatchObject({ origin: 'o-next' });
  });

  test('goes on when the first is not heard any more, before its origin counts as dead', async () => {
    const { id, streamKey, broadcast } = await live('o-silent');
    await publish(streamKey, 'o-ready');
    await stage.lease(id, 'o-silent');
    const isActive = async () => (await stage.lease(id, 'o-ready')).role === 'active';
    expect(await isActive()).toBe(false);
    await pollUntil(isActive, 'the lease to end', 4 * arbiterLimits.leaseMs);
    expect(await publish(streamKey, 'o-ready')).toMatchObject({ accepted: true, resumed: true, broadcast });
    expect(await stage.lease(id, 'o-silent')).toMatchObject({ role: 'standby' });
  });

  test('starts a broadcast of its own once that of the first has ended', async () => {
    const { id, streamKey, broadcast } = await live('o-ends');
    await publish(streamKey, 'o-after');
    await stage.report(broadcast, 'ended', { origin: 'o-ends' });
    expect(await stage.lease(id, 'o-after')).toMatchObject({ role: 'active' });
    expect(await publish(streamKey, 'o-after')).toMatchObject({ accepted: true, resumed: false });
  });

  test('is believed of an origin with a key of its own once the stream key was shown, and not before', async () => {
    const { id, streamKey, broadcast } = await live('o-theirs');
    const { token } = (await stage.person('POST', '/join-tokens', {})).json;
    const question = JSON.stringify({ token, origin: 'o-own', version: '0' });
    const { json: key } = await stage.call('/api/v1/origin/join', { method: 'POST', body: question });
    const own = async (call: string, message: object) =>
      (await stage.origin(call, { origin: 'o-own', session: 'o-own-1', ...message }, key)).json;
    const claim = (wish: string, channel = id) => own('lease', { channel, wish });
    const silent = await stage.channel();
    const strange = [await claim('claim'), await claim('hold'), await claim('claim', silent.id)];
    expect(strange.map(({ role, standbys }) => [role, standbys])).toEqual([0, 1, 2].map(() => ['refused', 0]));
    expect(await contested(broadcast, 'o-theirs')).toEqual([]);
    const asked = { ip: '192.0.2.7', encoder: 'OBS 31', standsBy: true };
    expect(await own('publish', { ...asked, streamKey })).toMatchObject({ standby: { channel: id, broadcast } });
    expect(await claim('claim')).toMatchObject({ role: 'standby', standbys: 1 });
    // Also after it was away for longer than its place was kept.
    await claim('leave');
    expect(await claim('claim')).toMatchObject({ role: 'standby', standbys: 1 });
    await stage.lease(id, 'o-theirs');
    await stage.lease(id, 'o-theirs', 'leave');
    expect(await claim('claim')).toMatchObject({ role: 'active', standbys: 0 });
    expect(await own('publish', { ...asked, streamKey })).toMatchObject({ accepted: true, resumed: true, broadcast });
    // What it makes by the catalogue it may hold.
    expect(await own('publish', { ...asked, streamKey: silent.streamKey })).toMatchObject({ accepted: true });
    expect(await claim('claim', silent.id)).toMatchObject({ role: 'active', epoch: 1 });
  });

  test('does not wait at one that takes no new broadcasts', async () => {
    const { streamKey } = await live('o-stays');
    await stage.heartbeat([], 'o-drained');
    await stage.person('PATCH', '/origins/o-drained', { draining: true });
    expect(await publish(streamKey, 'o-drained')).toMatchObject({ accepted: false, code: 'origin_draining' });
  });

  test('waits no more once its origin is drained, and nobody lets go for it', async () => {
    const { id, streamKey } = await live('o-keeps');
    await stage.heartbeat([], 'o-empties');
    await publish(streamKey, 'o-empties');
    expect(await stage.lease(id, 'o-empties')).toMatchObject({ role: 'standby', standbys: 1 });
    await stage.person('PATCH', '/origins/o-empties', { draining: true });
    expect(await stage.lease(id, 'o-empties')).toMatchObject({ role: 'refused', standbys: 0 });
    expect(await stage.lease(id, 'o-keeps')).toMatchObject({ role: 'active', standbys: 0 });
  });

  test('waits no more once its origin is full, and nobody lets go for it', async () => {
    const { id, streamKey } = await live('o-alone');
    expect(await publish(streamKey, 'o-fills')).toMatchObject({ standby: { channel: id } });
    expect(await stage.lease(id, 'o-fills')).toMatchObject({ role: 'standby', standbys: 1 });
    const numbers = JSON.stringify(Array.from({ length: broadcastLimits.broadcastsMax }, (_, number) => number));
    await stage.sql(
      "INSERT INTO channels (id, title, created_ms) SELECT 'f-' || value, '', 0 FROM json_each(?1)",
      numbers,
    );
    await stage.sql(
      `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
       SELECT 'f-' || value, 'f-' || value, 'sk', 'o-fills', 'live', 0, 0, 0 FROM json_each(?1)`,
      numbers,
    );
    expect(await stage.lease(id, 'o-fills')).toMatchObject({ role: 'refused', standbys: 0 });
    expect(await publish(streamKey, 'o-fills')).toMatchObject({ accepted: false, code: 'over_capacity' });
    expect(await stage.lease(id, 'o-alone')).toMatchObject({ role: 'active', standbys: 0 });
  });

  test('goes on when the origin of the first is drained, which is told so and takes its encoder no more', async () => {
    const { id, streamKey, broadcast } = await live('o-moves');
    const beat = async () => (await stage.heartbeat([broadcast], 'o-moves', { adopts: true })).json;
    await beat();
    await stage.person('PATCH', '/origins/o-moves', { draining: true });
    // Nobody waits: what is there goes on, also when its encoder comes again.
    expect(await beat()).not.toHaveProperty('drains');
    expect(await publish(streamKey, 'o-moves')).toMatchObject({ accepted: true, resumed: true });
    await publish(streamKey, 'o-takes');
    expect(await beat()).toMatchObject({ contested: [broadcast], drains: true });
    await stage.lease(id, 'o-moves');
    expect(await publish(streamKey, 'o-moves')).toMatchObject({ accepted: false, code: 'origin_draining' });
    await stage.lease(id, 'o-moves', 'leave');
    expect(await publish(streamKey, 'o-takes')).toMatchObject({ accepted: true, resumed: true, broadcast });
    expect(await publish(streamKey, 'o-moves')).toMatchObject({ accepted: false, code: 'origin_draining' });
  });

  test('does not take the place of an encoder whose drained origin cannot hand over', async () => {
    const { id, streamKey, broadcast } = await live('o-stuck');
    await stage.heartbeat([broadcast], 'o-stuck', { adopts: true });
    await stage.person('PATCH', '/origins/o-stuck', { draining: true });
    await publish(streamKey, 'o-hopes');
    await stage.lease(id, 'o-stuck');
    const interrupt = (forMs: number) =>
      stage.sql(
        "UPDATE broadcasts SET state = 'interrupted', state_ms = ?2 WHERE id = ?1",
        ...[broadcast, Date.now() - forMs],
      );
    const goesOn = { accepted: true, resumed: true, broadcast };
    await interrupt(0);
    expect(await publish(streamKey, 'o-stuck')).toMatchObject({ code: 'origin_draining' });
    // Without a bucket, ...
    expect(await stage.publish(streamKey, 'o-stuck', { session: 'o-stuck-1' })).toMatchObject(goesOn);
    // ... with one that takes nothing, ...
    await interrupt(arbiterLimits.backupBelievedMs + 1);
    expect(await publish(streamKey, 'o-stuck')).toMatchObject(goesOn);
    // ... and where the broadcast would be over first.
    await interrupt(0);
    await stage.person('PATCH', `/channels/${id}`, { reconnectWindowMs: arbiterLimits.backupBelievedMs - 1 });
    expect(await publish(streamKey, 'o-stuck')).toMatchObject(goesOn);
  });
});
