import { expect, it } from 'vitest';
import { checkTransport } from '../../../cli/doctor/edge.ts';
import { checkFfmpeg } from '../../../cli/doctor/ffmpeg.ts';
import { checkDisk, checkNode } from '../../../cli/doctor/machine.ts';

const encoders = `Encoders:
 V..... = Video
 ------
 V....D libx264              libx264 H.264
 V....D h264_nvenc           NVIDIA NVENC
 V....D mpeg2video           MPEG-2
 A....D aac                  AAC
`;

/** An ffmpeg that gives these answers. */
const answers =
  (version: string, listing: string) =>
  async ([what]: readonly string[]) =>
    what === '-version' ? version : listing;

it.each([
  ['ffmpeg version 5.1.9-0+deb12u1 Copyright', 'ok', '5.1.9-0+deb12u1 (ffmpeg)'],
  ['ffmpeg version n7.1 Copyright', 'ok', 'n7.1 (ffmpeg)'],
  ['ffmpeg version N-118000-gabc Copyright', 'ok', 'N-118000-gabc (ffmpeg)'],
  ['ffmpeg version 4.4.2 Copyright', 'failed', '4.4.2 (ffmpeg) is too old.'],
  ['bash version 5.1', 'failed', 'ffmpeg does not answer as ffmpeg does.'],
])('%s is %s', async (banner, status, detail) => {
  const [version] = await checkFfmpeg('ffmpeg', answers(banner, encoders));
  expect(version).toMatchObject({ check: 'ffmpeg', status, detail });
});

it('names the encoders that matter, and those that are missing', async () => {
  const [, found] = await checkFfmpeg('ffmpeg', answers('ffmpeg version 7.1', encoders));
  expect(found).toEqual({
    check: 'encoders',
    status: 'ok',
    detail: 'libx264, aac; also built in: h264_nvenc',
    fix: null,
  });
  const [, missing] = await checkFfmpeg(
    'ffmpeg',
    answers('ffmpeg version 7.1', encoders.replace('libx264 ', 'libx262 ')),
  );
  expect(missing).toMatchObject({ status: 'failed', detail: 'ffmpeg lacks libx264.' });
});

it('wants Node 24', () => {
  expect(checkNode('v24.21.0').status).toBe('ok');
  expect(checkNode('v20.9.0')).toMatchObject({ status: 'failed', detail: 'v20.9.0 is too old.' });
});

it('wants room, in the folder or what is there of its path', async () => {
  const folder = `${import.meta.dirname}/not/there`;
  expect(await checkDisk(folder, 1)).toMatchObject({ status: 'ok' });
  const full = await checkDisk(folder, Number.MAX_SAFE_INTEGER);
  expect(full).toMatchObject({ check: 'disk', status: 'failed' });
  expect(full.detail).toContain(`free in ${import.meta.dirname}`);
});

it.each([
  ['https://a.example', 'ok'],
  ['http://127.0.0.1:8787', 'ok'],
  ['http://[::1]:8787', 'ok'],
  ['http://localhost:1', 'ok'],
  ['http://127.0.0.1.evil.example', 'failed'],
  ['http://10.0.0.1', 'failed'],
])('the way to %s is %s', (url, status) => {
  expect(checkTransport({ url, token: null, tokenFrom: '', local: null }).status).toBe(status);
});
