import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Rendition } from '#shared/model/rendition.ts';
import { argumentsOf, buildCommand } from '../../origin/transcoder/command.ts';
import { defaultLadderWish, type LadderPlan } from '../../origin/transcoder/ladder.ts';
import { slateOutputs } from '../../origin/transcoder/slate-arguments.ts';
import { checkSlateImage } from '../../origin/transcoder/slate-image.ts';
import { planSlate } from '../../origin/transcoder/slate-plan.ts';
import { startTranscoder, type TranscoderExit } from '../../origin/transcoder/transcoder.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';
import { startReceiver } from './track-receiver.ts';

const folder = mkdtempSync(join(tmpdir(), 'headwater-slate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const video = { kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false } as const;
const copied: Rendition = {
  ...{ ...video, name: 'v361', codec: 'avc1.4d401f', width: 641, height: 361, bitrate: 90_000, passthrough: true },
};
const encoded: Rendition = { ...video, name: 'v240', codec: 'avc1.640015', width: 426, height: 240 };
const av1: Rendition = { ...video, name: 'v240-av1', codec: 'av01.0.04M.08', width: 426, height: 240 };
const aac: Rendition = {
  kind: 'audio',
  name: 'a1',
  codec: 'mp4a.40.2',
  channels: 1,
  sampleRate: 48_000,
  bitrate: 96_000,
};
const opus: Rendition = { ...aac, name: 'a1-opus', codec: 'opus' };

const wish = { ...defaultLadderWish, extraRungs: [{ encoder: 'libsvtav1', height: 240 }] };
const planOf = (renditions: readonly Rendition[]) => planSlate(renditions, wish) as LadderPlan;
const sinkUrl = (name: string) => `http://127.0.0.1:9/s/${name}`;
const still = { image: '/a b/100%.png', startMs: 61_234, burstMs: 500, codecs: new Map([['v361', 'avc1.4d401f']]) };
const argv = (plan: LadderPlan) => argumentsOf(buildCommand('ffmpeg', slateOutputs(plan, still, sinkUrl)));

describe('the plan of a slate', () => {
  test('goes on with every rendition; a passed-through one is encoded, with even sides and a usual bitrate', () => {
    const { video: rungs, audio, opus: second, keyframes, partTargetMs } = planOf([copied, encoded, av1, aac, opus]);
    expect(
      rungs.map(({ name, mode, width, height, frameRate, encoder }) => [name, mode, width, height, frameRate, encoder]),
    ).toEqual([
      ['v361', 'encode', 640, 360, 30, 'libx264'],
      ['v240', 'encode', 426, 240, 30, 'libx264'],
      ['v240-av1', 'encode', 426, 240, 30, 'libsvtav1'],
    ]);
    expect(rungs[0]?.bitrate).toBe(700_000);
    expect([audio, second]).toMatchObject([
      { name: 'a1', encoder: 'aac', channels: 1, sampleRate: 48_000, bitrate: 96_000 },
      { name: 'a1-opus', encoder: 'libopus', channels: 1 },
    ]);
    expect([keyframes, partTargetMs]).toEqual([2_000, 200]);
  });

  test('leaves out what no encoder makes any more; null when nothing is left', () => {
    expect(planSlate([encoded, av1], defaultLadderWish)?.video.map(({ name }) => name)).toEqual(['v240']);
    expect(planSlate([av1], defaultLadderWish)).toBeNull();
    expect(planSlate([], wish)).toBeNull();
    expect(planSlate([aac], wish)).toMatchObject({ video: [], audio: { name: 'a1' }, cost: 0 });
  });

  test('costs no decoding', () => {
    expect(planOf([encoded]).cost).toBe(426 * 240 * 30);
  });
});

describe('the command line of a slate', () => {
  const line = argv(planOf([copied, encoded, aac]));

  test('reads one picture and makes silence', () => {
    const inputs = line.slice(0, line.indexOf('-filter_complex'));
    expect(inputs.slice(inputs.indexOf('-nostdin'))).toEqual([
      ...['-nostdin', '-protocol_whitelist', 'file', '-f', 'image2', '-pattern_type', 'none', '-framerate', '30'],
      ...['-i', '/a b/100%.png', '-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=mono'],
    ]);
  });

  test('repeats the picture in real time after what is overdue', () => {
    const ground = 'pad=426:240:-1:-1:color=0x14181f';
    const scaled = `scale=426:240:force_original_aspect_ratio=decrease,format=rgb24,${ground},setsar=1`;
    const repeated = 'loop=loop=-1:size=1,setpts=max(N-15\\,0),realtime,setpts=N';
    const filter = line[line.indexOf('-filter_complex') + 1]?.split(';') ?? [];
    expect(filter[0]).toBe('[0:v:0]split=2[v361-in][v240-in]');
    expect(filter[2]).toBe(
      `[v240-in]${scaled},scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,${repeated},format=yuv420p[v240]`,
    );
    expect(filter[3]).toBe('[1:a:0]asetpts=max(N-24000\\,0),arealtime,asetpts=N[a1]');
  });

  test('puts it where the media before ends, in the profile of the source', () => {
    const all = line.join(' ');
    expect(all.match(/-output_ts_offset 71\.234 /g)).toHaveLength(3);
    expect(all).toContain('-profile:v main -level:v 3.1 -map [v361] -c:v libx264');
    expect(all.match(/-profile:v/g)).toHaveLength(1);
    expect(all).toContain('-map [a1] -c:a aac -b:a 96000 -ar 48000 -ac 1 -frag_duration 200000');
    expect(all).not.toContain('pipe:0');
  });

  test('of sound alone has no picture', () => {
    expect(argv(planOf([aac])).join(' ')).toMatch(/-nostdin -f lavfi -i anullsrc=\S+ -filter_complex \[0:a:0\]asetpts/);
  });
});

test('a running slate comes in real time, all tracks from its start, and ends at once', async () => {
  const receiver = await startReceiver();
  const exits: TranscoderExit[] = [];
  const image = await checkSlateImage('ffmpeg', null);
  const slate = await startTranscoder({
    ...{
      ffmpegPath: 'ffmpeg',
      plan: planOf([copied, encoded, aac]),
      slate: { ...still, image },
      sinkUrl: receiver.url,
    },
    ...{ log: silentLog, onHealth: () => {}, onExit: (exit: TranscoderExit) => exits.push(exit) },
  });
  const chunks = (name: string) => {
    try {
      return receiver.track(name).chunks;
    } catch {
      return []; // its init segment is not there yet
    }
  };
  await pollUntil(() => chunks('v361').length >= 7 && chunks('a1').length >= 7, 'more than the burst', 20_000);
  const stopMs = performance.now();
  await slate.stop();
  expect(performance.now() - stopMs).toBeLessThan(2_500);
  expect(exits).toMatchObject([{ expected: true }]);
  // tfdt: ten seconds and the start; the sound's priming lies before it.
  const firstMs = (name: string, timescale: number) => ((chunks(name)[0]?.startTicks ?? 0) * 1_000) / timescale;
  expect(firstMs('v361', 90_000)).toBeCloseTo(71_234, 0);
  expect(firstMs('v240', 90_000)).toBeCloseTo(71_234, 0);
  expect(firstMs('a1', 48_000)).toBeCloseTo(71_234 - 1_024 / 48, 0);
  expect(
    chunks('v240')
      .slice(0, 5)
      .map((chunk) => chunk.samples.length),
  ).toEqual([6, 6, 6, 6, 6]);
  await receiver.close();
}, 40_000);

describe('the picture', () => {
  test('is the built-in one unless another is given', async () => {
    expect(await checkSlateImage('ffmpeg', null)).toMatch(/slate\.png$/);
  });

  const png = Buffer.from('89504e470d0a1a0a', 'hex');
  test.each([
    ['that is not there', null, 'slate_image_unreadable'],
    ['that is text', Buffer.from('no picture'), 'slate_image_invalid'],
    ['that is empty', Buffer.alloc(0), 'slate_image_invalid'],
    ['that only begins like a PNG', Buffer.concat([png, Buffer.alloc(200, 7)]), 'slate_image_invalid'],
    ['that only begins like a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), 'slate_image_invalid'],
  ])('%s is refused', async (_, bytes, code) => {
    const path = join(folder, `${code}-${bytes?.length}`);
    if (bytes) writeFileSync(path, bytes);
    await expect(checkSlateImage('ffmpeg', path)).rejects.toMatchObject({ code });
    await expect(checkSlateImage('ffmpeg', path)).rejects.toThrow('HEADWATER_SLATE_IMAGE');
  });
});
