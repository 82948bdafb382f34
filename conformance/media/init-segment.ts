import { type Box, boxAt, boxesIn } from './boxes.ts';
import { codecString, configBoxes } from './codec-string.ts';

/** A track of an init segment. */
export interface Track {
  readonly id: number;
  readonly kind: 'video' | 'audio' | 'other';
  readonly timescale: number;
  /** Null for codecs that are not read here. */
  readonly codec: string | null;
  readonly width: number;
  readonly height: number;
  readonly sampleRate: number;
  readonly defaultDuration: number;
  readonly defaultFlags: number;
}

/** Reads the tracks of an init segment (ISO/IEC 14496-12, 8.2); null where the bytes hold no moov. */
export function readInitSegment(bytes: Buffer): Track[] | null {
  const moov = boxAt(bytes, ['moov']);
  if (!moov) return null;
  const inside = boxesIn(bytes, moov.from, moov.end);
  const mvex = inside.find((box) => box.type === 'mvex');
  const extends_ = mvex ? boxesIn(bytes, mvex.from, mvex.end).filter((box) => box.type === 'trex') : [];
  const traks = inside.filter((box) => box.type === 'trak');
  return traks.flatMap((trak) => readTrack(bytes, trak, extends_, traks.length === 1) ?? []);
}

function readTrack(bytes: Buffer, trak: Box, extensions: readonly Box[], isOnly: boolean): Track | null {
  const mdhd = boxAt(bytes, ['mdia', 'mdhd'], trak);
  const stsd = boxAt(bytes, ['mdia', 'minf', 'stbl', 'stsd'], trak);
  const entry = stsd ? boxesIn(bytes, stsd.from + 8, stsd.end)[0] : undefined;
  if (!mdhd || !entry) return null;
  const timescale = bytes.readUInt32BE(mdhd.from + (bytes[mdhd.from] === 1 ? 20 : 12));
  const tkhd = boxAt(bytes, ['tkhd'], trak);
  const trackId = tkhd ? bytes.readUInt32BE(tkhd.from + (bytes[tkhd.from] === 1 ? 20 : 12)) : null;
  const trex = extensions.find((box) => isOnly || bytes.readUInt32BE(box.from + 4) === trackId);
  const kind = kindOf(entry.type);
  const isVideo = kind === 'video' && entry.end - entry.from >= 78;
  const isAudio = kind === 'audio' && entry.end - entry.from >= 28;
  const configs = isVideo || isAudio ? configBoxes(bytes, entry, isVideo) : [];
  return {
    ...{ id: trackId ?? (trex ? bytes.readUInt32BE(trex.from + 4) : 1), kind, timescale },
    codec: codecString(bytes, entry, configs),
    width: isVideo ? bytes.readUInt16BE(entry.from + 24) : 0,
    height: isVideo ? bytes.readUInt16BE(entry.from + 26) : 0,
    sampleRate: isAudio ? bytes.readUInt32BE(entry.from + 24) / 65_536 : 0,
    defaultDuration: trex ? bytes.readUInt32BE(trex.from + 12) : 0,
    defaultFlags: trex ? bytes.readUInt32BE(trex.from + 20) : 0,
  };
}

function kindOf(entry: string): Track['kind'] {
  if (/^(?:avc[13]|hvc1|hev1|dvh[1e]|av01|vp0[89]|encv|mp4v)$/.test(entry)) return 'video';
  return /^(?:mp4a|Opus|fLaC|ac-[34]|ec-3|enca)$/.test(entry) ? 'audio' : 'other';
}

/** The track that times are read from: video where there is one. */
export function leadTrack(tracks: readonly Track[]): Track | null {
  return tracks.find((track) => track.kind === 'video') ?? tracks.find((track) => track.kind === 'audio') ?? null;
}
