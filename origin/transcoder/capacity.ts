import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { budget } from './cost.ts';
import { videoEncoder } from './encoders.ts';
import { FfmpegError } from './error.ts';
import type { Capacity, LadderPlan } from './ladder.ts';
import { emptyEnvironment, locateFfmpeg, missing } from './program.ts';
import { noProgressLines, readProgressLine } from './progress.ts';

const picture = { width: 1_280, height: 720, frameRate: 30, bitrate: 2_500_000 };
/** Costs of all encoders are told in its. */
const yardstick = 'libx264';
/** One of our encoder processes keeps about two cores busy. */
const coresPerProcess = 2;

/** Whether a plan can run beside what runs already. */
export function fits(plan: LadderPlan, capacity: Capacity): boolean {
  return plan.cost <= budget(capacity);
}

/**
 * Encodes a moving picture with our settings on all cores for about a second and counts.
 * Throws FfmpegError `ffmpeg_missing`, `ffmpeg_failed`.
 */
export async function measureCapacity(ffmpegPath: string): Promise<Capacity> {
  const path = await locateFfmpeg(ffmpegPath);
  const wanted = Math.floor(availableParallelism() / coresPerProcess);
  const processes = Math.max(1, Math.min(transcoderLimits.capacityProcessesMax, wanted));
  const rates = await Promise.all(Array.from({ length: processes }, () => measureFramesPerSecond(path)));
  const framesPerSecond = rates.reduce((sum, rate) => sum + rate, 0);
  return { pixelsPerSecond: Math.round(framesPerSecond * picture.width * picture.height), inUse: 0 };
}

function measureFramesPerSecond(path: string): Promise<number> {
  const { width, height, frameRate, bitrate } = picture;
  const source = `testsrc2=size=${width}x${height}:rate=${frameRate}`;
  const parameters = [
    ...['-nostdin', '-loglevel', 'error', '-nostats', '-stats_period', '0.05', '-progress', 'pipe:1'],
    ...['-f', 'lavfi', '-i', source, '-threads', String(coresPerProcess), '-pix_fmt', 'yuv420p'],
    ...['-c:v', yardstick, ...videoEncoder(yardstick).settings(bitrate), '-f', 'null', '-'],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(path, parameters, { env: emptyEnvironment, stdio: ['ignore', 'pipe', 'ignore'] });
    const count = frameCounter(() => child.kill('SIGKILL'));
    const deadline = setTimeout(() => child.kill('SIGKILL'), transcoderLimits.questionMsMax);
    child.stdout.setEncoding('utf8').on('data', count.push);
    child.once('error', (cause) => {
      clearTimeout(deadline);
      reject(missing(path, cause));
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      const rate = count.rate();
      if (rate !== null) resolve(rate);
      else reject(new FfmpegError('ffmpeg_failed', `ffmpeg could not encode a test picture (exit code ${code}).`));
    });
  });
}

interface Count {
  readonly atMs: number;
  readonly frames: number;
}

/** Reads progress reports; calls `onEnough` when they span the time of a measurement. */
function frameCounter(onEnough: () => void) {
  let pending = noProgressLines;
  let rest = '';
  const counts: Count[] = [];
  const spanMs = () => (counts.at(-1)?.atMs ?? 0) - (counts[0]?.atMs ?? 0);
  const readLine = (line: string) => {
    const progress = readProgressLine(pending, line);
    if (progress) pending = progress.lines;
    if (!progress?.report || progress.report.frames === 0) return;
    counts.splice(1, 1, { atMs: performance.now(), frames: progress.report.frames });
    if (spanMs() >= transcoderLimits.capacityMeasureMs) onEnough();
  };
  return {
    push: (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) readLine(line);
    },
    /** Frames per second between the first and the last report; null when there were not two. */
    rate: () => {
      const [first, last] = counts;
      return first && last && spanMs() > 0 ? ((last.frames - first.frames) * 1_000) / spanMs() : null;
    },
  };
}
