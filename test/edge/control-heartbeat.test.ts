import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { controlLimits } from '#shared/limits/control.ts';
import { ControlStage } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());

/** What is told may come a moment later: ask until it holds. */
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 100 });
const stateOf = async (broadcast: string) => (await stage.person('GET', `/broadcasts/${broadcast}`)).json?.state;

describe('a heartbeat', () => {
  test('enters the origin and keeps it up to date', async () => {
    expect((await stage.heartbeat([], 'o-new')).json).toEqual({ end: [], forget: [] });
    await stage.heartbeat([], 'o-new', { url: 'https://new.test', version: '0.2.0', load: 1.5 });
    const { json } = await stage.person('GET', '/origins');
    expect(json.origins).toEqual([
      {
        id: 'o-new',
        url: 'https://new.test',
        version: '0.2.0',
        load: 1,
        seenMs: expect.any(Number),
        broadcasts: 0,
        dead: false,
        draining: false,
        ...{ region: null, capacity: null, key: null },
        ingest: null,
      },
    ]);
    await stage.silence('o-new', 10_500);
    expect((await stage.person('GET', '/origins')).json.origins[0].dead).toBe(true);
  });

  test.each([
    ['ftp://origin.test', 'url'],
    ['javascript:alert(1)', 'url'],
    ['//origin.test', 'url'],
    ['http://user:word@origin.test', 'url'],
    ['http://origin.test/path', 'url'],
    ['http://origin.test?x', 'url'],
    ['http://origin.test#x', 'url'],
    [`http://${'a'.repeat(256)}.test`, 'url'],
    ['', 'url'],
  ])('with the address %s is refused', async (url, field) => {
    const answer = await stage.heartbeat([], 'o-odd', { url });
    expect([answer.status, answer.json.code]).toEqual([400, 'bad_request']);
    expect(answer.json.detail).toContain(field);
    expect(await stage.sql("SELECT id FROM origins WHERE id = 'o-odd'")).toEqual([]);
  });

  test.each([
    { load: -1 },
    { load: 'much' },
    { broadcasts: ['b_1'] },
    { broadcasts: Array.from({ length: 257 }, () => `b_${'0'.repeat(20)}`) },
    { origin: 'o/../x' },
    { version: 'v'.repeat(65) },
  ])('with %j is refused', async (fields) => {
    expect((await stage.heartbeat([], 'o-odd', fields)).status).toBe(400);
  });

  test('ends what the origin does not hold, once nothing was heard of it for ten seconds', async () => {
    const kept = await stage.publish((await stage.channel()).streamKey, 'o-again');
    const lost = await stage.publish((await stage.channel()).streamKey, 'o-again');
    const foreign = await stage.publish((await stage.channel()).streamKey, 'o-apart');
    await stage.heartbeat([kept.broadcast], 'o-again');
    expect(await stateOf(lost.broadcast)).toBe('starting');
    await stage.silence('o-again', 10_500);
    await stage.silence('o-apart', 10_500);
    expect((await stage.heartbeat([kept.broadcast], 'o-again')).json).toEqual({ end: [], forget: [] });
    const [row] = await stage.sql('SELECT state, ended_ms FROM broadcasts WHERE id = ?1', lost.broadcast);
    expect(row).toEqual({ state: 'ended', ended_ms: expect.any(Number) });
    expect(await stage.sql('SELECT state FROM broadcasts WHERE id = ?1', kept.broadcast)).toEqual([
      { state: 'starting' },
    ]);
    expect(await stage.sql('SELECT state FROM broadcasts WHERE id = ?1', foreign.broadcast)).toEqual([
      { state: 'starting' },
    ]);
  });

  test('names what has to end: unknown, ended, of another origin, of a channel or key that is gone', async () => {
    const channels = await Promise.all(Array.from({ length: 6 }, () => stage.channel()));
    const ids: string[] = [];
    for (const { streamKey } of channels) ids.push((await stage.publish(streamKey, 'o-ends')).broadcast);
    const [fine, deleted, disabled, revoked, ended] = channels;
    const foreign = await stage.publish((await stage.channel()).streamKey, 'o-other');
    expect((await stage.heartbeat(ids, 'o-ends')).json).toEqual({ end: [], forget: [] });

    await stage.person('DELETE', `/channels/${deleted?.id}`);
    await stage.person('PATCH', `/channels/${disabled?.id}`, { disabled: true });
    await stage.person('DELETE', `/channels/${revoked?.id}/keys/${revoked?.keyId}`);
    await stage.report(ids[4] ?? '', 'ended', { origin: 'o-ends' });
    expect(ended).toBeDefined();
    const unknown = `b_${'0'.repeat(20)}`;
    const { json } = await stage.heartbeat([...ids, foreign.broadcast, unknown, unknown], 'o-ends');
    expect([...json.end].sort()).toEqual([...ids.slice(1, 5), foreign.broadcast, unknown].sort());
    expect(await stateOf(ids[0] ?? '')).toBe('starting');
    expect(await stateOf(ids[1] ?? '')).toBeUndefined();
    expect(await stateOf(ids[2] ?? '')).toBe('ended');
    expect(await stateOf(ids[3] ?? '')).toBe('ended');
    expect((await stage.person('GET', `/channels/${fine?.id}`)).json.state).toBe('starting');
  });

  test('is told of live broadcasts whose viewers get old playlists, for a moment', async () => {
    const { broadcast } = await stage.publish((await stage.channel()).streamKey, 'o-stale');
    await stage.report(broadcast, 'live', { origin: 'o-stale' });
    const noteMs = (ms: number) => stage.sql('UPDATE broadcasts SET edge_stale_ms = ?2 WHERE id = ?1', broadcast, ms);
    const told = async (origin: string) => (await stage.heartbeat([broadcast], origin)).json.stale;
    expect(await told('o-stale')).toBeUndefined();
    await noteMs(Date.now());
    expect([await told('o-stale'), await told('o-other')]).toEqual([[broadcast], undefined]);
    await noteMs(Date.now() - controlLimits.edgeStaleForMs - 1);
    expect(await told('o-stale')).toBeUndefined();
    await noteMs(Date.now());
    await stage.report(broadcast, 'ended', { origin: 'o-stale' });
    expect(await told('o-stale')).toBeUndefined();
  });

  test('does not end a broadcast because another key of its channel was deleted', async () => {
    const { id, streamKey } = await stage.channel();
    const { json: spare } = await stage.person('POST', `/channels/${id}/keys`);
    const { broadcast } = await stage.publish(streamKey);
    await stage.person('DELETE', `/channels/${id}/keys/${spare.id}`);
    expect(await stateOf(broadcast)).toBe('starting');
  });
});

describe('a report', () => {
  const video = {
    kind: 'video',
    name: 'v720',
    codec: 'avc1.64001f',
    width: 1280,
    height: 720,
    frameRate: 29.97,
    bitrate: 2_800_000,
    passthrough: false,
  };
  const audio = { kind: 'audio', name: 'a1', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 128_000 };
  const full = {
    source: {
      video: {
        codec: 'h264',
        codecString: 'avc1.640028',
        width: 1920,
        height: 1080,
        frameRate: 29.97,
        frameRateConstant: true,
        gopMs: null,
        hasBFrames: true,
        openGop: false,
        interlaced: true,
        captions: ['CC1'],
        bitrate: 6_000_000,
      },
      audio: { codec: 'aac', sampleRate: 48_000, channels: 2, bitrate: 160_000 },
      encoder: 'OBS 31',
    },
    renditions: [video, audio],
    findings: [
      {
        code: 'video.gop_long',
        severity: 'warning',
        sentence: 'Keyframes are far apart.',
        fix: 'Set 2 s.',
        openedMs: 1,
      },
    ],
    health: { fps: 30, speed: 1.02, bitrate: 3_000_000, droppedFrames: 0, restarts: 0 },
  };

  test('is kept and shown', async () => {
    const { id, streamKey } = await stage.channel();
    const { broadcast } = await stage.publish(streamKey);
    expect((await stage.report(broadcast, 'live', full)).json).toEqual({ state: 'live', stored: true });
    const { json } = await stage.person('GET', `/broadcasts/${broadcast}`);
    expect(json).toMatchObject({ id: broadcast, channel: id, state: 'live', endedMs: null, report: full });
    const { json: list } = await stage.person('GET', `/broadcasts?channel=${id}`);
    expect(list).toMatchObject({ broadcasts: [{ id: broadcast, state: 'live' }], next: null });
    expect(list.broadcasts[0].report).toBeUndefined();
  });

  /** Each row: the states reported one after the other, and what the last report is answered with. */
  test.each([
    [['starting', 'starting'], 200],
    [['live'], 200],
    [['live', 'live'], 200],
    [['live', 'interrupted'], 200],
    [['live', 'interrupted', 'live'], 200],
    [['interrupted'], 200],
    [['ended'], 200],
    [['live', 'interrupted', 'ended'], 200],
    [['live', 'starting'], 409],
    [['interrupted', 'starting'], 409],
    [['ended', 'live'], 409],
    [['ended', 'interrupted'], 409],
    [['ended', 'starting'], 409],
    [['ended', 'ended'], 409],
  ])('%j: the last one is answered with %i', async (states, status) => {
    const { broadcast } = await stage.publish((await stage.channel()).streamKey);
    const before = states.slice(0, -1);
    for (const state of before) expect((await stage.report(broadcast, state)).status).toBe(200);
    const answer = await stage.report(broadcast, states.at(-1) ?? '', full);
    expect(answer.status).toBe(status);
    if (status === 409) expect(answer.json).toMatchObject({ code: 'conflict', state: before.at(-1) });
    const { json } = await stage.person('GET', `/broadcasts/${broadcast}`);
    expect(json.state).toBe(status === 200 ? states.at(-1) : before.at(-1));
    expect(json.report?.renditions.length).toBe(status === 200 ? 2 : 0);
    expect(json.endedMs === null).toBe(json.state !== 'ended');
  });

  test('that is older than the one stored changes nothing, except that an end is an end', async () => {
    const { broadcast } = await stage.publish((await stage.channel()).streamKey);
    const atMs = Date.now();
    await stage.report(broadcast, 'interrupted', { ...full, atMs });
    const late = await stage.report(broadcast, 'live', { atMs: atMs - 1 });
    expect([late.status, late.json]).toEqual([200, { state: 'interrupted', stored: false }]);
    expect((await stage.person('GET', `/broadcasts/${broadcast}`)).json.report).toEqual(full);
    expect((await stage.report(broadcast, 'ended', { atMs: atMs - 1 })).json).toEqual({ state: 'ended', stored: true });
  });

  test('from a clock that is ahead does not shut out the next one', async () => {
    const { broadcast } = await stage.publish((await stage.channel()).streamKey);
    await stage.report(broadcast, 'live', { atMs: Date.now() + 3_600_000 });
    expect((await stage.report(broadcast, 'interrupted')).json.stored).toBe(true);
  });

  test('of another origin’s broadcast is forbidden, of an unknown one not found', async () => {
    const { broadcast } = await stage.publish((await stage.channel()).streamKey);
    const foreign = await stage.report(broadcast, 'ended', { origin: 'o-thief' });
    expect([foreign.status, foreign.json.code]).toEqual([403, 'forbidden']);
    expect(await stateOf(broadcast)).toBe('starting');
    expect((await stage.report(`b_${'0'.repeat(20)}`, 'live')).json.code).toBe('not_found');
  });

  test.each([
    { state: 'waiting' },
    { broadcast: 'b_1' },
    { atMs: -1 },
    { atMs: 1.5 },
    { source: {} },
    { renditions: [{ ...video, name: '../x' }] },
    { renditions: [{ ...video, height: '720' }] },
    { renditions: [{ ...video, kind: 'text' }] },
    { renditions: Array.from({ length: 17 }, () => audio) },
    { findings: [{ ...full.findings[0], code: 'no.such' }] },
    { findings: [{ ...full.findings[0], sentence: 'x'.repeat(501) }] },
    { findings: Array.from({ length: 33 }, () => full.findings[0]) },
    { health: { ...full.health, fps: null } },
  ])('with %j is refused', async (fields) => {
    const { broadcast } = await stage.publish((await stage.channel()).streamKey);
    const answer = await stage.report(broadcast, 'live', fields);
    expect([answer.status, answer.json.code]).toEqual([400, 'bad_request']);
    expect(await stateOf(broadcast)).toBe('starting');
  });
});

test('origins are listed by id, page by page', async () => {
  const ids = ['page-1', 'page-2', 'page-3', 'page-4', 'page-5'];
  for (const id of ids.toReversed()) await stage.heartbeat([], id);
  const seen: string[] = [];
  let cursor: string | null = 'page-';
  while (cursor !== null) {
    const { json } = await stage.person('GET', `/origins?limit=2&cursor=${cursor}`);
    expect(json.origins.length).toBeLessThanOrEqual(2);
    for (const { id } of json.origins) seen.push(id);
    cursor = json.next;
  }
  expect(seen).toEqual(ids);
});

test('broadcasts are listed by the state that is told of them, and since when', async () => {
  const { id, streamKey } = await stage.channel({ reconnectWindowMs: 20_000 });
  const { broadcast: over } = await stage.publish(streamKey, 'o-filter');
  await stage.report(over, 'ended', { origin: 'o-filter' });
  await stage.heartbeat([], 'o-filter');
  const { broadcast } = await stage.publish(streamKey, 'o-filter');
  await stage.report(broadcast, 'live', { origin: 'o-filter' });
  const listed = async (query: string) => {
    const { json } = await stage.person('GET', `/broadcasts?channel=${id}&${query}`);
    return json.broadcasts.map((one: { id: string; state: string }) => [one.id, one.state]);
  };
  expect(await listed('state=live')).toEqual([[broadcast, 'live']]);
  expect(await listed('state=ended')).toEqual([[over, 'ended']]);
  await stage.silence('o-filter', 10_500);
  expect(await listed('state=live')).toEqual([]);
  expect(await listed('state=interrupted')).toEqual([[broadcast, 'interrupted']]);
  await stage.silence('o-filter', 20_000);
  const ended = [
    [broadcast, 'ended'],
    [over, 'ended'],
  ]
    .sort()
    .reverse();
  expect(await listed('state=ended')).toEqual(ended);
  expect(await listed(`since=${Date.now() + 60_000}`)).toEqual([]);
  expect(await listed('since=0')).toEqual(ended);
  await stage.sql('UPDATE broadcasts SET started_ms = 5 WHERE id = ?1', over);
  expect(await listed('since=6&limit=1')).toEqual([[broadcast, 'ended']]);
  for (const wrong of ['state=over', 'since=yesterday', 'since=-1']) {
    expect((await stage.person('GET', `/broadcasts?${wrong}`)).status).toBe(400);
  }
  // Nobody is to finish it in another test.
  await stage.sql("UPDATE broadcasts SET state = 'ended' WHERE id = ?1", broadcast);
});

test('the end of a broadcast whose origin stays dead is told once, whoever finishes it', async () => {
  const { id, streamKey } = await stage.channel({ reconnectWindowMs: 20_000 });
  const told = async () => {
    // Any change has what happened looked for.
    await stage.person('PATCH', `/channels/${id}`, { title: 'Told' });
    const rows = await stage.sql('SELECT type, broadcast, detail FROM events WHERE channel = ?1 ORDER BY id', id);
    return rows.map(({ type, detail }) => `${type} ${JSON.parse(String(detail ?? '{}'))?.origin ?? ''}`.trim());
  };
  await stage.heartbeat([], 'o-lost');
  const { broadcast } = await stage.publish(streamKey, 'o-lost');
  await stage.report(broadcast, 'live', { origin: 'o-lost' });
  await stage.silence('o-lost', 10_500);
  const before = ['channel.live', 'channel.interrupted o-lost'];
  await eventually(async () => expect(await told()).toEqual(before));
  await stage.silence('o-lost', 20_000);
  await eventually(async () => expect(await told()).toEqual([...before, 'channel.ended o-lost']));
  // Only cut off after all: it goes on.
  await stage.heartbeat([broadcast], 'o-lost');
  const back = [...before, 'channel.ended o-lost', 'channel.resumed o-lost'];
  await eventually(async () => expect(await told()).toEqual(back));
  await stage.silence('o-lost', 31_000);
  const over = [...back, 'channel.interrupted o-lost', 'channel.ended o-lost'];
  await eventually(async () => expect(await told()).toEqual(over));
  const { json } = await stage.heartbeat([], 'o-heir', { adopts: true });
  expect(json.left.map((one: { broadcast: string }) => one.broadcast)).toContain(broadcast);
  expect(await told()).toEqual(over);
  // That one dies as well, and the first comes back: it finishes what it lost, and does not bring it back.
  await stage.silence('o-heir', 31_000);
  const { left } = (await stage.heartbeat([], 'o-lost', { adopts: true })).json;
  expect(left.map((one: { broadcast: string }) => one.broadcast)).toContain(broadcast);
  expect(await told()).toEqual(over);
  await stage.report(broadcast, 'ended', { origin: 'o-lost' });
  expect(await told()).toEqual(over);
  expect((await stage.person('GET', `/broadcasts/${broadcast}`)).json.state).toBe('ended');
});

test('what another origin finishes stays over for all who ask, until its publisher comes there', async () => {
  const { id, streamKey } = await stage.channel({ reconnectWindowMs: 20_000 });
  await stage.heartbeat([], 'o-gone');
  const { broadcast } = await stage.publish(streamKey, 'o-gone');
  await stage.report(broadcast, 'live', { origin: 'o-gone' });
  // Of the tests before this one.
  while ((await stage.heartbeat([], 'o-sweeps', { adopts: true })).json.left);
  await stage.silence('o-gone', 31_000);
  const { json } = await stage.heartbeat([], 'o-finisher', { adopts: true });
  expect(json.left).toMatchObject([{ broadcast }]);

  const told = async () => {
    const { broadcasts } = (await stage.person('GET', `/broadcasts?channel=${id}&state=ended`)).json;
    const { channels } = (await stage.call('/api/v1/live')).json;
    return {
      states: [
        (await stage.call(`/resolve/${id}`)).json.state,
        (await stage.call(`/origins-of/${broadcast}`)).json.toldState,
        (await stage.call(`/api/v1/watch/${id}`)).json.state,
        (await stage.person('GET', `/channels/${id}`)).json.state,
        (await stage.person('GET', `/broadcasts/${broadcast}`)).json.state,
      ],
      isListedAsEnded: broadcasts.length === 1,
      isListedAsLive: channels.some(({ channel }: { channel: string }) => channel === id),
    };
  };
  const all = (state: string) => Array.from({ length: 5 }, () => state);
  const isOver = { states: all('ended'), isListedAsEnded: true, isListedAsLive: false };
  await eventually(async () => expect(await told()).toEqual(isOver));
  expect((await stage.call(`/origins-of/${broadcast}`)).json).toMatchObject({
    origins: [{ url: 'http://o-finisher.test:8935', key: null }],
    state: 'live',
  });
  const [row] = await stage.sql('SELECT lost_ms FROM broadcasts WHERE id = ?1', broadcast);
  expect((await stage.person('GET', `/broadcasts/${broadcast}`)).json.endedMs).toBe(row?.lost_ms);

  expect(await stage.publish(streamKey, 'o-finisher')).toMatchObject({ broadcast, resumed: true });
  await eventually(async () =>
    expect(await told()).toEqual({ states: all('live'), isListedAsEnded: false, isListedAsLive: true }),
  );
  const lastEvent = async () => {
    const text = 'SELECT type, detail FROM events WHERE channel = ?1 ORDER BY id DESC LIMIT 1';
    const [event] = await stage.sql(text, id);
    return [event?.type, JSON.parse(String(event?.detail ?? '{}'))?.origin];
  };
  await eventually(async () => expect(await lastEvent()).toEqual(['channel.resumed', 'o-finisher']));
  await stage.report(broadcast, 'ended', { origin: 'o-finisher' });
  expect(await lastEvent()).toEqual(['channel.ended', undefined]);
});

test('broadcasts are listed newest first, page by page', async () => {
  const { id, streamKey } = await stage.channel();
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { broadcast } = await stage.publish(streamKey);
    await stage.report(broadcast, 'ended');
    ids.push(broadcast);
  }
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { json } = await stage.person('GET', `/broadcasts?channel=${id}&limit=2${cursor && `&cursor=${cursor}`}`);
    for (const broadcast of json.broadcasts) seen.push(broadcast.id);
    cursor = json.next;
  }
  expect(seen).toEqual([...ids].sort().reverse());
  const { json: all } = await stage.person('GET', '/broadcasts?limit=100');
  expect(all.broadcasts.map((broadcast: { id: string }) => broadcast.id)).toEqual(expect.arrayContaining(ids));
});

test('an origin hears which of its broadcasts were deleted, and says how the others become replays', async () => {
  const { id, streamKey } = await stage.channel();
  const gone = await stage.publish(streamKey);
  await stage.report(gone.broadcast, 'ended');
  const status = { state: 'partial', uploaded: 1, sizeBytes: 5, durationMs: 4_000, gapMs: 2_000 };
  const say = (origin: string) => stage.origin('replay', { origin, broadcast: gone.broadcast, ...status });
  expect([(await say('o-other')).status, (await say('o-fra')).status]).toEqual([403, 204]);
  expect(
    (await stage.origin('replay', { origin: 'o-fra', broadcast: gone.broadcast, ...status, uploaded: 2 })).status,
  ).toBe(400);
  const { replays } = (await stage.person('GET', `/channels/${id}/replays`)).json;
  expect(replays).toMatchObject([{ id: gone.broadcast, ...status }]);
  expect((await stage.person('DELETE', `/channels/${id}`)).status).toBe(204);
  expect((await stage.heartbeat([])).json.forget).toEqual([gone.broadcast]);
  expect((await stage.heartbeat([], 'o-other')).json.forget).toEqual([]);
});

describe('what a dead origin left', () => {
  test('is given to one that has a bucket, once its reconnect window is over, and only once', async () => {
    const { id, streamKey } = await stage.channel({ reconnectWindowMs: 30_000, latency: 'standard' });
    const { broadcast } = await stage.publish(streamKey, 'o-left');
    const of = async (origin: string, adopts: boolean) => (await stage.heartbeat([], origin, { adopts })).json.left;
    // Of the tests before this one.
    while (await of('o-sweeps', true));
    await stage.silence('o-left', 10_500);
    expect(await of('o-finds', true)).toBeUndefined();
    await stage.silence('o-left', 30_000);
    expect(await of('o-bare', false)).toBeUndefined();
    const wishes = { latency: 'standard', reconnectWindowMs: 30_000, slate: false };
    expect(await of('o-finds', true)).toEqual([{ accepted: true, channel: id, broadcast, resumed: true, ...wishes }]);
    expect(await of('o-late', true)).toBeUndefined();
    expect((await stage.report(broadcast, 'ended', { origin: 'o-finds' })).json.state).toBe('ended');
  });
});
