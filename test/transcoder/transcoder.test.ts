import { readFile } from 'node:fs/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { TranscoderHealth } from '#shared/model/broadcast.ts';
import { defaultLadderWish, planLadder } from '../../origin/transcoder/ladder.ts';
import { startTranscoder, type Transcoder, type TranscoderExit } from '../../origin/transcoder/transcoder.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';
import { type FlvTag, flvHeader, flvStream, flvTag, makeClip, media, retime } from './flv-clip.ts';
import { ampleCapacity, sourceOf } from './sources.ts';
import { startReceiver, type TrackReceiver } from './track-receiver.ts';

const source = sourceOf({ width: 320, height: 180, bitrate: 600_000 });
const plan = planLadder(source, ampleCapacity, { ...defaultLadderWish, heights: [90] });

let clip: readonly FlvTag[] = [];
beforeAll(async () => {
  clip = await makeClip({ seconds: 2, video: { bFrames: 0, gopFrames: 30 } });
});

interface Running {
  readonly transcoder: Transcoder;
  readonly receiver: TrackReceiver;
  readonly exits: TranscoderExit[];
  readonly healths: TranscoderHealth[];
}

async function start(baseMs = 0): Promise<Running> {
  const receiver = await startReceiver();
  const exits: TranscoderExit[] = [];
  const healths: TranscoderHealth[] = [];
  const transcoder = await startTranscoder({
    ffmpegPath: 'ffmpeg',
    plan,
    baseMs,
    sinkUrl: receiver.url,
    log: silentLog,
    onHealth: (health) => healths.push(health),
    onExit: (exit) => exits.push(exit),
    restarts: 3,
  });
  onTestFinished(async () => {
    await transcoder.stop();
    await receiver.close();
  });
  return { transcoder, receiver, exits, healths };
}

/** Feeds a clip and waits until media of it came out. */
async function startAndFeed(baseMs = 0): Promise<Running> {
  const running = await start(baseMs);
  running.transcoder.input.write(flvStream(clip));
  await pollUntil(() => running.receiver.bytes('v180').length > 10_000, 'media');
  return running;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('stop ends the process cleanly and delivers what was fed, where it lies in a broadcast of fifty days', async () => {
  const baseMs = 2 ** 32;
  const { transcoder, receiver, exits } = await startAndFeed(baseMs);
  const stopped = transcoder.stop();
  expect(transcoder.stop()).toBe(stopped);
  await stopped;
  expect(isGone(transcoder.pid)).toBe(true);
  expect(exits).toEqual([{ expected: true, code: 0, signal: null, lastLines: [] }]);
  const frames = receiver.track('v180').chunks.flatMap((chunk) => chunk.samples).length;
  expect(frames).toBe(media(clip, 'video').length);
  const firstMs = (type: 'video' | 'audio') => baseMs + 10_000 + (media(clip, type)[0]?.timestampMs ?? 0);
  const starts = plan.video.map(({ name }) => receiver.track(name).chunks[0]?.startTicks);
  expect(starts).toEqual(plan.video.map(() => firstMs('video') * 90));
  expect(receiver.track('a1').chunks[0]?.startTicks).toBe(firstMs('audio') * 48 - 1_024);
});

test('a process that does not react is killed in time', async () => {
  const { transcoder, exits } = await startAndFeed();
  process.kill(transcoder.pid, 'SIGSTOP');
  const started = performance.now();
  await transcoder.stop();
  expect(performance.now() - started).toBeLessThan(transcoderLimits.stopMsMax + 3_000);
  expect(isGone(transcoder.pid)).toBe(true);
  expect(exits).toMatchObject([{ expected: true, signal: 'SIGKILL' }]);
});

test('a killed process is reported once, and writing to it goes on harmlessly', async () => {
  const { transcoder, exits } = await startAndFeed();
  process.kill(transcoder.pid, 'SIGKILL');
  const bytes = flvStream(clip);
  await pollUntil(() => {
    transcoder.input.write(bytes);
    return exits.length > 0;
  }, 'the exit');
  for (let i = 0; i < 10; i++) transcoder.input.write(bytes);
  await transcoder.stop();
  expect(exits).toMatchObject([{ expected: false, code: null, signal: 'SIGKILL' }]);
  expect(isGone(transcoder.pid)).toBe(true);
});

test('when the sink goes away the process ends by itself and does not name the address', async () => {
  const { transcoder, receiver, exits } = await startAndFeed();
  await receiver.close();
  const later = clip.filter((tag) => !tag.header).map((tag) => flvTag(retime(tag, tag.timestampMs + 2_000)));
  for (const tag of later) transcoder.input.write(tag);
  await pollUntil(() => exits.length > 0, 'the exit');
  expect(exits[0]?.expected).toBe(false);
  expect(exits[0]?.code).not.toBe(0);
  expect(exits[0]?.lastLines.length).toBeGreaterThan(0);
  expect(exits[0]?.lastLines.join('\n')).not.toContain(receiver.token);
});

test('bytes that are no FLV end the process with a reason', async () => {
  const { transcoder, exits } = await start();
  transcoder.input.end(Buffer.alloc(100_000, 'no media '));
  await pollUntil(() => exits.length > 0, 'the exit');
  expect(exits[0]?.expected).toBe(false);
  expect(exits[0]?.lastLines.join('\n')).toContain('could not find codec parameters');
});

test('health tells the speed of a live source', async () => {
  const { transcoder, healths } = await start();
  const { input } = transcoder;
  input.write(flvHeader(clip));
  for (const tag of clip.filter((one) => one.header)) input.write(flvTag(tag));
  const tags = clip.filter((tag) => !tag.header);
  const started = performance.now();
  let fed = 0;
  await pollUntil(() => {
    // The clip over and over, at the pace of its own timestamps.
    for (; ; fed++) {
      const tag = tags[fed % tags.length];
      if (!tag) break;
      const timestampMs = tag.timestampMs + Math.floor(fed / tags.length) * 2_000;
      if (timestampMs > performance.now() - started) break;
      input.write(flvTag(retime(tag, timestampMs)));
    }
    return healths.length >= 3;
  }, 'three reports');
  const health = healths.at(-1);
  expect(health?.restarts).toBe(3);
  expect(health?.droppedFrames).toBe(0);
  expect(health?.fps).toBeGreaterThan(15);
  expect(health?.fps).toBeLessThan(60);
  expect(health?.speed).toBeGreaterThan(0.5);
  expect(health?.speed).toBeLessThan(2);
  expect(health?.bitrate).toBeGreaterThan(10_000);
});

test('sound that falls silent is told, and that it is heard again', async () => {
  const seconds = transcoderLimits.silenceMs / 1_000 + 6;
  const quiet = `volume=0:enable='between(t,2,${seconds - 2})'`;
  const clip = await makeClip({ seconds, video: null, audio: { sampleRate: 48_000, filter: quiet } });
  const receiver = await startReceiver();
  const told: boolean[] = [];
  const exit = await new Promise<TranscoderExit>((resolve, reject) => {
    const plan = planLadder(sourceOf(null), ampleCapacity, { ...defaultLadderWish, opus: true });
    const onSilence = (silent: boolean) => told.push(silent);
    const options = {
      ffmpegPath: 'ffmpeg',
      plan,
      sinkUrl: receiver.url,
      log: silentLog,
      onHealth: () => {},
      onSilence,
    };
    startTranscoder({ ...options, onExit: resolve }).then(({ input }) => input.end(flvStream(clip)), reject);
  });
  await receiver.close();
  expect(exit).toMatchObject({ expected: true, lastLines: [] });
  expect(told).toEqual([true, false]);
});

test.each(['/nonexistent/ffmpeg', 'ffmpeg-that-is-not-here'])('%s cannot be started', async (ffmpegPath) => {
  const options = { plan, sinkUrl: () => 'http://127.0.0.1:9/s', log: silentLog, onHealth: () => {}, onExit: () => {} };
  await expect(startTranscoder({ ...options, ffmpegPath })).rejects.toMatchObject({
    code: 'ffmpeg_missing',
    message: expect.stringContaining('FFMPEG_PATH'),
  });
});

test('the process gets no environment of ours', async () => {
  const { transcoder } = await start();
  expect(await readFile(`/proc/${transcoder.pid}/environ`, 'utf8')).toBe('');
});
