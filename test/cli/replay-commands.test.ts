import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApiDouble } from '../support/api-double.ts';
import { cli } from '../support/cli-run.ts';

let api: ApiDouble;
beforeEach(async () => {
  api = await ApiDouble.start();
});
afterEach(() => api.stop());

const replay = {
  ...{ id: 'b_1', startedMs: 1_000, endedMs: 61_000, state: 'uploading', uploaded: 0.425, sizeBytes: 1_572_864 },
  ...{ durationMs: 60_000, gapMs: 2_000, hls: '/b/b_1/index.m3u8', dash: '/b/b_1/index.mpd' },
};
const clip = {
  ...{ id: 'c_1', channel: 'news', broadcast: 'b_1', title: 'Goal', createdMs: 61_000 },
  playback: { hls: '/c/c_1/index.m3u8', dash: '/c/c_1/index.mpd', page: '/clip/c_1', download: '/c/c_1/clip.mp4' },
};

function headwater(...args: string[]) {
  return cli(args, { env: { HEADWATER_URL: api.url, HEADWATER_TOKEN: 'right-token' } });
}

it('lists and shows replays', async () => {
  api.json('GET /api/v1/channels/news/replays', { replays: [replay], next: null });
  api.json('GET /api/v1/broadcasts/b_1', { id: 'b_1', channel: 'news' });
  const { out } = await headwater('replay', 'list', '--channel', 'news');
  expect(out.replace(/\d+ d ago/, '… ago').replaceAll(/ +/g, ' ')).toBe(
    'ID STATE ENDED LENGTH SIZE\nb_1 uploading 42 % … ago 1 min 1.5 MiB\n',
  );
  const shown = await headwater('replay', 'show', 'b_1');
  expect(shown.out).toBe(
    `replay   b_1
channel  news
state    uploading 42 %
started  1970-01-01 00:00:01 UTC
ended    1970-01-01 00:01:01 UTC
length   1 min
size     1.5 MiB
gaps     2 s could not be stored
HLS      ${api.url}/b/b_1/index.m3u8
DASH     ${api.url}/b/b_1/index.mpd
`,
  );
  expect(api.lines).toEqual([
    'GET /api/v1/channels/news/replays?limit=50',
    'GET /api/v1/broadcasts/b_1',
    'GET /api/v1/channels/news/replays?limit=1&cursor=b_10',
  ]);
});

it('says why nothing is there of a broadcast of which its origin says nothing', async () => {
  const unheard = { ...replay, uploaded: 0, sizeBytes: 0, durationMs: 0, gapMs: 0 };
  const replays = [unheard, { ...unheard, id: 'b_0', state: 'failed' }];
  api.json('GET /api/v1/channels/news/replays', { replays, next: null });
  const { out } = await headwater('replay', 'list', '--channel', 'news');
  expect(out).toContain('waits for its origin');
  expect(out).toContain('failed: its origin has no bucket, or is gone');
});

it('lists the replays of all channels where none is named', async () => {
  api.json('GET /api/v1/replays', { replays: [{ ...replay, channel: 'news' }], next: null });
  const { out } = await headwater('replay', 'list');
  expect(out.replace(/\d+ d ago/, '… ago').replaceAll(/ +/g, ' ')).toBe(
    'ID CHANNEL STATE ENDED LENGTH SIZE\nb_1 news uploading 42 % … ago 1 min 1.5 MiB\n',
  );
  expect(api.lines).toEqual(['GET /api/v1/replays?limit=50']);
});

it('says when a broadcast is no replay', async () => {
  api.json('GET /api/v1/broadcasts/b_2', { id: 'b_2', channel: 'news' });
  api.json('GET /api/v1/channels/news/replays', { replays: [replay], next: null });
  const { code, err } = await headwater('replay', 'show', 'b_2');
  expect([code, err.includes('is no replay')]).toEqual([1, true]);
});

it.each([
  ['done', 'Deleted replay b_1: 7 objects, 1.0 KiB.\n'],
  ['held', 'Deleted replay b_1 (7 objects, 1.0 KiB) but for what 2 clips need.\n'],
  [
    'running',
    'Replay b_1 is closed, at every PoP within a minute; 7 objects, 1.0 KiB are removed so far, the rest follows.\n',
  ],
])('deletes a replay (%s)', async (state, words) => {
  api.json(
    'DELETE /api/v1/broadcasts/b_1',
    { broadcast: 'b_1', state, clips: 2, removedObjects: 7, removedBytes: 1_024 },
    202,
  );
  expect((await headwater('replay', 'delete', 'b_1')).code).toBe(2);
  expect((await headwater('replay', 'delete', 'b_1', '--yes')).out).toBe(words);
});

it.each([
  [['--days', '30'], { keep: 'days', days: 30 }, 'replays for 30 days'],
  [['--last', '10'], { keep: 'last', count: 10 }, 'its newest 10 replays'],
  [['--forever'], { keep: 'all' }, 'all replays'],
])('keeps replays %o', async (options, retention, words) => {
  api.json('PATCH /api/v1/channels/news', { id: 'news', retention });
  expect((await headwater('replay', 'keep', 'news', ...options)).out).toBe(`Channel news keeps ${words}.\n`);
  expect(api.lines).toEqual([`PATCH /api/v1/channels/news ${JSON.stringify({ retention })}`]);
});

it('shows what retention would delete, and deletes only when told', async () => {
  const due = { broadcast: 'b_1', channel: 'news', why: 'keep_days', endedMs: 1, sizeBytes: null, clips: 1 };
  api.json('GET /api/v1/retention', { due: [due], next: null });
  api.json('POST /api/v1/retention', { marked: 1, deletions: [], more: true });
  expect((await headwater('replay', 'retention', '--json')).json).toEqual({ due: [due], more: false });
  expect((await headwater('replay', 'retention', '--run')).code).toBe(2);
  expect(api.lines).toEqual(['GET /api/v1/retention?limit=50']);
  expect((await headwater('replay', 'retention', '--run', '--yes')).out).toContain(
    '1 replays are deleted. There is more',
  );
});

it('makes, lists, shows and deletes clips', async () => {
  api.json('POST /api/v1/clips', clip, 201);
  api.json('GET /api/v1/broadcasts/b_1', { id: 'b_1', channel: 'news', startedMs: 1_000_000 });
  api.json('GET /api/v1/clips', { clips: [clip], next: null });
  api.json('GET /api/v1/clips/c_1', clip);
  api.json('DELETE /api/v1/clips/c_1', null, 204);
  const words = `clip       c_1
title      Goal
broadcast  b_1
made       1970-01-01 00:01:01 UTC
watch      ${api.url}/clip/c_1
HLS        ${api.url}/c/c_1/index.m3u8
DASH       ${api.url}/c/c_1/index.mpd
MP4        ${api.url}/c/c_1/clip.mp4
`;
  const made = await headwater('clip', 'create', '--channel', 'news', '--last', '30s', '--title', 'Goal');
  expect(made.out).toBe(words);
  const range = ['--start', '1:02:03', '--end', '1:02:33'];
  expect((await headwater('clip', 'create', '--broadcast', 'b_1', ...range, '--json')).json).toEqual(clip);
  expect((await headwater('clip', 'list', '--broadcast', 'b_1')).out).toContain('c_1  b_1');
  expect((await headwater('clip', 'show', 'c_1')).out).toBe(words);
  expect((await headwater('clip', 'delete', 'c_1', '--yes')).out).toBe('Deleted clip c_1.\n');
  expect(api.lines).toEqual([
    'POST /api/v1/clips {"channel":"news","title":"Goal","lastS":30}',
    'GET /api/v1/broadcasts/b_1',
    'POST /api/v1/clips {"broadcast":"b_1","startMs":4723000,"endMs":4753000}',
    'GET /api/v1/clips?broadcast=b_1&limit=50',
    'GET /api/v1/clips/c_1',
    'DELETE /api/v1/clips/c_1',
  ]);
});

it('goes through the whole bucket for orphans, and adds up what one prefix has on several pages', async () => {
  const orphan = { prefix: 'b/b_1/', why: 'deleted', objects: 2, sizeBytes: 1_024 };
  const other = { prefix: '', why: 'not_media', objects: 1, sizeBytes: 10 };
  const pages: Readonly<Record<string, object>> = {
    '/api/v1/orphans': { orphans: [orphan], looked: 1_000, next: 'b/b_1/x' },
    '/api/v1/orphans?cursor=b%2Fb_1%2Fx': { orphans: [], looked: 1_000, next: 'c' },
    '/api/v1/orphans?cursor=c': { orphans: [orphan, other], looked: 3, next: null },
  };
  api.on('GET /api/v1/orphans', ({ target }, response) => response.end(JSON.stringify(pages[target])));
  const { out } = await headwater('replay', 'orphans');
  expect(out.replaceAll(/ {2,}/g, '  ')).toBe(
    'BELOW  WHY  OBJECTS  SIZE\n' +
      'b/b_1/  its broadcast was deleted  4  2.0 KiB\n' +
      '(elsewhere)  not of Headwater  1  10 B\n',
  );
  const first = await headwater('replay', 'orphans', '--limit', '1', '--json');
  expect(first.json).toEqual({ orphans: [{ ...orphan, objects: 4, sizeBytes: 2_048 }], more: true });
  expect(api.calls).toHaveLength(6);
});

it('reports segments that the bucket lacks, and broadcasts without a record', async () => {
  const segment = { broadcast: 'b_1', channel: 'news', rendition: 'v720', msn: 42, seenMs: 1 };
  api.json('GET /api/v1/orphans/missing', { segments: [segment], looked: 2, next: null });
  api.json('GET /api/v1/orphans/unrecorded', { broadcasts: [], looked: 7, next: null });
  const { out } = await headwater('replay', 'orphans', '--missing');
  expect(out).toMatch(/^BROADCAST +CHANNEL +RENDITION +SEGMENT +MISSED\nb_1 +news +v720 +42 +\d+ d ago\n$/);
  expect((await headwater('replay', 'orphans', '--missing', '--json')).json).toEqual({
    segments: [segment],
    more: false,
  });
  const { out: none } = await headwater('replay', 'orphans', '--unrecorded');
  expect(none).toBe('Every broadcast that has ended has a record.\n');
  expect((await headwater('replay', 'orphans', '--unrecorded', '--missing')).code).toBe(2);
});

it('prints lifecycle rules as a bucket takes them', async () => {
  const rules = { Rules: [{ ID: 'b_1', Status: 'Enabled', Filter: { Prefix: 'b/b_1/' }, Expiration: { Date: 'x' } }] };
  api.json('GET /api/v1/retention/lifecycle', rules);
  const { out, json } = await headwater('replay', 'lifecycle');
  expect(json).toEqual(rules);
  expect((await headwater('replay', 'lifecycle', '--json')).out).toBe(out);
});
