import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { drawCode } from './coded-picture.ts';

export interface CodedPublisherOptions {
  /** `rtmp://…/live/<key>` */
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  /** Seconds between keyframes. */
  readonly keyframeS?: number;
  readonly audio?: boolean;
  /** Filled up to this rate whatever the picture is; without it the rate is at most 1200 kb/s. */
  readonly constantKbps?: number;
}

export interface CodedPublisher {
  readonly process: ChildProcess;
  /** Settles with ffmpeg's exit code. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

/** Publishes a coded picture and a tone over RTMP with ffmpeg, in real time, until it is stopped. */
export function publishCodedPicture(options: CodedPublisherOptions): CodedPublisher {
  const { url, width = 640, height = 360, frameRate = 30, keyframeS = 2, audio = true, constantKbps } = options;
  const sound = ['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];
  const gop = String(Math.round(frameRate * keyframeS));
  const kbps = constantKbps ?? 1200;
  const x264 = [
    ...['-preset', 'ultrafast', '-tune', 'zerolatency'],
    ...['-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps / 2}k`],
    ...(constantKbps === undefined ? [] : ['-x264-params', 'nal-hrd=cbr:filler=1']),
  ];
  const args = [
    ...['-hide_banner', '-loglevel', 'error'],
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${width}x${height}`, '-framerate', String(frameRate)],
    ...['-i', 'pipe:0', ...(audio ? sound : [])],
    ...['-c:v', 'libx264', ...x264, '-g', gop, '-keyint_min', gop, '-sc_threshold', '0'],
    ...(audio ? ['-c:a', 'aac', '-b:a', '96k'] : []),
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize', url],
  ];
  const child = spawn(process.env.FFMPEG_PATH ?? 'ffmpeg', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const stopDrawing = drawFrames(child.stdin, { width, height, frameRate });
  exited.then(stopDrawing);
  return {
    process: child,
    exited,
    stop: async () => {
      stopDrawing();
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Writes frames when they are due; a late timer catches up without moving the schedule. */
function drawFrames(input: Writable, shape: { width: number; height: number; frameRate: number }): () => void {
  const startMs = Date.now();
  let frame = 0;
  input.on('error', () => {});
  const timer = setInterval(() => {
    while (startMs + (frame * 1000) / shape.frameRate <= Date.now()) {
      if (!input.destroyed) input.write(drawCode({ frame, atMs: Date.now() }, shape.width, shape.height));
      frame++;
    }
  }, 5);
  return () => clearInterval(timer);
}
