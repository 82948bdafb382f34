import { type AvcSps, parseAvcSps } from './avc-sps.ts';
import { type Parsed, parsed, unparsed } from './parsed.ts';

/** An H.264 decoder configuration (ISO/IEC 14496-15, 5.3.3.1) and what its first parameter set says. */
export interface AvcConfig extends AvcSps {
  readonly profile: number;
  readonly compatibility: number;
  readonly level: number;
  /** RFC 6381: `avc1.640028`. */
  readonly codecString: string;
  /** Whether pictures can be out of order; null when the configuration leaves it open. */
  readonly hasBFrames: boolean | null;
}

const baseline = 66;
const spsNalType = 7;

/** Reads an AVCDecoderConfigurationRecord. */
export function parseAvcConfig(record: Buffer): Parsed<AvcConfig> {
  if (record.length < 8) return unparsed('truncated');
  if (record.readUInt8(0) !== 1) return unparsed('malformed');
  const [profile, compatibility, level] = [record.readUInt8(1), record.readUInt8(2), record.readUInt8(3)];
  if ((record.readUInt8(5) & 0x1f) === 0) return unparsed('malformed');
  const end = 8 + record.readUInt16BE(6);
  if (record.length < end || end < 12) return unparsed('truncated');
  const nal = record.subarray(8, end);
  if ((nal.readUInt8(0) & 0x1f) !== spsNalType) return unparsed('malformed');
  const sps = parseAvcSps(nal);
  if (!sps.ok) return sps;
  const { reorderFramesMax } = sps.value;
  const stated = reorderFramesMax === null ? null : reorderFramesMax > 0;
  const hasBFrames = profile === baseline ? false : stated;
  const codecString = `avc1.${record.toString('hex', 1, 4)}`;
  return parsed({ ...sps.value, profile, compatibility, level, codecString, hasBFrames });
}
