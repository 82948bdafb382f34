import { parseAacConfig } from './aac.ts';
import { audioCodec, sequenceHeaderConfig } from './flv-body.ts';

/** A frame that can stand where a publisher's own are missing. */
export interface BlankFrame {
  /** FLV tag body. */
  readonly body: Buffer;
  /** How long it lasts, ms, not rounded. */
  readonly durationMs: number;
}

const aacFrameSamples = 1_024;
const legacyAacFrame = 1;

/** Elements of a frame by number of channels (ISO/IEC 14496-3, table 1.19): one channel, a pair, low frequencies. */
const layouts: readonly (readonly ('one' | 'pair' | 'low')[])[] = [
  [],
  ['one'],
  ['pair'],
  ['one', 'pair'],
  ['one', 'pair', 'one'],
  ['one', 'pair', 'pair'],
  ['one', 'pair', 'pair', 'low'],
  [],
  ['one', 'pair', 'pair', 'pair', 'low'],
];

/**
 * An AAC frame of silence for the configuration in a sequence header (ISO/IEC 14496-3, 4.4.2): no spectral data at all.
 * Null for other codecs and for channel layouts that the configuration does not name.
 */
export function silentFrame(sequenceHeader: Buffer): BlankFrame | null {
  if (audioCodec(sequenceHeader) !== 'aac') return null;
  const config = parseAacConfig(sequenceHeaderConfig('audio', sequenceHeader));
  if (!config.ok) return null;
  const elements = layouts[config.value.channels] ?? [];
  if (elements.length === 0) return null;
  const head = Buffer.from(sequenceHeader.subarray(0, headBytes(sequenceHeader)));
  markAsFrame(head);
  const durationMs = (aacFrameSamples * 1_000) / config.value.sampleRate;
  return { body: Buffer.concat([head, rawDataBlock(elements)]), durationMs };
}

const mp3Rates = [44_100, 48_000, 32_000];

/**
 * A frame of silence like a given MP3 frame (FLV tag body; ISO/IEC 11172-3, 2.4.1): same head, no main data.
 * Null for other codecs and free formats.
 */
export function silentMp3Frame(frame: Buffer): BlankFrame | null {
  if (audioCodec(frame) !== 'mp3' || frame.length < 5 || frame.readUInt16BE(1) < 0xffe0) return null;
  const version = (frame.readUInt8(2) >> 3) & 3;
  const rate = mp3Rates[(frame.readUInt8(3) >> 2) & 3];
  if (version === 1 || rate === undefined) return null;
  const body = Buffer.alloc(frame.length);
  frame.copy(body, 0, 0, 5);
  // Without the checksum that would follow the head.
  body.writeUInt8(body.readUInt8(2) | 1, 2);
  // Halved rates come with halved frames; only MPEG 2.5 has a quarter of the rate.
  return { body, durationMs: ((version === 0 ? 2_304 : 1_152) * 1_000) / rate };
}

function headBytes(sequenceHeader: Buffer): number {
  return sequenceHeader.length - sequenceHeaderConfig('audio', sequenceHeader).length;
}

/** Both headers say in one place what follows: byte 1, or the low half of byte 0 (Enhanced RTMP). */
function markAsFrame(head: Buffer): void {
  if (head.length === 2) head.writeUInt8(legacyAacFrame, 1);
  else head.writeUInt8((head.readUInt8(0) & 0xf0) | 1, 0);
}

function rawDataBlock(elements: readonly ('one' | 'pair' | 'low')[]): Buffer {
  const tags = { one: 0, pair: 0, low: 0 };
  let bits = '';
  for (const element of elements) {
    const tag = tags[element]++;
    if (element === 'pair') bits += `${number(1, 3)}${number(tag, 4)}1${icsInfo}${number(0, 2)}${stream}${stream}`;
    else bits += `${number(element === 'one' ? 0 : 3, 3)}${number(tag, 4)}${number(0, 8)}${icsInfo}${tools}`;
  }
  bits += number(7, 3);
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}

/** One long window without scale factor bands; no prediction. */
const icsInfo = `0${number(0, 2)}0${number(0, 6)}0`;
/** No pulses, no noise shaping, no gain control. */
const tools = '000';
/** A channel of a pair: gain, and nothing to apply it to. */
const stream = number(0, 8) + tools;

function number(value: number, count: number): string {
  return value.toString(2).padStart(count, '0');
}
