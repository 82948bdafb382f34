import type { AudioCodec, VideoCodec } from './flv-body.ts';

/**
 * RFC 6381 strings of the codecs that Enhanced RTMP brings, from their configuration records; empty when the record is
 * too short. H.264 and AAC have parsers of their own.
 */
export function codecStringOf(codec: VideoCodec | AudioCodec, config: Buffer): string {
  switch (codec) {
    case 'hevc':
      return hevcString(config);
    case 'av1':
      return av1String(config);
    case 'vp9':
      return vp9String(config);
    default:
      return '';
  }
}

/** ISO/IEC 14496-15, 8.3.3.1.2 and annex E.3. */
function hevcString(record: Buffer): string {
  if (record.length < 13) return '';
  const profile = record.readUInt8(1);
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const tier = (profile & 0x20) === 0 ? 'L' : 'H';
  let compatibility = 0;
  for (let bit = 0, flags = record.readUInt32BE(2); bit < 32; bit++, flags >>>= 1) {
    compatibility = compatibility * 2 + (flags & 1);
  }
  const constraints = [...record.subarray(6, 12)];
  while (constraints.at(-1) === 0) constraints.pop();
  const parts = [`hvc1.${space}${profile & 0x1f}`, compatibility.toString(16), `${tier}${record.readUInt8(12)}`];
  return [...parts, ...constraints.map((byte) => byte.toString(16))].join('.');
}

/** Whether an HEVC record says that its pictures are fields and not frames (ISO/IEC 23008-2, 7.4.4). */
export function isHevcInterlaced(record: Buffer): boolean {
  const progressiveAndInterlaced = (record[6] ?? 0) >> 6;
  return progressiveAndInterlaced === 0b01;
}

/** AV1 codec ISO media file format binding, section 5. */
function av1String(record: Buffer): string {
  if (record.length < 3) return '';
  const [profileAndLevel, flags] = [record.readUInt8(1), record.readUInt8(2)];
  const level = String(profileAndLevel & 0x1f).padStart(2, '0');
  const tier = (flags & 0x80) === 0 ? 'M' : 'H';
  const depth = (flags & 0x40) === 0 ? '08' : (flags & 0x20) === 0 ? '10' : '12';
  return `av01.${profileAndLevel >> 5}.${level}${tier}.${depth}`;
}

/** VP codec ISO media file format binding; some encoders put the box's version and flags in front. */
function vp9String(record: Buffer): string {
  const start = record.length >= 12 && record.readUInt32BE(0) === 0x01000000 ? 4 : 0;
  if (record.length < start + 3) return '';
  const numbers = [record.readUInt8(start), record.readUInt8(start + 1), record.readUInt8(start + 2) >> 4];
  return ['vp09', ...numbers.map((number) => String(number).padStart(2, '0'))].join('.');
}
