import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { liveSegment, liveSegmentHeader } from '#shared/wire/live-segment.ts';
import { distinct, EdgeStage } from '../support/edge-stage.ts';
import { FakeOrigin, playlistText, sendPlaylist } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;
let active: FakeOrigin;
let copy: FakeOrigin;
let broadcast: string;
let tests = 0;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

/** Two origins of their own for each test: breakers remember hosts. */
beforeEach(async () => {
  await Promise.all([active?.stop(), copy?.stop()]);
  [active, copy] = [await FakeOrigin.start(), await FakeOrigin.start()];
  const names = [`o-active-${++tests}`, `o-copy-${tests}`] as const;
  await stage.edge.addOrigin(names[0], active.url);
  await stage.edge.addOrigin(names[1], copy.url);
  ({ broadcast } = await stage.edge.addBroadcast('public', names[0]));
  await stage.edge.sql('INSERT INTO broadcast_copies VALUES (?1, ?2, 0)', broadcast, names[1]);
});
afterAll(() => Promise.all([active?.stop(), copy?.stop()]));

/** The answer for a segment that was announced and lost. */
const lose = (_: string, response: ServerResponse) => response.writeHead(303, { location: 'init-0.mp4' }).end();

const pathOf = (file: string) => `/b/${broadcast}/${file}`;

test('the one that makes the broadcast is asked, and nobody else', async () => {
  for (const file of ['v720/12.m4s', 'v720/12.3.m4s', 'index.mpd']) active.put(pathOf(file), 'active');
  active.putPlaylist(pathOf('v720/index.m3u8'), {});
  for (const file of ['v720/12.m4s', 'v720/12.3.m4s', 'index.mpd', 'v720/index.m3u8']) {
    expect(distinct((await Promise.all(stage.crowd(20, pathOf(file)))).map(({ status }) => status))).toEqual([200]);
    expect(active.countPath(pathOf(file))).toBe(1);
  }
  expect(copy.seen).toEqual([]);
});

test('when it dies while it holds a part, one request goes on waiting at the other, and viewers notice nothing', async () => {
  const path = pathOf('v720/12.3.m4s');
  const held = active.hold(path);
  const heldToo = copy.hold(path);
  const viewers = stage.crowd(30, path);
  await pollUntil(() => held.waiting === 1, 'the first hold');
  await stage.reached();
  expect(copy.countPath(path)).toBe(0);
  await active.stop();
  await pollUntil(() => heldToo.waiting === 1, 'the second hold');
  await stage.reached();
  heldToo.release((response) => response.writeHead(200).end('part'));
  expect(distinct((await Promise.all(viewers)).map(({ text }) => text))).toEqual(['part']);
  expect([active.countPath(path), copy.countPath(path)]).toEqual([1, 1]);
});

test('after its death every object is one request of the other', async () => {
  await active.stop();
  const paths = Array.from({ length: 20 }, (_, msn) => pathOf(`v720/${msn}.m4s`));
  for (const path of paths) copy.put(path, path);
  for (const path of paths) {
    expect(distinct((await Promise.all(stage.crowd(10, path))).map(({ text }) => text))).toEqual([path]);
  }
  expect(paths.map((path) => copy.countPath(path))).toEqual(paths.map(() => 1));
});

test('a copy that is asked for what it does not have is not believed while the maker has it', async () => {
  const path = pathOf('v720/12.m4s');
  copy.put(path, 'media');
  expect((await Promise.all(stage.crowd(10, path))).map(({ text }) => text)[0]).toBe('media');
  expect([active.countPath(path), copy.countPath(path)]).toEqual([1, 1]);
  const nowhere = pathOf('v720/13.m4s');
  expect((await stage.get(nowhere)).status).toBe(404);
  expect([active.countPath(nowhere), copy.countPath(nowhere)]).toEqual([1, 1]);
  const ill = pathOf('v720/14.m4s');
  copy.fail(ill, 500);
  expect((await stage.get(ill)).status).toBe(404);
});

test('what the maker has lost is lost, unless the copy has it', async () => {
  const [lost, saved] = [pathOf('v720/12.m4s'), pathOf('v720/13.m4s')];
  for (const path of [lost, saved]) active.on(path, lose);
  copy.put(saved, 'media');
  expect((await stage.get(saved)).text).toBe('media');
  for (const status of [404, 500]) {
    copy.fail(lost, status);
    const { headers, ...reply } = await stage.get(lost);
    expect([reply.status, headers.location]).toEqual([303, 'init-0.mp4']);
  }
});

test('a manifest that does not come is asked of the other as well; what may be held is not', {
  timeout: 30_000,
}, async () => {
  const [manifest, held] = [pathOf('index.m3u8'), pathOf('v720/index.m3u8?_HLS_msn=10&_HLS_part=4')];
  active.hold(manifest);
  active.putPlaylist(pathOf('v720/index.m3u8'), {});
  expect((await stage.get(pathOf('v720/index.m3u8'))).status).toBe(200);
  const reload = active.hold(held);
  copy.put(manifest, '#EXTM3U\n# copy\n');
  const waiting = stage.get(held);
  const startedMs = performance.now();
  const replies = await Promise.all(stage.crowd(10, manifest));
  expect(distinct(replies.map(({ text }) => text))).toEqual(['#EXTM3U\n# copy\n']);
  expect(performance.now() - startedMs).toBeGreaterThan(edgeLimits.hedgeMs - 100);
  expect([active.countPath(manifest), copy.countPath(manifest)]).toEqual([1, 1]);
  expect([reload.waiting, copy.countPath(pathOf('v720/index.m3u8'))]).toEqual([1, 0]);
  reload.release((response) => sendPlaylist(response, { part: 4 }));
  expect((await waiting).text).toBe(playlistText({ part: 4 }));
});

test('when it has let go of the broadcast, the one that the catalogue names then is asked', async () => {
  await stage.edge.sql('DELETE FROM broadcast_copies WHERE broadcast = ?1', broadcast);
  const path = pathOf('v720/index.m3u8');
  active.putPlaylist(path, {});
  expect((await stage.get(path)).status).toBe(200);
  active.fail(path, 410);
  copy.putPlaylist(path, { part: 4 });
  await stage.edge.sql('UPDATE broadcasts SET origin = ?2 WHERE id = ?1', broadcast, `o-copy-${tests}`);
  await pollUntil(async () => (await stage.get(path)).text === playlistText({ part: 4 }), 'the other one', 5_000);
});

test('while a backup waits, manifests and segments are held until it goes on with the broadcast', {
  timeout: 30_000,
}, async () => {
  await stage.edge.sql('DELETE FROM broadcast_copies WHERE broadcast = ?1', broadcast);
  await active.stop();
  expect((await stage.get(pathOf('v240/index.m3u8'))).status).toBe(502);
  await stage.edge.sql('UPDATE broadcasts SET backup_ms = ?2 WHERE id = ?1', broadcast, Date.now());
  const paths = ['index.m3u8', 'index.mpd', 'v720/index.m3u8'].map(pathOf);
  const soon = pathOf('v720/index.m3u8');
  copy.fail(soon, 503);
  copy.put(pathOf('index.m3u8'), '#EXTM3U\n# copy\n');
  copy.put(pathOf('index.mpd'), 'copy');
  copy.on(pathOf('v720/1.m4s'), lose);
  const asked = Promise.all(paths.map(async (path) => (await stage.get(path)).status));
  const lost = stage.get(pathOf('v720/1.m4s'));
  expect((await stage.get(pathOf('v720/1.0.m4s'))).status).toBe(502);
  await stage.edge.sql('UPDATE broadcasts SET origin = ?2 WHERE id = ?1', broadcast, `o-copy-${tests}`);
  await pollUntil(() => copy.countPath(soon) > 0, 'the other one to be asked', 8_000);
  copy.putPlaylist(soon, {});
  expect(await asked).toEqual([200, 200, 200]);
  const { status, headers, text } = await lost;
  expect([status, headers.location, headers.etag, text]).toEqual([303, 'init-0.mp4', undefined, '']);
});

test('a segment that breaks off with its origin is one question to the heir for all who ask again', {
  timeout: 30_000,
}, async () => {
  await stage.edge.sql('DELETE FROM broadcast_copies WHERE broadcast = ?1', broadcast);
  await stage.edge.sql('UPDATE broadcasts SET backup_ms = ?2 WHERE id = ?1', broadcast, Date.now());
  const path = pathOf('v720/12.m4s');
  active.on(path, (_, response) => {
    response.writeHead(200, { [liveSegmentHeader]: liveSegment });
    response.write('half');
  });
  const pops = ['fra', 'fra', 'ams'];
  const making = await Promise.all(pops.map((pop) => fetch(new URL(path, stage.edge.url(pop)))));
  const bodies = making.map((response) =>
    response.text().then(
      () => 'whole',
      () => 'broken',
    ),
  );
  await active.stop();
  expect(await Promise.all(bodies)).toEqual(pops.map(() => 'broken'));
  copy.on(path, lose);
  copy.put(pathOf('v720/init-0.mp4'), 'init');
  const again = pops.map((pop) => fetch(new URL(path, stage.edge.url(pop))));
  await stage.reached('ams');
  await stage.edge.sql('UPDATE broadcasts SET origin = ?2 WHERE id = ?1', broadcast, `o-copy-${tests}`);
  for (const response of await Promise.all(again)) {
    expect([new URL(response.url).pathname, await response.text()]).toEqual([pathOf('v720/init-0.mp4'), 'init']);
  }
  expect(copy.countPath(path)).toBe(1);
});

test('while it flaps and the copy lags, the media sequence never goes back', async () => {
  const path = pathOf('v720/index.m3u8');
  let edge = 0;
  const stateAt = (parts: number) => ({ msn: 10 + Math.floor(parts / 10), part: parts % 10, partTargetS: 0.05 });
  active.on(path, (_, response) => {
    // Up and down for three answers each.
    if (Math.floor(active.countPath(path) / 3) % 2 === 1) response.writeHead(500).end();
    else sendPlaylist(response, stateAt(edge));
  });
  copy.on(path, (_, response) => sendPlaylist(response, stateAt(Math.max(0, edge - 7))));
  const seen: number[] = [];
  for (edge = 0; edge < 60; edge++) {
    const reply = await stage.get(path);
    expect(reply.status).toBe(200);
    const [, msn = '', part = ''] = /msn=(\d+);part=(\d+)/.exec(reply.text) ?? [];
    seen.push(Number(msn) * 10 + Number(part));
    const fresh = Number(active.countPath(path));
    await pollUntil(
      async () => active.countPath(path) > fresh || (await stage.get(path)).status !== 200,
      'the next ask',
    );
  }
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(copy.countPath(path)).toBeGreaterThan(5);
  expect(seen.at(-1)).toBeGreaterThan(100 + 40);
});
