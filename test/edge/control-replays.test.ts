import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ControlStage, type Json } from './control-stage.ts';

let stage: ControlStage;
beforeAll(async () => {
  stage = await ControlStage.start();
}, 30_000);
afterAll(() => stage?.stop());
vi.setConfig({ testTimeout: 30_000 });

const renditions = [
  {
    kind: 'video',
    name: 'v360',
    codec: 'avc1',
    width: 640,
    height: 360,
    frameRate: 30,
    bitrate: 1,
    passthrough: false,
  },
];
const replay = (broadcast: string) => stage.call(`/api/v1/watch-replay/${broadcast}`);
const list = (channel: string, query = '') => stage.call(`/api/v1/watch/${channel}/replays${query}`);
/** What is told may be a few seconds old: ask until it holds. */
const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 200 });

/** A broadcast that is over; with renditions, as if it had made media. */
async function over(streamKey: string, made = true): Promise<string> {
  const { broadcast } = await stage.publish(streamKey);
  await stage.report(broadcast, 'live', made ? { renditions } : {});
  await stage.report(broadcast, 'ended', made ? { renditions } : {});
  return broadcast;
}

/** Puts a record of some two-second segments into the bucket. */
async function store(broadcast: string, segments: number, isWhole: boolean): Promise<void> {
  const shape = { timescale: 90_000, targetDurationS: 2, partTargetS: 0.2 };
  const segment = {
    durationTicks: 180_000,
    sizeBytes: 1,
    discontinuity: false,
    initNumber: 0,
    keyframeBytes: 0,
    gap: false,
  };
  const entries = [
    { kind: 'track', run: 0, rendition: renditions[0], shape, start: { nextMsn: 0, discontinuitySequence: 0 } },
    ...Array.from({ length: segments }, (_, msn) => ({
      kind: 'segment',
      rendition: 'v360',
      segment: { ...segment, msn, startTicks: 900_000 + msn * 180_000, programDateTimeMs: 1_000_000 + msn * 2_000 },
    })),
    ...(isWhole ? [{ kind: 'end' }] : []),
  ];
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  await stage.keep(`b/${broadcast}/record.ndjson.gz`, gzipSync(lines));
}

describe('the view of a replay', () => {
  test('follows a broadcast from recording to ready', async () => {
    const { id, streamKey } = await stage.channel({ title: 'Evening news' });
    const { broadcast } = await stage.publish(streamKey);
    await stage.report(broadcast, 'live', { renditions });
    const expected = {
      broadcast,
      channel: id,
      title: 'Evening news',
      state: 'recording',
      startedMs: expect.any(Number),
      endedMs: null,
      durationS: null,
      hls: `/b/${broadcast}/index.m3u8`,
      dash: `/b/${broadcast}/index.mpd`,
      poster: `/b/${broadcast}/poster.jpg`,
      thumbs: `/b/${broadcast}/thumbs.vtt`,
      pop: 'tst',
      nowMs: expect.any(Number),
    };
    const first = await replay(broadcast);
    expect(first.json).toEqual(expected);
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    expect(first.headers.get('cache-control')).toBe('max-age=1');

    await stage.report(broadcast, 'ended', { renditions });
    const shows = (fields: Json) =>
      eventually(async () => expect((await replay(broadcast)).json).toEqual({ ...expected, ...fields }));
    const endedMs = expect.any(Number);
    await shows({ state: 'uploading', endedMs });
    await store(broadcast, 3, false);
    await shows({ state: 'uploading', endedMs, durationS: 6 });
    await store(broadcast, 4, true);
    await shows({ state: 'ready', endedMs, durationS: 8 });
  });

  test('is refused for what is not there, not kept any more, or not for everybody', async () => {
    const codes = async (id: string) => {
      const { status, json } = await replay(id);
      return [status, json.code];
    };
    for (const id of [`b_${'0'.repeat(20)}`, 'b_1', '%27', '..%2f', 'a'.repeat(80)]) {
      expect(await codes(id)).toEqual([404, 'not_found']);
    }
    const { streamKey } = await stage.channel();
    expect(await codes(await over(streamKey, false))).toEqual([410, 'gone']);

    const old = await over(streamKey);
    expect((await replay(old)).json.state).toBe('uploading');
    await stage.sql('UPDATE broadcasts SET ended_ms = ended_ms - 90000000 WHERE id = ?1', old);
    await eventually(async () => expect(await codes(old)).toEqual([410, 'gone']));

    const signed = await stage.channel({ visibility: 'signed', title: 'Behind the curtain' });
    const hidden = await over(signed.streamKey);
    await store(hidden, 1, true);
    const answer = await replay(hidden);
    expect([answer.status, answer.json.code]).toEqual([401, 'token_missing']);
    expect(answer.text).not.toContain('Behind');
  });
});

describe("the list of a channel's replays", () => {
  test('has what an origin left that died, though the one that ends it knows nothing of it', async () => {
    const { id, streamKey } = await stage.channel();
    const { broadcast } = await stage.publish(streamKey);
    await stage.report(broadcast, 'live', { renditions });
    await stage.report(broadcast, 'ended', { renditions: [] });
    await store(broadcast, 5, true);
    await eventually(async () =>
      expect((await list(id)).json.replays).toMatchObject([{ broadcast, state: 'ready', durationS: 10 }]),
    );
  });

  test('has what can be played, newest first, page by page', async () => {
    const { id, streamKey } = await stage.channel({ title: 'Shelf', visibility: 'unlisted' });
    const stored = await over(streamKey);
    await store(stored, 5, true);
    await over(streamKey, false);
    const fresh = await over(streamKey);
    const { broadcast: running } = await stage.publish(streamKey);
    await stage.report(running, 'live', { renditions });
    // Ids of one millisecond are not in order: these are what the rows are told apart by.
    const newestFirst = [stored, fresh].toSorted().toReversed();
    const { json, headers } = await list(id);
    expect(json.replays.map(({ broadcast }: Json) => broadcast)).toEqual(newestFirst);
    expect(json.next).toBe(null);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    const card = json.replays.find(({ broadcast }: Json) => broadcast === stored);
    expect(card).toEqual({
      broadcast: stored,
      title: 'Shelf',
      state: 'ready',
      startedMs: expect.any(Number),
      endedMs: expect.any(Number),
      durationS: 10,
      poster: `/b/${stored}/poster.jpg`,
    });

    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 9; pages++) {
      const { json: page }: Json = await list(id, `?limit=1&cursor=${cursor}`);
      seen.push(...page.replays.map(({ broadcast }: Json) => broadcast));
      cursor = page.next;
    }
    expect(seen).toEqual(newestFirst);
  });

  test('takes from the catalogue what is whole, without a look at its record', async () => {
    const { id, streamKey } = await stage.channel();
    const told = { ready: await over(streamKey), partial: await over(streamKey) };
    for (const [state, broadcast] of Object.entries(told)) {
      const status = { state, uploaded: 1, sizeBytes: 1, durationMs: 7_500, gapMs: 0 };
      await stage.sql('UPDATE broadcasts SET replay = ?2 WHERE id = ?1', broadcast, JSON.stringify(status));
    }
    const { replays } = (await list(id)).json;
    const state = (broadcast: string) => replays.find((one: Json) => one.broadcast === broadcast);
    expect(state(told.ready)).toMatchObject({ state: 'ready', durationS: 7.5 });
    expect(state(told.partial)).toMatchObject({ state: 'partial', durationS: 7.5 });
  });

  test('remembers no page of a cursor that somebody made up', async () => {
    const { id, streamKey } = await stage.channel({ title: 'Before' });
    await over(streamKey);
    const shown = async () => (await list(id, '?cursor=made-up')).json.replays;
    expect(await shown()).toMatchObject([{ title: 'Before' }]);
    await stage.sql("UPDATE channels SET title = 'After' WHERE id = ?1", id);
    expect(await shown()).toMatchObject([{ title: 'After' }]);
  });

  test('is refused for an unknown channel and for one that takes a token', async () => {
    const { id } = await stage.channel({ visibility: 'signed' });
    expect([(await list('nobody')).status, (await list('NOBODY')).status, (await list(id)).status]).toEqual([
      404, 404, 401,
    ]);
  });
});

test('replays of all channels are listed together, each token sees its own, and a live broadcast is none', async () => {
  const [one, other] = [await stage.channel({ title: 'One' }), await stage.channel({ title: 'Other' })];
  const first = await over(one.streamKey);
  const second = await over(other.streamKey);
  await stage.publish(one.streamKey);
  const read = async (query: string, headers?: object) => {
    const path = `/replays${query}`;
    const { json } = await (headers ? stage.call(`/api/v1${path}`, { headers }) : stage.person('GET', path));
    return { ids: json.replays.map(({ id, channel }: Json) => `${channel} ${id}`), next: json.next };
  };
  const newestFirst = [`${other.id} ${second}`, `${one.id} ${first}`];
  expect((await read('')).ids.slice(0, 2)).toEqual(newestFirst);
  const page = await read('?limit=1');
  expect(page).toEqual({ ids: newestFirst.slice(0, 1), next: second });
  expect((await read(`?limit=1&cursor=${page.next}`)).ids).toEqual(newestFirst.slice(1));
  expect(await read(`?channel=${one.id}`)).toEqual({ ids: newestFirst.slice(1), next: null });
  const { json } = await stage.person('POST', '/tokens', { role: 'owner', channel: other.id, label: 'theirs' });
  const authorization = `Bearer ${json.token}`;
  expect(await read('', { authorization })).toEqual({ ids: newestFirst.slice(0, 1), next: null });
});
