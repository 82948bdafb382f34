import { BitReader } from './bit-reader.ts';
import { type Parsed, parsed, unparsed } from './parsed.ts';

/** An AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1). */
export interface AacConfig {
  /** 2 is AAC-LC, 5 HE-AAC, 29 HE-AAC v2. */
  readonly objectType: number;
  /** Hz, of the core: half of what is played when spectral band replication doubles it. */
  readonly sampleRate: number;
  /** Hz, of what is played, as far as the configuration says so. */
  readonly playedRate: number;
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
/** HE-AAC and its second version: spectral band replication (1.6.2.1). */
const replicatedTypes: ReadonlySet<number> = new Set([5, 29]);
/** Older decoders read past it (1.6.6.1). */
const syncExtension = 0x2b7;

/** Reads an AudioSpecificConfig. A channel layout given by a program config element is `unsupported`. */
export function parseAacConfig(bytes: Buffer): Parsed<AacConfig> {
  const bits = new BitReader(bytes);
  const type = bits.bits(5);
  const objectType = type === escapedType ? 32 + bits.bits(6) : type;
  const sampleRate = rate(bits);
  const layout = bits.bits(4);
  if (bits.overrun) return unparsed('truncated');
  if (objectType === 0 || sampleRate === undefined || sampleRate === 0) return unparsed('malformed');
  const channels = channelCounts[layout];
  if (channels === undefined || channels === 0) return unparsed('unsupported');
  const playedRate = replicatedRate(bits, objectType) ?? sampleRate;
  return parsed({ objectType, sampleRate, playedRate, channels, codecString: `mp4a.40.${objectType}` });
}

function rate(bits: BitReader): number | undefined {
  const index = bits.bits(4);
  return index === explicitRate ? bits.bits(24) : sampleRates[index];
}

/** The rate after spectral band replication, where the configuration has it in front or behind; else null. */
function replicatedRate(bits: BitReader, objectType: number): number | null {
  if (!replicatedTypes.has(objectType)) {
    bits.flag(); // frame length
    if (bits.flag()) bits.bits(14); // core coder
    bits.flag(); // extension
    const replicates = bits.bits(11) === syncExtension && replicatedTypes.has(bits.bits(5)) && bits.flag();
    if (!replicates) return null;
  }
  const played = rate(bits);
  return bits.overrun || !played ? null : played;
}
