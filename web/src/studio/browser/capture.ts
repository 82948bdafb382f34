export type CaptureKind = 'camera' | 'screen';

/** What is sent: picture and sound, and how to let go of them. */
export interface Capture {
  readonly stream: MediaStream;
  readonly video: MediaStreamTrack;
  /** Ids of the devices that the browser gave; empty: none, or it does not say. */
  readonly camera: string;
  readonly microphone: string;
  stop(): void;
}

/** Devices that were chosen; empty: the browser's own choice. */
interface DeviceWish {
  readonly camera: string;
  readonly microphone: string;
}

export interface CaptureWish extends DeviceWish {
  readonly kind: CaptureKind;
}

const picture = { width: { ideal: 1_280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } } as const;

/** Asks for the camera or a screen, with the microphone. Rejects with what the browser says. */
export async function startCapture({ kind, ...wish }: CaptureWish): Promise<Capture> {
  if (kind === 'camera') {
    const stream = await openDevices(wish, cameraAndVoice);
    return capture(stream, { sources: [], camera: stream.getVideoTracks()[0], microphone: stream.getAudioTracks()[0] });
  }
  const shown = await navigator.mediaDevices.getDisplayMedia({ video: picture, audio: true });
  // A screen without anybody who speaks is worth sending, too.
  const spoken = await openDevices({ ...wish, camera: '' }, voice).catch(() => null);
  return spoken ? withVoice(shown, spoken) : capture(shown, { sources: [] });
}

/** Opens what was chosen, or what the browser has where that was unplugged since. */
async function openDevices(
  wish: DeviceWish,
  constraints: (wish: DeviceWish) => MediaStreamConstraints,
): Promise<MediaStream> {
  const open = (devices: DeviceWish) => navigator.mediaDevices.getUserMedia(constraints(devices));
  try {
    return await open(wish);
  } catch (error) {
    const isChosen = wish.camera !== '' || wish.microphone !== '';
    if (!isChosen || !isMissing(error)) throw error;
    return open({ camera: '', microphone: '' });
  }
}

const voice = ({ microphone }: DeviceWish) => ({ audio: microphone ? { deviceId: { exact: microphone } } : true });

const cameraAndVoice = (wish: DeviceWish) => ({
  video: { ...picture, ...(wish.camera ? { deviceId: { exact: wish.camera } } : { facingMode: 'user' }) },
  ...voice(wish),
});

/** No device is the one that was asked for (Media Capture and Streams 10.2); not every browser's error is an Error. */
function isMissing(error: unknown): boolean {
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : '';
  return name === 'OverconstrainedError' || name === 'NotFoundError';
}

/** One track of sound for both, since a recorder takes one. */
function withVoice(shown: MediaStream, spoken: MediaStream): Capture {
  const context = new AudioContext();
  const mixed = context.createMediaStreamDestination();
  for (const source of [shown, spoken]) {
    if (source.getAudioTracks().length > 0) context.createMediaStreamSource(source).connect(mixed);
  }
  const stream = new MediaStream([...shown.getVideoTracks(), ...mixed.stream.getAudioTracks()]);
  const microphone = spoken.getAudioTracks()[0];
  return capture(stream, { sources: [shown, spoken], microphone }, () => void context.close());
}

interface Opened {
  /** What else is let go of with the stream. */
  readonly sources: readonly MediaStream[];
  readonly camera?: MediaStreamTrack | undefined;
  readonly microphone?: MediaStreamTrack | undefined;
}

function capture(stream: MediaStream, { sources, camera, microphone }: Opened, onStop = () => {}): Capture {
  const [video] = stream.getVideoTracks();
  if (!video) throw new DOMException('There is no picture.', 'NotFoundError');
  return {
    stream,
    video,
    camera: camera?.getSettings().deviceId ?? '',
    microphone: microphone?.getSettings().deviceId ?? '',
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
