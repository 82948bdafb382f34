import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClipStage } from '../../support/clip-stage.ts';
import { makeCodedBroadcast } from '../../support/coded-broadcast.ts';
import { enterKeys, mintJwt, newTestKey } from '../../support/token-mint.ts';

/** Tokens that allow a part, and viewers who want the whole. */

const startMs = Date.UTC(2026, 10, 21, 12);
const startS = startMs / 1_000;
const key = newTestKey('widening', 'ES256');
const clipOf = (id: string) => `cl_${id.padEnd(20, '0')}`;
const [first, last, open] = [clipOf('first'), clipOf('last'), clipOf('open')];
let stage: ClipStage;
let over: { channel: string; broadcast: string };
let live: { channel: string; broadcast: string };

beforeAll(async () => {
  stage = await ClipStage.start();
  over = await stage.keep(await makeCodedBroadcast([{ startS: 0, seconds: 11, firstFrame: 0 }], startMs));
  live = await stage.serve(await makeCodedBroadcast([{ startS: 0, seconds: 11, firstFrame: 0 }], startMs));
  await enterKeys(stage.edge, [key]);
  await stage.edge.sql("UPDATE channels SET visibility = 'signed'");
  await addClip(first, 0, 2, 'signed');
  await addClip(last, 6, 8, 'signed');
  await addClip(open, 6, 8, 'public');
}, 60_000);

afterAll(() => stage?.stop());

function addClip(id: string, fromS: number, toS: number, visibility: string): Promise<void> {
  return stage.edge.sql(
    `INSERT INTO clips VALUES (?1, ?2, ?3, 'A clip', ?4, ?5, ?6, ?7, ?8, 1)`,
    ...[id, over.broadcast, over.channel, startMs + 1_000 * fromS, startMs + 1_000 * toS],
    ...[1_000 * fromS, 1_000 * toS, visibility],
  );
}

const token = (claims: object) =>
  mintJwt(key, { aud: 'headwater', exp: Math.floor(Date.now() / 1_000) + 60, ...claims });

/** Status, and the code of a refusal. */
async function ask(path: string): Promise<string> {
  const { status, text } = await stage.get(path);
  return status < 400 ? String(status) : `${status} ${JSON.parse(text).code}`;
}

describe('a clip as a file', () => {
  const file = (id: string) => `/clip/${id}/download.mp4`;

  test('takes the scope for it, also from a token that is cut', async () => {
    const mine = (claims: object) => ask(`/t/${token({ res: `clip:${first}`, ...claims })}${file(first)}`);
    expect(await mine({ scp: ['download'] })).toBe('200');
    expect(await mine({ scp: ['clip'] })).toBe('403 wrong_scope');
    expect(await mine({ scp: ['clip'], start: startS })).toBe('403 wrong_scope');
  });

  test('is for the session of another clip nothing', async () => {
    const { text } = await stage.get(`/t/${token({ res: `clip:${first}`, scp: ['clip'] })}/clip/${first}/index.m3u8`);
    const [session] = /\/t\/s1\.[^/]+/.exec(text) ?? [];
    expect(session).toBeDefined();
    expect(await ask(`${session}/b/${over.broadcast}/v180/0.m4s`)).toBe('200');
    expect(await ask(`${session}${file(last)}`)).toBe('403 wrong_scope');
    expect(await ask(`${session}${file(first)}`)).toBe('403 wrong_scope');
  });

  test('is not had by a token for another time, or for lower renditions', async () => {
    const of = (claims: object) => {
      const all = { res: `channel:${over.channel}`, scp: ['clip', 'download'], ...claims };
      return ask(`/t/${token(all)}${file(last)}`);
    };
    expect(await of({ start: startS + 6, end: startS + 8 })).toBe('200');
    expect(await of({ start: startS + 7 })).toBe('403 wrong_scope');
    expect(await of({ end: startS + 7 })).toBe('403 wrong_scope');
    expect(await of({ max_height: 90 })).toBe('403 wrong_scope');
  });

  test('of a signed channel is signed, whatever the clip says', async () => {
    expect(await ask(`/clip/${open}/index.m3u8`)).toBe('401 token_missing');
    expect(await ask(file(open))).toBe('401 token_missing');
    expect((await stage.get(`/api/v1/watch-clip/${open}`)).status).toBe(401);
  });
});

test('a range is one however its name is written', async () => {
  const playlist = `/t/${token({ res: `channel:${live.channel}`, scp: ['live'] })}/b/${live.broadcast}/v180/index.m3u8`;
  expect(await ask(playlist)).toBe('200');
  const moment = '2026-11-21T12:00:02Z';
  for (const query of [`start=${moment}`, `ll=1&st%61rt=${moment}`, `ll=1&%65nd=${moment}`, `?start=${moment}&ll=1`]) {
    expect([query, await ask(`${playlist}?${query}`)]).toEqual([query, '403 wrong_scope']);
  }
});

test('a token for a time range shows nothing else of the broadcast: no pictures, no list', async () => {
  const cut = token({ res: `broadcast:${over.broadcast}`, scp: ['clip'], start: startS, end: startS + 2 });
  for (const path of ['poster.jpg', 'thumbs.vtt', 'thumbs-0.jpg', 'v180/segments.json']) {
    expect([path, await ask(`/t/${cut}/b/${over.broadcast}/${path}`)]).toEqual([path, '403 wrong_scope']);
  }
  expect(await ask(`/t/${cut}/b/${over.broadcast}/v180/0.m4s`)).toBe('200');
  expect(await ask(`/t/${cut}/b/${over.broadcast}/v180/3.m4s`)).toBe('403 wrong_scope');
});

test('media of what was over long ago is for those who may see the replay, not for whoever watches live', async () => {
  const media = (scp: readonly string[]) =>
    ask(`/t/${token({ res: `channel:${over.channel}`, scp })}/b/${over.broadcast}/v180/0.m4s`);
  expect([await media(['live']), await media(['dvr']), await media(['live', 'dvr'])]).toEqual(
    Array(3).fill('403 wrong_scope'),
  );
  expect([await media(['replay']), await media(['clip'])]).toEqual(['200', '200']);
  const running = token({ res: `channel:${live.channel}`, scp: ['live'] });
  expect(await ask(`/t/${running}/b/${live.broadcast}/v180/0.m4s`)).toBe('200');
});
