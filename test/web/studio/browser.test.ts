import { afterEach, expect, it, vi } from 'vitest';
import { startCapture } from '../../../web/src/studio/browser/capture.ts';
import { connect } from '../../../web/src/studio/browser/connection.ts';
import { bitrateFor, chooseFormat } from '../../../web/src/studio/browser/format.ts';
import { captureTrouble, castSentence, unsupportedWhy } from '../../../web/src/studio/browser/words.ts';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['Chrome', ['video/webm;codecs=h264,opus', 'video/webm;codecs=vp8,opus'], { container: 'webm', picture: 'h264' }],
  ['Safari', ['video/mp4;codecs=avc1.42E01F,mp4a.40.2'], { container: 'mp4', picture: 'h264' }],
  ['Firefox', ['video/webm;codecs=vp8,opus'], { container: 'webm', picture: 'other' }],
])('%s records what costs the server least', (_, supported, expected) => {
  expect(chooseFormat((type) => supported.includes(type))).toMatchObject(expected);
});

it('says so where nothing can be recorded', () => {
  expect(chooseFormat(() => false)).toBeNull();
  expect(unsupportedWhy({ secure: false, capture: true, format: true })).toContain('https');
  expect(unsupportedWhy({ secure: true, capture: true, format: false })).toContain('cannot record');
  expect(unsupportedWhy({ secure: true, capture: true, format: true })).toBeNull();
});

it('asks for more bits where there are more pixels', () => {
  expect([360, 480, 720, 1_080].map(bitrateFor)).toEqual([900_000, 1_500_000, 2_500_000, 4_500_000]);
});

it.each([
  ['NotAllowedError', 'did not allow'],
  ['NotFoundError', 'no camera'],
  ['NotReadableError', 'Another program'],
  ['AbortError', 'Load the page again'],
])('%s has words', (name, words) => {
  expect(captureTrouble(Object.assign(new Error(), { name }))).toContain(words);
});

it('tells a slow connection, and why it is over', () => {
  expect(castSentence({ name: 'live', isSlow: true })).toContain('less detail');
  expect(castSentence({ name: 'over', sentence: 'Taken over.' })).toBe('Taken over.');
});

it('opens what there is when what was chosen is unplugged', async () => {
  const asked: MediaStreamConstraints[] = [];
  const track = { getSettings: () => ({ deviceId: 'built-in' }) };
  const getUserMedia = async (constraints: MediaStreamConstraints) => {
    asked.push(constraints);
    if (/exact/.test(JSON.stringify(constraints))) throw Object.assign(new Error(), { name: 'OverconstrainedError' });
    return { getVideoTracks: () => [track], getAudioTracks: () => [track] };
  };
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
  const capture = await startCapture({ kind: 'camera', camera: 'usb', microphone: '' });
  expect([capture.camera, capture.microphone]).toEqual(['built-in', 'built-in']);
  expect(asked).toMatchObject([{ video: { deviceId: { exact: 'usb' } } }, { video: { facingMode: 'user' } }]);
});

it('says so when there is nothing to open, and asks once', async () => {
  const getUserMedia = vi.fn(() => Promise.reject(new DOMException('none', 'NotFoundError')));
  vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
  await expect(startCapture({ kind: 'camera', camera: '', microphone: '' })).rejects.toThrow('none');
  expect(getUserMedia).toHaveBeenCalledTimes(1);
});

it('sends the end of a recording before it hangs up', async () => {
  const told: unknown[] = [];
  const end = new Blob(['end']);
  const socket = {
    ...{ readyState: 1, bufferedAmount: 0, onmessage: (_: { data: string }) => {} },
    send: (piece: unknown) => void told.push(piece),
    close: (code: number) => void told.push(code),
  };
  const recorder = {
    ...{ state: 'recording', ondataavailable: (_: { data: Blob }) => {}, onstop: () => {}, start() {} },
    stop(): void {
      queueMicrotask(() => {
        recorder.ondataavailable({ data: end });
        recorder.onstop();
      });
    },
  };
  function Socket() {
    return socket;
  }
  function Recorder() {
    return recorder;
  }
  vi.stubGlobal('WebSocket', Object.assign(Socket, { OPEN: 1 }));
  vi.stubGlobal('MediaRecorder', Recorder);
  vi.stubGlobal('location', { href: 'https://live.example.com/studio' });
  const connection = connect({
    ...{ stream: { getVideoTracks: () => [] } as unknown as MediaStream, channel: 'news', streamKey: 'sk', share: 1 },
    format: { mimeType: 'video/webm', container: 'webm', picture: 'h264' },
    onLive: () => {},
    onEnd: () => {},
  });
  socket.onmessage({ data: '{"type":"accepted"}' });
  await connection.finish();
  expect(told).toEqual([end, 1_000]);
});
