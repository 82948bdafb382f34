import { expect, test } from 'vitest';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { LastLines } from '../../origin/transcoder/last-lines.ts';
import {
  healthOf,
  noProgressLines,
  type ProgressReport,
  readProgressLine,
  type TimedReport,
  withReport,
} from '../../origin/transcoder/progress.ts';

// Printed by ffmpeg 5.1.9 with -copyts and two encoded rungs, before and after the first media.
const early = `frame=1
fps=0.00
stream_0_0_q=-1.0
stream_1_0_q=20.0
bitrate=N/A
total_size=797
out_time_us=-3600000011
out_time_ms=-3600000011
out_time=-01:00:00.000011
dup_frames=0
drop_frames=0
speed=N/A
progress=continue`;
const later = `frame=180
fps=29.97
stream_0_0_q=-1.0
stream_1_0_q=20.0
bitrate= 798.2kbits/s
total_size=600297
out_time_us=6016322
out_time_ms=6016322
out_time=00:00:06.016322
dup_frames=0
drop_frames=3
speed=1.01x
progress=continue`;

function reportsIn(text: string): readonly ProgressReport[] {
  let lines = noProgressLines;
  const reports: ProgressReport[] = [];
  for (const line of text.split('\n')) {
    const read = readProgressLine(lines, line);
    if (!read) continue;
    lines = read.lines;
    if (read.report) reports.push(read.report);
  }
  return reports;
}

test('reports are read, times before the first media are none', () => {
  const noise = '[warning] [flv @ 0x5581] Packet mismatch 42 11';
  expect(reportsIn([early, noise, later].join('\n'))).toEqual([
    { frames: 1, outTimeMs: null, totalBytes: 797, droppedFrames: 0, fps: 0, speed: null, bitrate: null },
    {
      frames: 180,
      outTimeMs: 6016.322,
      totalBytes: 600_297,
      droppedFrames: 3,
      fps: 29.97,
      speed: 1.01,
      bitrate: 798_200,
    },
  ]);
});

test.each(['[warning] [libx264 @ 0x1] speed=1', 'Conversion failed!', 'stream=1', '', 'out_time'])(
  '%j is no part of a report',
  (line) => {
    expect(readProgressLine(noProgressLines, line)).toBeNull();
  },
);

test('a report of audio alone has no frames', () => {
  const [report] = reportsIn('bitrate= 130.1kbits/s\ntotal_size=4000\nout_time_us=1000000\nspeed=   1x\nprogress=end');
  expect(report).toEqual({
    frames: 0,
    outTimeMs: 1000,
    totalBytes: 4000,
    droppedFrames: 0,
    fps: 0,
    speed: 1,
    bitrate: 130_100,
  });
});

const timed = (atMs: number, frames: number, outTimeMs: number | null, totalBytes = 0): TimedReport => ({
  atMs,
  report: { frames, outTimeMs, totalBytes, droppedFrames: 2, fps: 30, speed: 1.5, bitrate: 7 },
});

test('health is what happened lately, not since the start', () => {
  let reports: readonly TimedReport[] = [];
  // An hour in real time, then five seconds at half the speed.
  reports = withReport(reports, timed(0, 108_000, 3_600_000, 1_000_000));
  for (let s = 1; s <= 5; s++) {
    const media = 3_600_000 + s * 500;
    reports = withReport(reports, timed(s * 1_000, 108_000 + s * 15, media, 1_000_000 + s * 50_000));
  }
  expect(healthOf(reports, 4)).toEqual({ fps: 15, speed: 0.5, bitrate: 800_000, droppedFrames: 2, restarts: 4 });
  for (let s = 6; s <= 12; s++)
    reports = withReport(reports, timed(s * 1_000, 108_075 + (s - 5) * 30, 3_602_500 + (s - 5) * 1_000));
  expect(healthOf(reports, 4)).toMatchObject({ fps: 30, speed: 1 });
  expect(reports.length).toBe(transcoderLimits.reportsAveragedMax + 1);
});

test('one report gives ffmpeg’s own averages', () => {
  expect(healthOf([timed(0, 30, 1_000)], 0)).toEqual({
    fps: 30,
    speed: 1.5,
    bitrate: 7,
    droppedFrames: 2,
    restarts: 0,
  });
  expect(healthOf([], 1)).toEqual({ fps: 0, speed: 0, bitrate: 0, droppedFrames: 0, restarts: 1 });
});

test('the last lines are few, short and without addresses', () => {
  const kept = new LastLines([
    ['http://127.0.0.1:9/secret/v72', 'v72'],
    ['http://127.0.0.1:9/secret/v720', 'v720'],
  ]);
  for (let i = 0; i < transcoderLimits.stderrLinesMax + 3; i++) kept.push(`line ${i}`);
  kept.push('é'.repeat(transcoderLimits.stderrLineBytesMax));
  kept.push('[error] http://127.0.0.1:9/secret/v720: Broken pipe');
  expect(kept.lines.length).toBe(transcoderLimits.stderrLinesMax);
  expect(kept.lines[0]).toBe('line 5');
  expect(Buffer.byteLength(kept.lines.at(-2) ?? '')).toBeLessThanOrEqual(transcoderLimits.stderrLineBytesMax);
  expect(kept.lines.at(-1)).toBe('[error] <v720>: Broken pipe');
});
