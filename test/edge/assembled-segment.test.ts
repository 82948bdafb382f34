import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatPlaylistState, playlistStateHeader } from '#shared/wire/playlist-state.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { startState } from '../support/fake-origin.ts';
import { pollUntil } from '../support/poll.ts';

let stage: EdgeStage;
let folder: string;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

const parts = [0, 1, 2, 3].map((part) => `#EXT-X-PART:DURATION=0.2,URI="10.${part}.m4s"`);
const complete = ['#EXTM3U', ...parts, '#EXTINF:0.8,', '10.m4s', ''].join('\n');

/** An origin with four parts of segment 10 and, apart from them, the segment; viewers have fetched `fetched` of them. */
async function afterParts(playlist: string, fetched: readonly number[]): Promise<string> {
  const { broadcast } = await stage.edge.addBroadcast();
  folder = `/b/${broadcast}/v720`;
  for (const part of [0, 1, 2, 3]) stage.origin.put(`${folder}/10.${part}.m4s`, `part ${part},`);
  stage.origin.put(`${folder}/10.m4s`, 'from the origin');
  stage.origin.put(`${folder}/index.m3u8`, playlist, { [playlistStateHeader]: formatPlaylistState(startState) });
  await stage.get(`${folder}/index.m3u8`);
  for (const part of fetched) await stage.get(`${folder}/10.${part}.m4s`);
  return `${folder}/10.m4s`;
}

test.each([[[0, 1, 2, 3]], [[2, 3]]])(
  'a segment of which parts %j were fetched is made of its parts',
  async (fetched) => {
    const path = await afterParts(complete, fetched);
    for (const pop of ['fra', 'ams']) {
      const { status, text, headers } = await stage.get(path, pop);
      expect([status, text, headers['headwater-cache']]).toEqual([200, 'part 0,part 1,part 2,part 3,', 'shield']);
      expect(headers['content-length']).toBe('28');
    }
    expect(stage.origin.countPath(path)).toBe(0);
    for (const part of [0, 1, 2, 3]) expect(stage.origin.countPath(`${folder}/10.${part}.m4s`)).toBe(1);
  },
);

test.each<[string, string, readonly number[]]>([
  ['nobody fetches parts', complete, []],
  ['the playlist does not list it as a whole yet', ['#EXTM3U', ...parts, ''].join('\n'), [0, 1, 2, 3]],
  ['its parts were never listed', '#EXTM3U\n#EXTINF:0.8,\n10.m4s\n', [0, 1, 2, 3]],
])('the origin sends a segment when %s', async (_, playlist, fetched) => {
  const path = await afterParts(playlist, fetched);
  expect((await stage.get(path)).text).toBe('from the origin');
  expect(stage.origin.countPath(path)).toBe(1);
});

test('parts that are listed no more are known by their number', async () => {
  const path = await afterParts(complete, [0, 1, 2, 3]);
  const state = formatPlaylistState({ ...startState, msn: 14 });
  stage.origin.put(`${folder}/index.m3u8`, '#EXTM3U\n#EXTINF:0.8,\n10.m4s\n', { [playlistStateHeader]: state });
  await pollUntil(async () => !(await stage.get(`${folder}/index.m3u8`)).text.includes('PART'), 'the later playlist');
  expect((await stage.get(path)).text).toBe('part 0,part 1,part 2,part 3,');
});

test('a part that cannot be had makes the origin send the segment', async () => {
  const path = await afterParts(complete, [0, 1, 2]);
  stage.origin.fail(`${folder}/10.3.m4s`, 410);
  expect((await stage.get(path)).text).toBe('from the origin');
});
