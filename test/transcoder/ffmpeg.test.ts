import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ffmpegErrorCodes } from '../../origin/transcoder/error.ts';
import { checkFfmpeg, encodersOf, judgeFfmpeg } from '../../origin/transcoder/ffmpeg.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { tryEncoder } from '../../origin/transcoder/trial.ts';

const encoders = `Encoders:
 V..... = Video
 A..... = Audio
 S..... = Subtitle
 ------
 V....D libx264              libx264 H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10 (codec h264)
 VF.... png                  PNG (Portable Network Graphics) image
 A....D aac                  AAC (Advanced Audio Coding)
 S..... srt                  SubRip subtitle
`;
const versionText = (version: string) => `ffmpeg version ${version} Copyright (c) 2000-2026 the FFmpeg developers\n`;

describe('what ffmpeg says about itself', () => {
  test.each([
    ['5.1', false],
    ['5.1.9-0+deb12u1', false],
    ['6.0.1', false],
    ['6.1', true],
    ['n7.1.2', true],
    ['10.0', true],
    ['N-121000-gabcdef0123', true],
    ['git-2026-10-01-abcdef0', true],
  ])('%s will do', (version, enhancedFlv) => {
    expect(judgeFfmpeg(versionText(version), encoders)).toEqual({
      version,
      encoders: new Set(['libx264', 'png', 'aac']),
      enhancedFlv,
    });
  });

  test.each([
    ['ffmpeg_too_old', versionText('4.4.2-0ubuntu0.22.04.1'), encoders, /5\.1 or newer/],
    ['ffmpeg_too_old', versionText('5.0.3'), encoders, /FFMPEG_PATH/],
    ['ffmpeg_too_old', 'something else', encoders, /unknown/],
    [
      'ffmpeg_lacks_encoder',
      versionText('7.1'),
      encoders.replace('libx264 ', 'libx26x '),
      /no encoder libx264\. Install/,
    ],
    ['ffmpeg_lacks_encoder', versionText('7.1'), 'Encoders:\n', /libx264 and aac/],
  ])('%s', (code, version, list, message) => {
    const judge = () => judgeFfmpeg(version, list);
    expect(judge).toThrow(expect.objectContaining({ code }));
    expect(judge).toThrow(message);
  });
});

test('the ffmpeg of this machine will do, and its path is found', async () => {
  const facts = await checkFfmpeg('ffmpeg');
  expect(facts.path).toMatch(/^\/.*ffmpeg$/);
  expect(facts.encoders.has('libx264')).toBe(true);
});

test.each([
  ['a name that is not on the search path', 'ffmpeg-that-is-not-here', 'ffmpeg_missing'],
  ['a path where nothing is', '/nonexistent/ffmpeg', 'ffmpeg_missing'],
  ['a file that is no program', import.meta.filename, 'ffmpeg_missing'],
  ['a program that is not ffmpeg', process.execPath, 'ffmpeg_failed'],
])('%s', async (_, path, code) => {
  await expect(checkFfmpeg(path)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/Install|FFMPEG_PATH/),
  });
});

describe('encoders that the configuration names', () => {
  test('each once, and without those that are always needed', () => {
    expect(encodersOf(defaultLadderWish)).toEqual([]);
    const extraRungs = [720, 360].map((height) => ({ encoder: 'libsvtav1', height }));
    const wish = { ...defaultLadderWish, encoder: 'h264_nvenc', extraRungs, opus: true };
    expect(encodersOf(wish)).toEqual(['h264_nvenc', 'libsvtav1', 'libopus']);
  });

  test('one that ffmpeg does not list is refused, with the way out', () => {
    const judge = () => judgeFfmpeg(versionText('7.1'), encoders, ['libsvtav1']);
    expect(judge).toThrow(expect.objectContaining({ code: 'ffmpeg_lacks_encoder' }));
    expect(judge).toThrow(/no encoder libsvtav1\. .*configuration/);
  });

  test('those of this machine encode', async () => {
    const wanted = ['libx265', 'libvpx-vp9', 'libsvtav1', 'libopus'];
    const facts = await checkFfmpeg('ffmpeg', wanted);
    expect(wanted.filter((name) => !facts.encoders.has(name))).toEqual([]);
  });

  test('one that is listed but cannot be opened is refused with its reason and the way out', async () => {
    // A program that always fails stands for a device that is not there: machines differ in what they have.
    const message = /^The encoder libx265 cannot be used on this machine \(.+\)\. .*out of "ladder"/;
    await expect(tryEncoder('/bin/false', 'libx265')).rejects.toMatchObject({
      code: 'encoder_unusable',
      message: expect.stringMatching(message),
    });
    await expect(tryEncoder('/nonexistent/ffmpeg', 'libx265')).rejects.toMatchObject({ code: 'ffmpeg_missing' });
    await expect(tryEncoder('ffmpeg', 'h264_magic')).rejects.toMatchObject({ code: 'encoder_unknown' });
  });
});

test('the reference page has every error of the start', () => {
  const page = readFileSync(new URL('../../docs/protocol/errors.md', import.meta.url), 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith('When the origin does not start\n')) ?? '';
  const listed = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual(['config_invalid', 'data_in_use', 'data_not_writable', ...ffmpegErrorCodes]);
});
