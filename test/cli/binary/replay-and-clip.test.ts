import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli } from '../../support/cli-run.ts';
import { ClipStage } from '../../support/clip-stage.ts';
import { makeBroadcast } from '../../support/finished-broadcast.ts';

const beganMs = Date.UTC(2026, 10, 21, 12, 0, 0);

let stage: ClipStage;
let channel: string;
let broadcast: string;

beforeAll(async () => {
  stage = await ClipStage.start();
  ({ channel, broadcast } = await stage.keep(makeBroadcast()));
  const status = JSON.stringify({ state: 'partial', uploaded: 1, sizeBytes: 2_048, durationMs: 14_000, gapMs: 1_000 });
  await stage.edge.sql(
    'UPDATE broadcasts SET started_ms = ?2, ended_ms = ?3, replay = ?4 WHERE id = ?1',
    ...[broadcast, beganMs, beganMs + 27_000, status],
  );
}, 60_000);
afterAll(() => stage?.stop());

function headwater(...args: string[]) {
  return cli(args, { env: { HEADWATER_URL: stage.edge.url(), HEADWATER_TOKEN: 'token-of-the-edge-tests' } });
}

it('shows replays as the API has them', async () => {
  const { out, json } = await headwater('replay', 'list', '--channel', channel, '--json');
  expect(json?.replays, out).toMatchObject([
    { id: broadcast, title: 'A channel', visibility: 'public', state: 'partial' },
  ]);
  const shown = await headwater('replay', 'show', broadcast);
  expect([shown.code, shown.out]).toEqual([
    0,
    expect.stringMatching(/title +A channel\nvisibility +public\nstate +partial\n/),
  ]);
  expect(shown.out).toContain('length      14 s\nsize        2.0 KiB\ngaps        1 s could not be stored\n');
});

it('makes clips of seconds, of times and of what came last, and takes them away', async () => {
  const range = ['clip', 'create', '--broadcast', broadcast, '--json'];
  const bySeconds = await headwater(...range, '--start', '2', '--end', '0:05.5', '--title', 'Goal');
  expect(bySeconds.json, bySeconds.err).toMatchObject({
    broadcast,
    title: 'Goal',
    startMs: beganMs + 2_000,
    durationS: 3.5,
  });
  const byTimes = await headwater(...range, '--start', '2026-11-21T12:00:01Z', '--end', '2026-11-21T13:00:04+01:00');
  expect(byTimes.json, byTimes.err).toMatchObject({ startMs: beganMs + 1_000, endMs: beganMs + 4_000 });
  const ofChannel = await headwater('clip', 'create', '--channel', channel, '--start', '1', '--end', '3', '--json');
  expect(ofChannel.json, ofChannel.err).toMatchObject({ broadcast, startMs: beganMs + 1_000, durationS: 2 });
  const last = await headwater('clip', 'create', '--channel', channel, '--last', '3s', '--json');
  expect(last.json, last.err).toMatchObject({ broadcast, durationS: 3 });
  const { json } = await headwater('clip', 'list', '--broadcast', broadcast, '--json');
  expect(json.clips).toHaveLength(4);
  const shown = await headwater('clip', 'show', bySeconds.json.id);
  expect(shown.out).toContain(`MP4        ${new URL(stage.edge.url()).origin}${bySeconds.json.playback.download}\n`);
  for (const { id } of json.clips)
    expect((await headwater('clip', 'delete', id, '--yes')).out).toBe(`Deleted clip ${id}.\n`);
  const outside = await headwater(...range, '--start', '60', '--end', '70');
  expect([outside.code, outside.err.includes('outside_media')]).toEqual([1, true]);
});

it('deletes a replay', async () => {
  const { out } = await headwater('replay', 'delete', broadcast, '--yes');
  expect(out).toMatch(
    new RegExp(
      `^Replay ${broadcast} is closed, at every PoP within a minute; \\d+ objects, .* are removed so far, the rest follows`,
    ),
  );
  expect((await headwater('replay', 'list', '--channel', channel, '--json')).json.replays).toEqual([]);
});
