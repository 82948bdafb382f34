import { expect, it } from 'vitest';
import { findingLines, healthWords, renditionWords, sourceWords } from '../../cli/commands/broadcast-words.ts';
import { painter } from '../../cli/output/paint.ts';

const video = {
  codec: 'h264',
  codecString: 'avc1.640028',
  width: 1920,
  height: 1080,
  frameRate: 30,
  frameRateConstant: true,
  gopMs: 2_000,
  hasBFrames: false,
  openGop: false,
  interlaced: false,
  captions: [],
  bitrate: 6_000_000,
} as const;
const audio = { codec: 'aac', sampleRate: 48_000, channels: 2, bitrate: 160_000 } as const;

it('tells what the encoder sends', () => {
  expect(sourceWords({ video, audio, encoder: 'OBS 31.0' })).toBe(
    '1920 × 1080, 30 fps, h264, 6.0 Mbit/s, keyframe every 2.0 s; aac 48 kHz, 2 channels; OBS 31.0',
  );
  expect(sourceWords({ video: { ...video, gopMs: null }, audio: null, encoder: '' })).toBe(
    '1920 × 1080, 30 fps, h264, 6.0 Mbit/s; no sound',
  );
  expect(sourceWords(null)).toBeNull();
});

it('names a rendition', () => {
  const rung = {
    kind: 'video',
    name: 'v720',
    codec: 'avc1',
    width: 1280,
    height: 720,
    frameRate: 30,
    bitrate: 2_500_000,
  } as const;
  expect(renditionWords({ ...rung, passthrough: true })).toBe('v720 (passthrough, 2.5 Mbit/s)');
  expect(renditionWords({ ...rung, passthrough: false })).toBe('v720 (2.5 Mbit/s)');
});

it('gives the verdict on health first', () => {
  const health = { fps: 30, speed: 1, bitrate: 1, droppedFrames: 0, restarts: 1 };
  expect(healthWords(health)).toBe('well: 30 fps, 1.00 × real time, 0 frames dropped, 1 restarts');
  const total = { p50Ms: 300, p95Ms: 450 };
  const slow = {
    ...health,
    speed: 0.8,
    shedRungs: 1,
    dwell: { ingest: null, transcoder: null, packager: null, total },
  };
  expect(healthWords(slow)).toBe(
    'the machine is too slow: 30 fps, 0.80 × real time, 0 frames dropped, 1 restarts, 1 rungs left out, 450 ms from capture to part (p95)',
  );
  expect(healthWords(null)).toBeNull();
});

it('tells findings with their way out', () => {
  const finding = {
    code: 'video.gop_long',
    severity: 'warning',
    sentence: 'Keyframes are 10 s apart.',
    fix: 'Set the keyframe interval to 2 s.',
    openedMs: 40_000,
  } as const;
  expect(findingLines([finding], 100_000, painter(false))).toBe(
    'warning  Keyframes are 10 s apart. (video.gop_long, 1 min ago)\n  Set the keyframe interval to 2 s.\n',
  );
  expect(findingLines([{ ...finding, expectedMs: 820_000 }], 100_000, painter(false))).toContain(
    '(video.gop_long, 1 min ago, expected in 12 min)',
  );
  expect(findingLines([{ ...finding, expectedMs: 1 }], 100_000, painter(false))).toContain(', expected now)');
  expect(findingLines([], 0, painter(false))).toBe('No findings.\n');
});
