import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import { EdgeStage } from '../support/edge-stage.ts';

let stage: EdgeStage;
let broadcast: string;

beforeAll(async () => {
  stage = await EdgeStage.start();
}, 30_000);
afterAll(() => stage?.stop());

/** An origin with three parts of segment 10 and, apart from them, the segment; viewers have fetched `parts` of them. */
async function afterParts(state: Partial<PlaylistState>, parts: readonly number[]): Promise<string> {
  ({ broadcast } = await stage.edge.addBroadcast());
  const folder = `/b/${broadcast}/v720`;
  for (const part of [0, 1, 2]) stage.origin.put(`${folder}/10.${part}.m4s`, `part ${part},`);
  stage.origin.put(`${folder}/10.m4s`, 'from the origin');
  stage.origin.putPlaylist(`${folder}/index.m3u8`, state);
  await stage.get(`${folder}/index.m3u8`);
  for (const part of parts) await stage.get(`${folder}/10.${part}.m4s`);
  return `${folder}/10.m4s`;
}

test('a segment whose parts the shield has is made of them, for each PoP of the region', async () => {
  const path = await afterParts({ msn: 10, part: 2, complete: true }, [0, 1, 2]);
  for (const pop of ['fra', 'ams']) {
    const { status, text, headers } = await stage.get(path, pop);
    expect([status, text, headers['headwater-cache']]).toEqual([200, 'part 0,part 1,part 2,', 'shield']);
    expect(headers['content-length']).toBe('21');
  }
  expect(stage.origin.countPath(path)).toBe(0);
});

test.each<[string, Partial<PlaylistState>, readonly number[]]>([
  ['one part of it was never asked for', { msn: 10, part: 2, complete: true }, [0, 2]],
  ['it may have further parts', { msn: 10, part: 2, complete: false }, [0, 1, 2]],
  ['nobody said how many parts it has', { msn: 11, part: 0, complete: true }, [0, 1, 2]],
])('the origin sends a segment when %s', async (_, state, parts) => {
  const path = await afterParts(state, parts);
  expect((await stage.get(path)).text).toBe('from the origin');
  expect(stage.origin.countPath(path)).toBe(1);
});
