import { BitReader } from './bit-reader.ts';
import { type Parsed, parsed, unparsed } from './parsed.ts';

/** An AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
export interface AacConfig {
  /** 2 is AAC-LC, 5 HE-AAC, 29 HE-AAC v2. */
  readonly objectType: number;
  /** Hz, of the core: half of what is played when spectral band replication doubles it. */
  readonly sampleRate: number;
  readonly channels: number;
  /** RFC 6381: `mp4a.40.2`. */
  readonly codecString: string;
}

const sampleRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const channelCounts = [0, 1, 2, 3, 4, 5, 6, 8];
const explicitRate = 15;
const escapedType = 31;

/** Reads an AudioSpecificConfig. A channel layout given by a program config element is `unsupported`. */
export function parseAacConfig(bytes: Buffer): Parsed<AacConfig> {
  const bits = new BitReader(bytes);
  const type = bits.bits(5);
  const objectType = type === escapedType ? 32 + bits.bits(6) : type;
  const rateIndex = bits.bits(4);
  const sampleRate = rateIndex === explicitRate ? bits.bits(24) : sampleRates[rateIndex];
  const layout = bits.bits(4);
  if (bits.overrun) return unparsed('truncated');
  if (objectType === 0 || sampleRate === undefined || sampleRate === 0) return unparsed('malformed');
  const channels = channelCounts[layout];
  if (channels === undefined || channels === 0) return unparsed('unsupported');
  return parsed({ objectType, sampleRate, channels, codecString: `mp4a.40.${objectType}` });
}
