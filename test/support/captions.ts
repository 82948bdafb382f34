import { readFlvFile } from './flv-file.ts';

/** CEA-608 captions inside H.264 pictures, as a caption encoder writes them; ffmpeg has none from text. */

/** Pairs of bytes, without parity: a roll-up caption of two rows in a channel of field 1. */
export function rollUpPairs(text: string, channel: 'CC1' | 'CC2' = 'CC1'): [number, number][] {
  const lead = channel === 'CC1' ? 0x14 : 0x1c;
  const command = (second: number): [number, number][] => [
    [lead, second],
    [lead, second],
  ];
  const letters: [number, number][] = [];
  for (let at = 0; at < text.length; at += 2) {
    letters.push([text.charCodeAt(at), at + 1 < text.length ? text.charCodeAt(at + 1) : 0]);
  }
  // Roll-up 2, carriage return, row 15 from the left, the text.
  return [...command(0x25), ...command(0x2d), ...command(0x70), ...letters];
}

/** An SEI NAL unit (ANSI/SCTE 128) with one pair of a field; null: padding. */
export function captionNal(pair: readonly [number, number] | null, field: 0 | 1 = 0): Buffer {
  const [one, two] = pair ?? [0, 0];
  const entry = [0xfc | field, oddParity(one), oddParity(two)];
  const message = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03, 0xc1, 0xff, ...entry, 0xff];
  return Buffer.from([0x06, 0x04, message.length, ...message, 0x80]);
}

/** An SEI NAL unit with one CEA-708 packet: blocks of services, each a number and what it says. */
export function serviceNal(blocks: readonly (readonly [service: number, says: readonly number[]])[]): Buffer {
  const payload = blocks.flatMap(([service, says]) =>
    service < 7 ? [(service << 5) | says.length, ...says] : [(7 << 5) | says.length, service, ...says],
  );
  const packet = [Math.ceil((payload.length + 1) / 2), ...payload];
  if (packet.length % 2 === 1) packet.push(0);
  const entries = Array.from({ length: packet.length / 2 }, (_, i) => [
    i === 0 ? 0xff : 0xfe,
    ...packet.slice(2 * i, 2 * i + 2),
  ]);
  const message = [
    0xb5,
    0x00,
    0x31,
    0x47,
    0x41,
    0x39,
    0x34,
    0x03,
    0xc0 | entries.length,
    0xff,
    ...entries.flat(),
    0xff,
  ];
  return Buffer.from([0x06, 0x04, message.length, ...message, 0x80]);
}

/** A body of an H.264 picture with one more NAL unit in front of the picture. */
export function withNal(body: Buffer, nal: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(nal.length);
  return Buffer.concat([body.subarray(0, 5), length, nal, body.subarray(5)]);
}

const fileHeaderBytes = 13;

/**
 * The FLV file with a pair of captions in every picture from `fromMs` on, in order of decoding (no B-frames): the texts
 * follow each other, again and again, and what does not fill a picture is padding.
 */
export function withCaptions(file: Buffer, text: string, fromMs = 0): Buffer {
  const pairs = rollUpPairs(text);
  const pieces: Buffer[] = [file.subarray(0, fileHeaderBytes)];
  let next = 0;
  for (const { type, timestampMs, body } of readFlvFile(file)) {
    const isPicture = type === 'video' && body.readUInt8(1) === 1 && timestampMs >= fromMs;
    const nal = isPicture ? captionNal(pairs[next++ % (pairs.length + 4)] ?? null) : null;
    pieces.push(flvTag({ audio: 8, video: 9, script: 18 }[type], timestampMs, nal ? withNal(body, nal) : body));
  }
  return Buffer.concat(pieces);
}

function flvTag(code: number, timestampMs: number, body: Buffer): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt8(code, 0);
  head.writeUIntBE(body.length, 1, 3);
  head.writeUIntBE(timestampMs & 0xffffff, 4, 3);
  head.writeUInt8(timestampMs >>> 24, 7);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(head.length + body.length);
  return Buffer.concat([head, body, size]);
}

function oddParity(value: number): number {
  let ones = 0;
  for (let bit = value; bit > 0; bit >>= 1) ones += bit & 1;
  return ones % 2 === 0 ? value | 0x80 : value;
}
