import { describe, expect, test } from 'vitest';
import { checkFfmpeg, judgeFfmpeg } from '../../origin/transcoder/ffmpeg.ts';

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
