import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClipStage } from '../support/clip-stage.ts';
import { makeCodedBroadcast } from '../support/coded-broadcast.ts';
import { pollUntil } from '../support/poll.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12);
let stage: ClipStage;
let over: { channel: string; broadcast: string };
let live: { channel: string; broadcast: string };

beforeAll(async () => {
  stage = await ClipStage.start();
  const runs = [
    { startS: 0, seconds: 7, firstFrame: 0 },
    { startS: 20, seconds: 7, firstFrame: 600 },
  ];
  over = await stage.keep(await makeCodedBroadcast(runs, anchorMs));
  live = await stage.serve(await makeCodedBroadcast([{ startS: 0, seconds: 11, firstFrame: 0 }], anchorMs));
}, 60_000);

afterAll(() => stage?.stop());

const range = (startS: number, endS: number) => ({
  startMs: anchorMs + 1_000 * startS,
  endMs: anchorMs + 1_000 * endS,
});

async function clip(body: object) {
  const { status, json } = await stage.person('POST', '/clips', body);
  expect([status, json.detail]).toEqual([201, undefined]);
  return json;
}

describe('a clip of a broadcast that is over', () => {
  test('is made, found and told of, with its exact bounds', async () => {
    const made = await clip({ broadcast: over.broadcast, title: ' A goal ', ...range(2.5, 5.25) });
    expect(made).toEqual({
      id: expect.stringMatching(/^cl_[0-9a-z]{20}$/),
      broadcast: over.broadcast,
      channel: over.channel,
      title: 'A goal',
      visibility: 'public',
      ...range(2.5, 5.25),
      durationS: 2.75,
      startOffsetS: 0.5,
      endOffsetS: 3.25,
      createdMs: expect.any(Number),
      playback: {
        hls: `/clip/${made.id}/index.m3u8`,
        dash: `/clip/${made.id}/index.mpd`,
        download: `/clip/${made.id}/download.mp4`,
        page: `/clip/${made.id}`,
      },
    });
    expect((await stage.person('GET', `/clips/${made.id}`)).json).toEqual(made);
    const view = await stage.get(`/api/v1/watch-clip/${made.id}`, 'sin');
    expect(view.headers.get('access-control-allow-origin')).toBe('*');
    const { id, visibility, playback, ...same } = made;
    expect(JSON.parse(view.text)).toEqual({
      ...same,
      clip: id,
      channelTitle: 'A channel',
      ...playback,
      pop: 'sin',
      nowMs: expect.any(Number),
    });
    expect(visibility).toBe('public');
  });

  test('plays in HLS at every PoP at once, from the exact start', async () => {
    const { playback } = await clip({ broadcast: over.broadcast, ...range(2.5, 5.25) });
    const query = 'end=2026-11-21T12:00:05.250Z&start=2026-11-21T12:00:02.500Z';
    for (const pop of ['fra', 'nyc', 'sin']) {
      const { status, text } = await stage.get(playback.hls, pop);
      expect([status, text.match(/^[^#\n].*$/gm)]).toEqual([
        200,
        ['v180', 'a1'].map((name) => `../../b/${over.broadcast}/${name}/index.m3u8?${query}`),
      ]);
    }
    const media = await stage.get(`/b/${over.broadcast}/v180/index.m3u8?${query}`, 'sin');
    expect(media.text).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:9',
        '#EXT-X-TARGETDURATION:2',
        '#EXT-X-MEDIA-SEQUENCE:1',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-PLAYLIST-TYPE:VOD',
        '#EXT-X-START:TIME-OFFSET=0.5,PRECISE=YES',
        '#EXT-X-MAP:URI="init-0.mp4"',
        '#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:02.000Z',
        '#EXTINF:2.00000,',
        '1.m4s',
        '#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:04.000Z',
        '#EXTINF:2.00000,',
        '2.m4s',
        '#EXT-X-ENDLIST',
        '',
      ].join('\n'),
    );
  });

  test('plays in DASH from the segment of its start to its exact end; other parameters still count', async () => {
    const { playback } = await clip({ broadcast: over.broadcast, ...range(2.5, 5.25) });
    const mpd = await stage.get(`${playback.dash}?start=0&end=1`, 'nyc');
    expect(mpd.status).toBe(200);
    expect(mpd.text).toContain('type="static"');
    const wholeS = Number(/mediaPresentationDuration="PT([\d.]+)S"/.exec(mpd.text)?.[1]);
    expect(Math.abs(wholeS - 3.25)).toBeLessThan(0.001);
    expect(mpd.text).toContain(`../../b/${over.broadcast}/`);
    const plain = await stage.get(`${playback.hls}?ll=0&start=7`);
    expect(plain.text).toContain('?end=2026-11-21T12:00:05.250Z&ll=0&start=2026-11-21T12:00:02.500Z');
    expect((await stage.get(`${playback.hls}?ll=7`)).status).toBe(400);
  });

  test('may reach over a break, which has no playing time', async () => {
    const { durationS, startOffsetS, endOffsetS } = await clip({ channel: over.channel, ...range(5, 23) });
    expect([startOffsetS, endOffsetS, durationS]).toEqual([1, 6, 5]);
  });

  test('is what came last', async () => {
    const made = await clip({ channel: over.channel, lastS: 3 });
    expect([made.title, made.endMs, made.durationS]).toEqual(['A channel', anchorMs + 27_000, 3]);
  });
});

describe('a clip of a broadcast that goes on', () => {
  test('the last seconds end with what is complete, and play at once', async () => {
    const made = await clip({ channel: live.channel, lastS: 4.5 });
    expect([made.startMs, made.endMs]).toEqual([anchorMs + 6_500, anchorMs + 11_000]);
    const { text } = await stage.get(made.playback.hls, 'sin');
    const [first = ''] = text.match(/^\.\.\/.*$/m) ?? [];
    const media = await stage.get(
      new URL(first, `http://pop${made.playback.hls}`).href.slice('http://pop'.length),
      'sin',
    );
    expect(media.text).toContain('#EXT-X-ENDLIST');
    expect(media.text.match(/^\d+\.m4s$/gm)).toEqual(['3.m4s', '4.m4s', '5.m4s']);
  });
});

describe('a range that has left the window of a broadcast that goes on', () => {
  test('is made, plays and is downloaded like any other', async () => {
    const made = await makeCodedBroadcast([{ startS: 0, seconds: 41, firstFrame: 0 }], anchorMs, { dvrWindowS: 6 });
    const { channel, broadcast } = await stage.serve(made);
    await stage.store(made, broadcast);
    const first = made.window.playlist('v180', false)?.text.match(/^\d+\.m4s$/m)?.[0];
    expect(Number.parseInt(first ?? '0', 10)).toBeGreaterThan(3);
    for (const [from, to, files] of [
      [1, 3, ['0.m4s', '1.m4s']],
      // Over the edge of the window.
      [5, 36, Array.from({ length: 16 }, (_, i) => `${2 + i}.m4s`)],
    ] as const) {
      const { startOffsetS, durationS, playback } = await clip({ channel, ...range(from, to) });
      expect([startOffsetS, durationS]).toEqual([1, to - from]);
      const [query = ''] = (await stage.get(playback.hls, 'nyc')).text.match(/(?<=\?)end=[^"\s]+/) ?? [];
      const media = await stage.get(`/b/${broadcast}/v180/index.m3u8?${query}`, 'nyc');
      expect(media.text.match(/^\d+\.m4s$/gm)).toEqual(files);
      expect(media.text).toContain('#EXT-X-ENDLIST');
      const mpd = await stage.get(playback.dash, 'nyc');
      expect([mpd.status, mpd.text.includes('type="static"')]).toEqual([200, true]);
      const wholeS = Number(/mediaPresentationDuration="PT([\d.]+)S"/.exec(mpd.text)?.[1]);
      expect(Math.abs(wholeS - startOffsetS - durationS)).toBeLessThan(0.05);
      expect((await stage.get(playback.download, 'nyc', {}, 'HEAD')).status).toBe(200);
    }
    const gone = await stage.get(`/b/${broadcast}/v180/index.m3u8?start=2026-11-21T10:00:00Z&end=2026-11-21T10:00:09Z`);
    expect(gone.status).toBe(410);
  });
});

describe('what is refused', () => {
  const good = () => ({ broadcast: over.broadcast, ...range(2, 4) });
  test.each([
    ['neither broadcast nor channel', () => range(2, 4), 400, 'bad_request'],
    ['both', () => ({ ...good(), channel: over.channel }), 400, 'bad_request'],
    ['no range', () => ({ broadcast: over.broadcast }), 400, 'bad_request'],
    ['two ranges', () => ({ ...good(), lastS: 3 }), 400, 'bad_request'],
    ['an end before the start', () => ({ broadcast: over.broadcast, ...range(4, 2) }), 400, 'bad_request'],
    ['a field that is not known', () => ({ ...good(), length: 3 }), 400, 'bad_request'],
    ['a broadcast that is not there', () => ({ ...good(), broadcast: `b_${'0'.repeat(20)}` }), 404, 'not_found'],
    ['a channel that is not there', () => ({ channel: 'nobody', lastS: 3 }), 404, 'not_found'],
    ['a start before the beginning', () => ({ broadcast: over.broadcast, ...range(-1, 4) }), 422, 'outside_media'],
    ['an end after the end', () => ({ broadcast: over.broadcast, ...range(20, 28) }), 422, 'outside_media'],
    ['the time after the end', () => ({ broadcast: over.broadcast, ...range(40, 50) }), 422, 'outside_media'],
    ['the future', () => ({ channel: live.channel, ...range(4, 1e8) }), 422, 'outside_media'],
  ] as const)('%s', async (_, body, status, code) => {
    const answer = await stage.person('POST', '/clips', body());
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    if (code === 'outside_media') expect(answer.json.detail).toMatch(/from 2026-11-21T12:00:00\.000Z to 2026/);
  });

  test('a channel without a broadcast', async () => {
    const channel = await stage.edge.addChannel();
    expect((await stage.person('POST', '/clips', { channel, lastS: 3 })).json.code).toBe('conflict');
  });

  test('clips that are not there, and names that are none', async () => {
    for (const id of [`cl_${'0'.repeat(20)}`, 'cl_1', '..%2f']) {
      expect((await stage.get(`/clip/${id}/index.m3u8`)).status).toBe(404);
      expect((await stage.get(`/api/v1/watch-clip/${id}`)).status).toBe(404);
      expect((await stage.person('GET', `/clips/${id}`)).status).toBe(404);
      expect((await stage.person('DELETE', `/clips/${id}`)).status).toBe(404);
    }
  });
});

test('lists are paged, newest first, of a channel or of a broadcast', async () => {
  const other = await stage.keep(await makeCodedBroadcast([{ startS: 0, seconds: 4, firstFrame: 0 }], anchorMs));
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.unshift((await clip({ broadcast: other.broadcast, ...range(0, 1 + i) })).id);
  const list = async (query: string) => (await stage.person('GET', `/clips?${query}`)).json;
  const idsOf = ({ clips }: { clips: { id: string }[] }) => clips.map(({ id }) => id);
  const first = await list(`channel=${other.channel}&limit=2`);
  expect(
    new Set([...idsOf(first), ...idsOf(await list(`channel=${other.channel}&limit=2&cursor=${first.next}`))]),
  ).toEqual(new Set(ids));
  expect(idsOf(await list(`broadcast=${other.broadcast}`)).toSorted()).toEqual(ids.toSorted());
  expect((await list(`broadcast=${over.broadcast}&channel=${other.channel}`)).clips).toEqual([]);
});

test('visibility is the channel’s until it is changed, and holds for manifest, download and view', async () => {
  await stage.edge.sql("UPDATE channels SET visibility = 'unlisted' WHERE id = ?1", over.channel);
  const { id, visibility, playback } = await clip({ broadcast: over.broadcast, ...range(2, 4) });
  expect(visibility).toBe('unlisted');
  expect((await stage.get(playback.hls, 'nyc')).status).toBe(200);
  const change = { title: 'Mine', visibility: 'signed' };
  expect((await stage.person('PATCH', `/clips/${id}`, change)).json).toMatchObject(change);
  const paths = [playback.hls, playback.dash, playback.download, `/api/v1/watch-clip/${id}`];
  for (const path of paths) {
    await pollUntil(async () => [401, 403].includes((await stage.get(path, 'nyc')).status), `${path} to be refused`);
  }
});

test('a clip that is deleted is gone everywhere, and its broadcast stays', async () => {
  const { id, playback } = await clip({ broadcast: over.broadcast, ...range(2, 4) });
  expect((await stage.get(playback.hls, 'sin')).status).toBe(200);
  expect((await stage.person('DELETE', `/clips/${id}`)).status).toBe(204);
  await pollUntil(async () => (await stage.get(playback.hls, 'sin')).status === 404, 'the clip to be gone', 3_000);
  expect((await stage.get(`/b/${over.broadcast}/index.m3u8`, 'sin')).status).toBe(200);
});
