import { opusCodec } from '#shared/model/codec.ts';
import { findBox, MediaError } from './boxes.ts';
import type { SampleDefaults } from './chunk.ts';
import { av1Codec, avcCodec, hevcCodec, opusChannels, vp9Codec } from './codec-strings.ts';
import { readEsds } from './esds.ts';

/** What an init segment says about its track. */
export interface InitSegment {
  readonly timescale: number;
  /** RFC 6381 */
  readonly codec: string;
  readonly media: InitVideo | InitAudio;
  readonly defaults: SampleDefaults;
}

export interface InitVideo {
  readonly kind: 'video';
  readonly width: number;
  readonly height: number;
}

export interface InitAudio {
  readonly kind: 'audio';
  readonly channels: number;
  readonly sampleRate: number;
}

/** Reads a moov box of one track. Throws MediaError `init_malformed`. */
export function readInitSegment(moov: Buffer): InitSegment {
  const place = (path: string): [number, number] => {
    const found = findBox(moov, 8, moov.length, path);
    if (!found) throw new MediaError('init_malformed', `the init segment has no ${path}`);
    return found;
  };
  const timescale = readTimescale(moov, place('trak/mdia/mdhd')[0]);
  const defaults = readTrex(moov, place('mvex/trex')[0]);
  const [stsd] = place('trak/mdia/minf/stbl/stsd');
  const entry = stsd + 8;
  const entryEnd = entry + moov.readUInt32BE(entry);
  const type = moov.toString('latin1', entry + 4, entry + 8);
  const { codec, media } = readSampleEntry(moov, type, entry + 8, entryEnd);
  return { timescale, codec, media, defaults };
}

function readTimescale(moov: Buffer, at: number): number {
  return moov.readUInt8(at) === 1 ? moov.readUInt32BE(at + 20) : moov.readUInt32BE(at + 12);
}

function readTrex(moov: Buffer, at: number): SampleDefaults {
  return {
    durationTicks: moov.readUInt32BE(at + 12),
    sizeBytes: moov.readUInt32BE(at + 16),
    flags: moov.readUInt32BE(at + 20),
  };
}

const visualEntryBytes = 78;
const audioEntryBytes = 28;
/** Opus decodes to this rate whatever it was made from. */
const opusSampleRate = 48_000;

/** Sample entries of video, the box that configures their decoder, and how its payload becomes a codec string. */
const videoEntries: Readonly<Record<string, readonly [box: string, codec: (type: string, config: Buffer) => string]>> =
  {
    avc1: ['avcC', avcCodec],
    avc3: ['avcC', avcCodec],
    hvc1: ['hvcC', hevcCodec],
    hev1: ['hvcC', hevcCodec],
    vp09: ['vpcC', (_, config) => vp9Codec(config)],
    av01: ['av1C', (_, config) => av1Codec(config)],
  };

function readSampleEntry(moov: Buffer, type: string, at: number, end: number): Pick<InitSegment, 'codec' | 'media'> {
  const config = (entryBytes: number, box: string): Buffer => {
    const found = findBox(moov, at + entryBytes, end, box);
    if (!found) throw new MediaError('init_malformed', `no ${box}`);
    return moov.subarray(...found);
  };
  const video = Object.hasOwn(videoEntries, type) ? videoEntries[type] : undefined;
  if (video) {
    const [box, codec] = video;
    const media = { kind: 'video', width: moov.readUInt16BE(at + 24), height: moov.readUInt16BE(at + 26) } as const;
    return { codec: codec(type, config(visualEntryBytes, box)), media };
  }
  if (type === 'Opus') {
    const channels = opusChannels(config(audioEntryBytes, 'dOps'));
    return { codec: opusCodec, media: { kind: 'audio', channels, sampleRate: opusSampleRate } };
  }
  if (type === 'mp4a') {
    const aac = readEsds(config(audioEntryBytes, 'esds'));
    // The entry itself says two whatever there is (ISO/IEC 14496-14 6.7.2).
    const channels = aac.channels ?? moov.readUInt16BE(at + 16);
    const sampleRate = moov.readUInt32BE(at + 24) >>> 16;
    return { codec: aac.codec, media: { kind: 'audio', channels, sampleRate } };
  }
  throw new MediaError('init_malformed', `sample entry ${type} is not known`);
}
