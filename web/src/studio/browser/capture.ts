export type CaptureKind = 'camera' | 'screen';

/** What is sent: picture and sound, and how to let go of them. */
export interface Capture {
  readonly stream: MediaStream;
  readonly video: MediaStreamTrack;
  stop(): void;
}

/** Devices that were chosen; empty: the browser's own choice. */
export interface CaptureWish {
  readonly kind: CaptureKind;
  readonly camera: string;
  readonly microphone: string;
}

const picture = { width: { ideal: 1_280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } as const;

/** Asks for the camera or a screen, with the microphone. Rejects with what the browser says. */
export async function startCapture({ kind, camera, microphone }: CaptureWish): Promise<Capture> {
  const sound = microphone ? { deviceId: { exact: microphone } } : true;
  if (kind === 'camera') {
    const device = camera ? { deviceId: { exact: camera } } : { facingMode: 'user' };
    return capture(await navigator.mediaDevices.getUserMedia({ video: { ...picture, ...device }, audio: sound }), []);
  }
  const shown = await navigator.mediaDevices.getDisplayMedia({ video: picture, audio: true });
  // A screen without anybody who speaks is worth sending, too.
  const spoken = await navigator.mediaDevices.getUserMedia({ audio: sound }).catch(() => null);
  return spoken ? withVoice(shown, spoken) : capture(shown, []);
}

/** One track of sound for both, since a recorder takes one. */
function withVoice(shown: MediaStream, spoken: MediaStream): Capture {
  const context = new AudioContext();
  const mixed = context.createMediaStreamDestination();
  for (const source of [shown, spoken]) {
    if (source.getAudioTracks().length > 0) context.createMediaStreamSource(source).connect(mixed);
  }
  const stream = new MediaStream([...shown.getVideoTracks(), ...mixed.stream.getAudioTracks()]);
  return capture(stream, [shown, spoken], () => void context.close());
}

function capture(stream: MediaStream, sources: readonly MediaStream[], onStop = () => {}): Capture {
  const [video] = stream.getVideoTracks();
  if (!video) throw new DOMException('There is no picture.', 'NotFoundError');
  return {
    stream,
    video,
    stop() {
      for (const source of [stream, ...sources]) for (const track of source.getTracks()) track.stop();
      onStop();
    },
  };
}

/** Cameras and microphones by name; names are known once one was allowed. */
export async function listDevices(): Promise<{
  readonly cameras: readonly MediaDeviceInfo[];
  readonly microphones: readonly MediaDeviceInfo[];
}> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const named = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind && device.deviceId !== '');
  return { cameras: named('videoinput'), microphones: named('audioinput') };
}
