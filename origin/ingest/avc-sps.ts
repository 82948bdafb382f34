import { ingestLimits } from '#shared/limits/ingest.ts';
import { BitReader } from './bit-reader.ts';
import { type Parsed, parsed, unparsed } from './parsed.ts';

/** What a sequence parameter set says of the picture (ISO/IEC 14496-10, 7.3.2.1.1 and E.1.1). */
export interface AvcSps {
  /** After cropping. */
  readonly width: number;
  readonly height: number;
  /** Pictures may be fields, or have macroblocks of fields (frame_mbs_only_flag is off). */
  readonly interlaced: boolean;
  /** Frames that may be reordered; null when the stream does not say. */
  readonly reorderFramesMax: number | null;
  /** Frames per second; null when the stream does not say. */
  readonly frameRate: number | null;
}

const profilesWithChroma: ReadonlySet<number> = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const extendedAspectRatio = 255;
const referencesMax = 255;

/** Reads a sequence parameter set, NAL header included. */
export function parseAvcSps(nal: Buffer): Parsed<AvcSps> {
  const bits = new BitReader(withoutEmulationPrevention(nal.subarray(1)));
  const profile = bits.bits(8);
  bits.bits(16); // constraints, level
  bits.unsigned(); // id
  const chromaFormat = profilesWithChroma.has(profile) ? chroma(bits) : 1;
  bits.unsigned(); // bits of the frame number
  if (!pictureOrder(bits)) return unparsed('out_of_range');
  bits.unsigned(); // reference frames
  bits.flag(); // gaps allowed
  const widthBlocks = bits.unsigned() + 1;
  const heightUnits = bits.unsigned() + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) bits.flag(); // adaptive
  bits.flag(); // direct 8x8
  const crop = bits.flag() ? [bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()] : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const rows = framesOnly ? 1 : 2;
  const cropWidth = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const cropHeight = (chromaFormat === 1 ? 2 : 1) * rows;
  const width = widthBlocks * 16 - cropWidth * (left + right);
  const height = heightUnits * 16 * rows - cropHeight * (top + bottom);
  if (bits.overrun) return unparsed('truncated');
  if (width < 1 || height < 1 || Math.max(width, height) > ingestLimits.pictureSideMax) return unparsed('out_of_range');
  return parsed({ width, height, interlaced: !framesOnly, ...usability(bits) });
}

function chroma(bits: BitReader): number {
  const format = bits.unsigned();
  if (format === 3) bits.flag(); // separate planes
  bits.unsigned(); // luma depth
  bits.unsigned(); // chroma depth
  bits.flag(); // lossless
  if (bits.flag()) {
    for (let list = 0; list < (format === 3 ? 12 : 8); list++) {
      if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return format;
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + bits.signed() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

function pictureOrder(bits: BitReader): boolean {
  const type = bits.unsigned();
  if (type === 0) bits.unsigned();
  if (type !== 1) return true;
  bits.flag();
  bits.signed();
  bits.signed();
  const references = bits.unsigned();
  if (references > referencesMax) return false;
  for (let i = 0; i < references; i++) bits.signed();
  return true;
}

/** The VUI; a truncated one says nothing, since real encoders write such. */
function usability(bits: BitReader): Pick<AvcSps, 'reorderFramesMax' | 'frameRate'> {
  const nothing = { reorderFramesMax: null, frameRate: null };
  if (!bits.flag()) return nothing;
  if (bits.flag() && bits.bits(8) === extendedAspectRatio) bits.bits(32);
  if (bits.flag()) bits.flag(); // overscan
  if (bits.flag()) {
    bits.bits(4); // video format, range
    if (bits.flag()) bits.bits(24); // colours
  }
  if (bits.flag()) {
    bits.unsigned(); // chroma location
    bits.unsigned();
  }
  const frameRate = timing(bits);
  const nalHrd = bits.flag();
  if (nalHrd) skipHrd(bits);
  const vclHrd = bits.flag();
  if (vclHrd) skipHrd(bits);
  if (nalHrd || vclHrd) bits.flag(); // low delay
  bits.flag(); // picture structure
  const restricted = bits.flag();
  if (restricted) {
    bits.flag(); // motion over boundaries
    for (let i = 0; i < 4; i++) bits.unsigned(); // sizes
  }
  const reorderFramesMax = restricted ? bits.unsigned() : null;
  return bits.overrun ? nothing : { reorderFramesMax, frameRate };
}

function timing(bits: BitReader): number | null {
  if (!bits.flag()) return null;
  const ticks = bits.bits(32);
  const timescale = bits.bits(32);
  bits.flag(); // fixed
  return ticks > 0 && timescale > 0 ? timescale / (2 * ticks) : null;
}

function skipHrd(bits: BitReader): void {
  const schedules = Math.min(bits.unsigned(), 31) + 1;
  bits.bits(8); // scales
  for (let i = 0; i < schedules; i++) {
    bits.unsigned();
    bits.unsigned();
    bits.flag();
  }
  bits.bits(20); // lengths
}

/** The payload of a NAL unit (ISO/IEC 14496-10 7.4.1). */
export function withoutEmulationPrevention(bytes: Buffer): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length++] = byte;
  }
  return out.subarray(0, length);
}
