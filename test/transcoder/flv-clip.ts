import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** One tag of an FLV stream (FLV 10.1 annex E.4.1), with what the tests look at. */
export interface FlvTag {
  readonly kind: 'audio' | 'video' | 'script';
  /** Decode time, ms. */
  readonly timestampMs: number;
  /** Presentation time, ms. */
  readonly presentationMs: number;
  readonly keyframe: boolean;
  /** Sequence headers carry no media. */
  readonly header: boolean;
  readonly body: Buffer;
}

export interface ClipWish {
  readonly seconds?: number;
  readonly video?: { readonly bFrames: number; readonly gopFrames: number; readonly rate?: string } | null;
  readonly audio?: { readonly sampleRate: number; readonly filter?: string } | null;
}

const frameRate = 30;

/** Encodes a short clip, 320 x 180 at 30 fps and a tone unless wished otherwise, and takes the FLV apart. */
export async function makeClip(wish: ClipWish): Promise<readonly FlvTag[]> {
  const { seconds = 4.2, video = { bFrames: 0, gopFrames: 60 }, audio = { sampleRate: 48_000 } } = wish;
  const rate = video?.rate ?? String(frameRate);
  const picture = video ? ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${rate}`] : [];
  const sine = `sine=frequency=440:sample_rate=${audio?.sampleRate}`;
  const tone = audio ? ['-f', 'lavfi', '-i', [sine, audio.filter ?? []].flat().join(',')] : [];
  const x264 = video
    ? ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', String(video.bFrames), '-g', String(video.gopFrames)]
    : [];
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-nostdin', '-loglevel', 'error', ...picture, ...tone, '-t', String(seconds), ...x264],
      ...['-sc_threshold', '0', '-b_strategy', '0', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '64k'],
      ...['-flvflags', 'no_duration_filesize', '-f', 'flv', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 16_777_216 },
  );
  return readTags(stdout);
}

/** The same tags `byMs` later, sequence headers and script data included. */
export function shift(tags: readonly FlvTag[], byMs: number): readonly FlvTag[] {
  return tags.map((tag) => retime(tag, tag.timestampMs + byMs));
}

/** The tag at another decode time; its composition offset stays. */
export function retime(tag: FlvTag, timestampMs: number): FlvTag {
  return { ...tag, timestampMs, presentationMs: tag.presentationMs + timestampMs - tag.timestampMs };
}

/** Media tags of a kind. */
export function media(tags: readonly FlvTag[], kind: 'audio' | 'video'): readonly FlvTag[] {
  return tags.filter((tag) => tag.kind === kind && !tag.header);
}

/** The FLV file header that says what follows. */
export function flvHeader(tags: readonly FlvTag[]): Buffer {
  const flags = (tags.some((tag) => tag.kind === 'audio') ? 4 : 0) | (tags.some((tag) => tag.kind === 'video') ? 1 : 0);
  return Buffer.from([0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]);
}

/** A tag as bytes, its length behind it. */
export function flvTag(tag: FlvTag): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt8({ audio: 8, video: 9, script: 18 }[tag.kind], 0);
  head.writeUIntBE(tag.body.length, 1, 3);
  head.writeUIntBE(tag.timestampMs & 0xffffff, 4, 3);
  head.writeUInt8((tag.timestampMs >>> 24) & 0xff, 7);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(11 + tag.body.length, 0);
  return Buffer.concat([head, tag.body, tail]);
}

/** A whole FLV stream. */
export function flvStream(tags: readonly FlvTag[]): Buffer {
  return Buffer.concat([flvHeader(tags), ...tags.map(flvTag)]);
}

function readTags(bytes: Buffer): readonly FlvTag[] {
  const tags: FlvTag[] = [];
  for (let at = 13; at + 11 <= bytes.length; ) {
    const size = bytes.readUIntBE(at + 1, 3);
    const timestampMs = bytes.readUIntBE(at + 4, 3) + bytes.readUInt8(at + 7) * 0x1000000;
    tags.push(readTag(bytes.readUInt8(at), timestampMs, bytes.subarray(at + 11, at + 11 + size)));
    at += 11 + size + 4;
  }
  return tags.filter((tag) => tag.kind !== 'video' || tag.header || tag.body[1] === 1);
}

function readTag(type: number, timestampMs: number, body: Buffer): FlvTag {
  const kind = type === 9 ? 'video' : type === 8 ? 'audio' : 'script';
  const header = kind === 'script' || body[1] === 0;
  const composition = kind === 'video' && !header ? body.readIntBE(2, 3) : 0;
  const keyframe = kind === 'video' && (body[0] ?? 0) >> 4 === 1;
  return { kind, timestampMs, presentationMs: timestampMs + composition, keyframe, header, body };
}
