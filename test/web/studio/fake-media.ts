/** What {@link fakeMedia} leaves in the page for the test to look at. */
export interface FakeMedia {
  /** What cameras and microphones gave, oldest first. */
  readonly opened: MediaStream[];
  /** Connections to the server, which says what the test makes it say. */
  readonly sockets: { onmessage: ((event: { readonly data: string }) => void) | null }[];
  /** How often the screen was asked to stay on. */
  wakes: number;
}

declare global {
  interface Window {
    fakeMedia: FakeMedia;
  }
}

/** Runs in the page, before its scripts: two cameras and two microphones, of which the browser gives the second. */
export function fakeMedia(): void {
  // A page without a server has none to replace.
  if (!navigator.mediaDevices) return;
  const fake: FakeMedia = { opened: [], sockets: [], wakes: 0 };
  window.fakeMedia = fake;
  const wished = (constraint: MediaStreamConstraints['video']) => {
    const id = typeof constraint === 'object' ? constraint.deviceId : undefined;
    return typeof id === 'object' && 'exact' in id ? String(id.exact) : null;
  };
  const named = (track: MediaStreamTrack | undefined, deviceId: string) => {
    if (!track) throw new Error('there is no such track');
    return Object.assign(track, { getSettings: () => ({ deviceId }) });
  };
  navigator.mediaDevices.getUserMedia = async ({ video, audio } = {}) => {
    const picture = document.createElement('canvas').captureStream(1).getVideoTracks()[0];
    const sound = new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
    const stream = new MediaStream([
      named(picture, wished(video) ?? 'camera-2'),
      named(sound, wished(audio) ?? 'microphone-2'),
    ]);
    fake.opened.push(stream);
    return stream;
  };
  const device = (kind: MediaDeviceKind, deviceId: string) => ({ kind, deviceId, label: deviceId });
  navigator.mediaDevices.enumerateDevices = async () =>
    [1, 2].flatMap((n) => [
      device('videoinput', `camera-${n}`),
      device('audioinput', `microphone-${n}`),
    ]) as unknown as MediaDeviceInfo[];
  function Socket() {
    const socket = { readyState: 0, bufferedAmount: 0, onmessage: null, send() {}, close() {} };
    fake.sockets.push(socket);
    return socket;
  }
  Object.assign(window, { WebSocket: Object.assign(Socket, { OPEN: 1 }) });
  const request = async () => {
    fake.wakes++;
    return { release: async () => {} };
  };
  Object.defineProperty(navigator, 'wakeLock', { value: { request } });
}
