import { MediaError } from './boxes.ts';

/** What an esds box says about AAC. */
export interface AacTrack {
  /** RFC 6381: `mp4a.40.2`. */
  readonly codec: string;
  /** null where the configuration leaves it to the stream (channelConfiguration 0). */
  readonly channels: number | null;
}

const tags = { stream: 0x03, decoder: 0x04, specific: 0x05 } as const;
const escapedType = 31;
const explicitRate = 15;
/** By channelConfiguration (ISO/IEC 14496-3, table 1.19). */
const channelCounts = [null, 1, 2, 3, 4, 5, 6, 8];

/** Reads an esds payload (ISO/IEC 14496-1 7.2.6.5). Throws MediaError `init_malformed`. */
export function readEsds(esds: Buffer): AacTrack {
  let at = 4;
  let objectType = 0;
  while (at < esds.length) {
    const tag = esds.readUInt8(at++);
    while (at < esds.length && esds.readUInt8(at) & 0x80) at++;
    at++;
    if (tag === tags.stream) at += 3;
    else if (tag === tags.decoder) {
      objectType = esds.readUInt8(at);
      at += 13;
    } else if (tag === tags.specific) return readSpecific(objectType, esds.subarray(at));
    else break;
  }
  throw new MediaError('init_malformed', 'no decoder configuration in esds');
}

/** The beginning of an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1). */
function readSpecific(objectType: number, config: Buffer): AacTrack {
  const bits = [...config.subarray(0, 8)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let at = 0;
  const next = (count: number): number => {
    at += count;
    if (at > bits.length) throw new MediaError('init_malformed', 'an audio configuration that ends early');
    return Number.parseInt(bits.slice(at - count, at), 2);
  };
  const first = next(5);
  const type = first === escapedType ? 32 + next(6) : first;
  if (next(4) === explicitRate) next(24);
  return { codec: `mp4a.${objectType.toString(16)}.${type}`, channels: channelCounts[next(4)] ?? null };
}
