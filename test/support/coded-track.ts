import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { drawCode } from './coded-picture.ts';

export interface CodedTrackOptions {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly seconds: number;
}

/** A CMAF track of coded pictures as the transcoder sends one: keyframes two seconds apart, media time zero at 10 s. */
export async function encodeCodedTrack({ width, height, frameRate, seconds }: CodedTrackOptions): Promise<Buffer> {
  const gop = String(2 * frameRate);
  const args = [
    ...['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-video_size', `${width}x${height}`],
    ...['-framerate', String(frameRate), '-i', 'pipe:0', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-bf', '0', '-video_track_timescale', '90000'],
    ...['-frag_duration', '190000', '-output_ts_offset', '10', '-avoid_negative_ts', 'disabled'],
    ...[
      '-movflags',
      '+cmaf+empty_moov+frag_discont+frag_keyframe+default_base_moof+skip_trailer',
      '-f',
      'mp4',
      'pipe:1',
    ],
  ];
  const child = spawn(process.env.FFMPEG_PATH ?? 'ffmpeg', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  const closed = once(child, 'close');
  for (let frame = 0; frame < seconds * frameRate; frame++) {
    if (!child.stdin.write(drawCode({ frame, atMs: frame }, width, height))) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  await closed;
  return Buffer.concat(pieces);
}
