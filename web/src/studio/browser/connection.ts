import { castLimits } from '#shared/limits/page.ts';
import { bitrateFor, type RecordingFormat } from './format.ts';

/** How one connection ended. `lost`: it may be tried again; `slow`: with less detail. */
export type ConnectionEnd =
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'lost' | 'slow' | 'resized' };

export interface ConnectionOptions {
  readonly stream: MediaStream;
  readonly channel: string;
  readonly streamKey: string;
  readonly format: RecordingFormat;
  /** Share of the bitrate that a picture of this size has, 0 to 1. */
  readonly share: number;
  readonly onLive: () => void;
  /** Once. */
  readonly onEnd: (end: ConnectionEnd) => void;
}

/** One recording on its way to the server: a recorder and a WebSocket that live and end together. */
export interface Connection {
  /** Sends what was recorded and ends; `onEnd` is not called any more. */
  finish(): Promise<void>;
}

/** Connects, waits until the server has accepted the key, and records; docs/protocol/browser-publishing.md. */
export function connect({ stream, channel, streamKey, format, share, onLive, onEnd }: ConnectionOptions): Connection {
  const url = new URL(`/publish?channel=${encodeURIComponent(channel)}`, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = new WebSocket(url);
  let recorder: MediaRecorder | null = null;
  let isOver = false;
  const patience = setTimeout(() => over({ kind: 'lost' }), castLimits.connectMsMax);
  const over = (end: ConnectionEnd) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(patience);
    if (recorder && recorder.state !== 'inactive') recorder.stop();
    socket.close();
    onEnd(end);
  };
  socket.onopen = () => {
    const { container, picture } = format;
    socket.send(JSON.stringify({ streamKey, container, picture }));
  };
  socket.onmessage = ({ data }) => {
    const said = readMessage(data);
    if (said?.type !== 'accepted') return over({ kind: 'refused', sentence: said?.sentence ?? misunderstood });
    clearTimeout(patience);
    recorder = record(stream, format, share, (piece) => {
      // The last piece comes once the recorder was told to stop: it is sent as long as the socket takes it.
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(piece);
      if (socket.bufferedAmount > castLimits.waitingBytesMax) over({ kind: 'slow' });
    });
    // Its own end: the tracks are gone, or they changed in a way that it cannot record.
    recorder.onerror = () => over({ kind: 'resized' });
    onLive();
  };
  socket.onclose = () => over({ kind: 'lost' });
  return {
    async finish() {
      isOver = true;
      clearTimeout(patience);
      if (recorder) await lastPiece(recorder);
      socket.close(1000);
    },
  };
}

const misunderstood = 'The page and the server do not understand each other. Load the page again.';

interface ServerMessage {
  readonly type: string;
  readonly sentence?: string;
}

function readMessage(data: unknown): ServerMessage | null {
  try {
    return JSON.parse(String(data)) as ServerMessage;
  } catch {
    return null;
  }
}

/** What TypeScript's DOM does not know yet (MediaStream Recording 2.4). */
interface KeyframeOptions extends MediaRecorderOptions {
  readonly videoKeyFrameIntervalDuration: number;
}

function record(
  stream: MediaStream,
  { mimeType }: RecordingFormat,
  share: number,
  send: (piece: Blob) => void,
): MediaRecorder {
  const height = stream.getVideoTracks()[0]?.getSettings().height ?? 720;
  const options: KeyframeOptions = {
    mimeType,
    videoBitsPerSecond: Math.max(castLimits.bitsPerSecondMin, bitrateFor(height) * share),
    audioBitsPerSecond: castLimits.soundBitsPerSecond,
    videoKeyFrameIntervalDuration: castLimits.keyframeMs,
  };
  const recorder = new MediaRecorder(stream, options);
  recorder.ondataavailable = ({ data }) => {
    if (data.size > 0) send(data);
  };
  recorder.start(castLimits.pieceMs);
  return recorder;
}

function lastPiece(recorder: MediaRecorder): Promise<void> {
  if (recorder.state === 'inactive') return Promise.resolve();
  return new Promise((resolve) => {
    recorder.onstop = () => resolve();
    recorder.stop();
  });
}
