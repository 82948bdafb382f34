import type { Box } from './boxes.ts';
import { boxesIn } from './boxes.ts';

/** Codec string of a sample entry as RFC 6381 and the codecs' own bindings write it; null for codecs unknown here. */
export function codecString(bytes: Buffer, entry: Box, configs: readonly Box[]): string | null {
  const config = (type: string) => {
    const box = configs.find((one) => one.type === type);
    return box ? bytes.subarray(box.from, box.end) : null;
  };
  switch (entry.type) {
    case 'avc1':
    case 'avc3':
      return avc(entry.type, config('avcC'));
    case 'hvc1':
    case 'hev1':
      return hevc(entry.type, config('hvcC'));
    case 'av01':
      return av1(config('av1C'));
    case 'vp09':
      return vp9(config('vpcC'));
    case 'mp4a':
      return aac(config('esds'));
    case 'Opus':
      return 'opus';
    case 'fLaC':
      return 'flac';
    case 'ac-3':
    case 'ec-3':
      return entry.type;
    default:
      return null;
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function avc(type: string, config: Buffer | null): string | null {
  if (!config || config.length < 4) return null;
  return `${type}.${hex(config[1] ?? 0)}${hex(config[2] ?? 0)}${hex(config[3] ?? 0)}`;
}

/** ISO/IEC 14496-15, E.3. */
function hevc(type: string, config: Buffer | null): string | null {
  if (!config || config.length < 13) return null;
  const byte = config[1] ?? 0;
  const space = ['', 'A', 'B', 'C'][byte >> 6] ?? '';
  let flags = config.readUInt32BE(2);
  let reversed = 0;
  for (let i = 0; i < 32; i++, flags >>>= 1) reversed = ((reversed << 1) | (flags & 1)) >>> 0;
  const constraints = [...config.subarray(6, 12)];
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop();
  const tier = byte & 0x20 ? 'H' : 'L';
  const parts = [`${space}${byte & 0x1f}`, reversed.toString(16), `${tier}${config[12]}`];
  return [type, ...parts, ...constraints.map((value) => value.toString(16))].join('.');
}

function av1(config: Buffer | null): string | null {
  if (!config || config.length < 3) return null;
  const second = config[1] ?? 0;
  const third = config[2] ?? 0;
  const depth = third & 0x40 ? (third & 0x20 ? 12 : 10) : 8;
  return `av01.${second >> 5}.${two(second & 0x1f)}${third & 0x80 ? 'H' : 'M'}.${two(depth)}`;
}

function vp9(config: Buffer | null): string | null {
  if (!config || config.length < 7) return null;
  return `vp09.${two(config[4] ?? 0)}.${two(config[5] ?? 0)}.${two((config[6] ?? 0) >> 4)}`;
}

/** The object type of the first AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1), found behind its descriptors' tags. */
function aac(config: Buffer | null): string | null {
  if (!config) return null;
  let at = 4;
  const end = config.length;
  const descriptor = (): number => {
    const tag = config[at++] ?? 0;
    while (at < end && ((config[at++] ?? 0) & 0x80) !== 0);
    return tag;
  };
  if (descriptor() !== 0x03) return null;
  const flags = config[at + 2] ?? 0;
  at += 3 + (flags & 0x80 ? 2 : 0) + (flags & 0x20 ? 2 : 0);
  if (descriptor() !== 0x04) return null;
  const objectType = config[at] ?? 0;
  at += 13;
  if (objectType !== 0x40) return `mp4a.${hex(objectType)}`;
  if (descriptor() !== 0x05) return null;
  const first = (config[at] ?? 0) >> 3;
  return `mp4a.40.${first === 31 ? 32 + (((config[at] ?? 0) & 0x07) << 3) + ((config[at + 1] ?? 0) >> 5) : first}`;
}

/** Configuration boxes of a sample entry: past its fixed fields (78 bytes of video, 28 of audio). */
export function configBoxes(bytes: Buffer, entry: Box, isVideo: boolean): Box[] {
  return boxesIn(bytes, entry.from + (isVideo ? 78 : 28), entry.end);
}

/** Whether a declared codec means the codec of an init segment: same string, or a longer writing of it. */
export function sameCodec(declared: string, found: string): boolean {
  const a = declared.toLowerCase();
  const b = found.toLowerCase();
  if (a === b || a.startsWith(`${b}.`)) return true;
  // Both ways of carrying parameter sets, and HE-AAC signalled implicitly inside an AAC-LC configuration.
  const plain = (codec: string) => codec.replace(/^avc3/, 'avc1').replace(/^hev1/, 'hvc1');
  return plain(a) === plain(b) || (b === 'mp4a.40.2' && /^mp4a\.40\.(?:5|29)$/.test(a));
}
