import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());
vi.setConfig({ testTimeout: 30_000 });

const watch = (channel: string) => stage.call(`/api/v1/watch/${channel}`);
const resolve = async (channel: string) => (await stage.call(`/resolve/${channel}`)).json;

/** What is told may be a second old: ask until it holds. */
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 100 });

const video = { kind: 'video', codec: 'avc1', width: 1, frameRate: 30, bitrate: 1, passthrough: false };
const ladder = [
  { ...video, name: 'v720', height: 720 },
  { ...video, name: 'v1080', height: 1080 },
  { kind: 'audio', name: 'a1', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 1 },
];

describe('the watch view and the directory', () => {
  test('follow a channel from its first second to its last', async () => {
    const { id, streamKey } = await stage.channel({ title: 'Follow', reconnectWindowMs: 30_000 });
    const waiting = {
      channel: id,
      title: 'Follow',
      state: 'waiting',
      latency: 'low',
      broadcast: null,
      startedMs: null,
      endedMs: null,
      interruptedUntilMs: null,
      hls: `/live/${id}/index.m3u8`,
      dash: `/live/${id}/index.mpd`,
      pop: 'tst',
      nowMs: expect.any(Number),
    };
    const first = await watch(id);
    expect(first.json).toEqual(waiting);
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    expect(first.headers.get('cache-control')).toBe('max-age=1');
    expect(Math.abs(first.json.nowMs - Date.now())).toBeLessThan(30_000);
    expect(await resolve(id)).toMatchObject({ channel: id, visibility: 'public', state: 'waiting', broadcast: null });

    await stage.heartbeat([]);
    const { broadcast } = await stage.publish(streamKey);
    const shows = async (state: string, fields: Json) => {
      expect(await resolve(id)).toMatchObject({ channel: id, visibility: 'public', state, broadcast });
      const expected = { ...waiting, broadcast, startedMs: expect.any(Number), state, ...fields };
      await eventually(async () => expect((await watch(id)).json).toEqual(expected));
      expect((await stage.person('GET', `/channels/${id}`)).json).toMatchObject({ state, broadcast });
    };
    await shows('starting', {});
    await stage.report(broadcast, 'live', { renditions: ladder });
    await shows('live', {});

    await stage.report(broadcast, 'interrupted');
    const [row] = await stage.sql('SELECT state_ms FROM broadcasts WHERE id = ?1', broadcast);
    await shows('interrupted', { interruptedUntilMs: Number(row?.state_ms) + 30_000 });
    await stage.report(broadcast, 'interrupted', { renditions: ladder });
    const { json: details } = await stage.person('GET', `/broadcasts/${broadcast}`);
    expect(details.interruptedUntilMs).toBe(Number(row?.state_ms) + 30_000);

    await stage.report(broadcast, 'ended');
    await shows('ended', { endedMs: expect.any(Number) });
    expect((await stage.call(`/origins-of/${broadcast}`)).json).toEqual({
      origins: [{ url: 'http://o-fra.test:8935', key: null }],
      state: 'ended',
      isOrphaned: false,
      toldState: 'ended',
      isGone: false,
      hasBackup: false,
    });
  });

  test('show the newest broadcast when several are over', async () => {
    const { id, streamKey } = await stage.channel();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { broadcast } = await stage.publish(streamKey);
      await stage.report(broadcast, 'ended');
      ids.push(broadcast);
    }
    expect(await resolve(id)).toMatchObject({ state: 'ended', broadcast: [...ids].sort().at(-1) });
  });

  test('tell that a dead origin interrupts, and ends past the reconnect window, until it is back', async () => {
    const { id, streamKey } = await stage.channel({ reconnectWindowMs: 20_000 });
    await stage.heartbeat([], 'o-cut');
    const { broadcast } = await stage.publish(streamKey, 'o-cut');
    await stage.report(broadcast, 'live', { origin: 'o-cut' });
    await stage.silence('o-cut', 9_000);
    expect((await resolve(id)).state).toBe('live');

    await stage.silence('o-cut', 2_000);
    expect(await resolve(id)).toMatchObject({ state: 'interrupted', broadcast });
    const [row] = await stage.sql("SELECT seen_ms FROM origins WHERE id = 'o-cut'");
    const [own] = await stage.sql('SELECT updated_ms FROM broadcasts WHERE id = ?1', broadcast);
    const untilMs = Math.max(Number(row?.seen_ms), Number(own?.updated_ms)) + 30_000;
    const view = (await watch(id)).json;
    expect(view).toMatchObject({ state: 'interrupted', interruptedUntilMs: untilMs, endedMs: null });
    const { json } = await stage.person('GET', `/broadcasts/${broadcast}`);
    expect(json).toMatchObject({ state: 'interrupted', interruptedUntilMs: untilMs });

    await stage.silence('o-cut', 20_000);
    expect((await resolve(id)).state).toBe('ended');
    await stage.heartbeat([broadcast], 'o-cut');
    expect(await resolve(id)).toMatchObject({ state: 'live', broadcast });
  });

  test.each(['nobody', 'NOBODY', '../live', '%2e%2e', "x'--", 'a'.repeat(65), '%00'])(
    'know no channel %s',
    async (name) => {
      const answer = await watch(encodeURIComponent(name));
      expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(await resolve(encodeURIComponent(name))).toBe(null);
    },
  );

  test('give no media of a channel that needs a token', async () => {
    const { id, streamKey } = await stage.channel({ visibility: 'signed', title: 'Behind the curtain' });
    const { broadcast } = await stage.publish(streamKey);
    const answer = await watch(id);
    expect([answer.status, answer.json.code, answer.json.state]).toEqual([401, 'token_missing', 'starting']);
    expect(answer.text).not.toContain(broadcast);
    expect(answer.text).not.toContain('Behind');
    expect(answer.text).not.toContain('/live/');
    expect(await resolve(id)).toMatchObject({ visibility: 'signed', state: 'starting' });
  });

  test('never show a stream key', async () => {
    const { id, streamKey, keyId } = await stage.channel();
    await stage.publish(streamKey);
    for (const path of [`/api/v1/watch/${id}`, '/api/v1/live', `/resolve/${id}`]) {
      const { text } = await stage.call(path);
      expect(text).not.toContain(keyId);
    }
  });
});

test('an unknown broadcast has no origin, nor has one whose origin never sent a heartbeat', async () => {
  const { broadcast } = await stage.publish((await stage.channel()).streamKey, 'o-mute');
  for (const id of [broadcast, `b_${'0'.repeat(20)}`, 'b_1', "'"]) {
    expect((await stage.call(`/origins-of/${encodeURIComponent(id)}`)).json).toBe(null);
  }
});

describe('the list of what is live', () => {
  test('has the public channels that are live or interrupted, newest first, with their height', async () => {
    const make = async (title: string, state: string, fields: Json, renditions: Json) => {
      const { id, streamKey } = await stage.channel({ title, ...fields });
      const { broadcast } = await stage.publish(streamKey, 'o-list');
      if (state !== 'starting') await stage.report(broadcast, state, { origin: 'o-list', renditions });
      return { id, broadcast };
    };
    await stage.sql('DELETE FROM channels');
    await stage.heartbeat([], 'o-list');
    const live = await make('Live', 'live', {}, ladder);
    const bare = await make('Interrupted', 'interrupted', {}, []);
    await make('Starting', 'starting', {}, ladder);
    await make('Over', 'ended', {}, ladder);
    await make('Unlisted', 'live', { visibility: 'unlisted' }, ladder);
    await make('Signed', 'live', { visibility: 'signed' }, ladder);
    const elsewhere = await make('For some sites', 'live', { sites: ['example.com'] }, ladder);
    const dead = await make('Dead', 'live', {}, ladder);
    await stage.sql("UPDATE broadcasts SET origin = 'o-none', updated_ms = 1 WHERE id = ?1", dead.broadcast);
    await stage.sql('UPDATE broadcasts SET started_ms = started_ms + 5 WHERE id = ?1', bare.broadcast);

    const row = (id: string, title: string, state: string, height: number | null) => {
      return { channel: id, title, state, startedMs: expect.any(Number), height };
    };
    const channels = [row(bare.id, 'Interrupted', 'interrupted', null), row(live.id, 'Live', 'live', 1080)];
    await eventually(async () => {
      const { json } = await stage.call('/api/v1/live');
      expect(json).toEqual({ channels, pop: 'tst', nowMs: expect.any(Number) });
    });
    const { headers } = await stage.call('/api/v1/live');
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual([
      'max-age=1',
      'origin, referer, sec-fetch-site',
    ]);
    const there = await stage.call('/api/v1/live', { headers: { origin: 'https://example.com' } });
    const listed = (there.json.channels as { channel: string }[]).map(({ channel }) => channel);
    expect(listed.toSorted()).toEqual([bare.id, live.id, elsewhere.id].toSorted());
  });

  test('is as long for a page on a few lists of sites as for one on all', async () => {
    await stage.sql('DELETE FROM channels');
    await stage.heartbeat([], 'o-list');
    const others = `WITH RECURSIVE n (i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM n WHERE i < 219) SELECT`;
    await stage.sql(
      `INSERT INTO channels (id, title, created_ms, sites) ${others} 'c' || i, 'Elsewhere', 1, '["*.example.org:8443"]' FROM n`,
    );
    await stage.sql(
      `INSERT INTO broadcasts (id, channel, stream_key, origin, state, started_ms, state_ms, updated_ms)
       ${others} printf('b_%020d', i), 'c' || i, 'k', 'o-list', 'live', ?1 + i, ?1, ?1 FROM n`,
      Date.now(),
    );
    // Older than all of those, so that the limit would leave it out.
    const open = await stage.channel({ title: 'Open' });
    await stage.heartbeat([], 'o-open');
    const { broadcast } = await stage.publish(open.streamKey, 'o-open');
    await stage.report(broadcast, 'live', { origin: 'o-open' });
    await stage.sql('UPDATE broadcasts SET started_ms = 1 WHERE id = ?1', broadcast);
    const listed = async (origin?: string) => {
      const { json } = await stage.call('/api/v1/live', origin ? { headers: { origin } } : {});
      return (json.channels as { title: string }[]).map(({ title }) => title);
    };
    const elsewhere = Array.from({ length: 100 }, () => 'Elsewhere');
    await eventually(async () => expect(await listed()).toEqual(['Open']));
    // Lists with sites and lists without are remembered apart.
    await eventually(async () => expect(await listed('https://tv.example.org:8443')).toEqual(elsewhere));
    expect(await listed('https://tv.example.org')).toEqual(['Open']);
    expect(await listed('https://example.org:8443')).toEqual(elsewhere);
  });
});
