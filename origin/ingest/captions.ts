import type { CaptionChannel } from '#shared/model/source.ts';
import { withoutEmulationPrevention } from './avc-sps.ts';
import { nalUnits } from './flv-body.ts';

const seiNalType = 6;
const registeredUserData = 4;
/** Country, provider, user identifier and type code of cc_data in an SEI message (ANSI/SCTE 128, 8.2). */
const captionHeader = Buffer.from([0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03]);

/**
 * Second bytes of the commands that begin a caption in its channel (CEA-608, 8.4): pop-on, roll-up and paint-on mode,
 * and end of caption. Padding, text services and XDS have none of them.
 */
const captionCommands: ReadonlySet<number> = new Set([0x20, 0x25, 0x26, 0x27, 0x29, 0x2f]);

/** The CEA-608 channels that the captions inside one H.264 picture address; most pictures address none. */
export function captionChannels(body: Buffer): CaptionChannel[] {
  const found = new Set<CaptionChannel>();
  for (const nal of nalUnits(body)) {
    if (((nal[0] ?? 0) & 0x1f) !== seiNalType) continue;
    for (const pair of captionPairs(withoutEmulationPrevention(nal.subarray(1)))) {
      const channel = channelOf(pair);
      if (channel) found.add(channel);
    }
  }
  return [...found];
}

/** One pair of bytes of a CEA-608 field. */
interface CaptionPair {
  readonly field: 0 | 1;
  readonly first: number;
  readonly second: number;
}

/** Reads the messages of an SEI NAL unit (ISO/IEC 14496-10 7.3.2.3.1); what is cut short says nothing. */
function* captionPairs(sei: Uint8Array): Generator<CaptionPair> {
  let at = 0;
  const number = () => {
    let value = 0;
    while (sei[at] === 0xff) {
      value += 255;
      at++;
    }
    return value + (sei[at++] ?? 0);
  };
  while (at + 2 < sei.length) {
    const type = number();
    const sizeBytes = number();
    if (type === registeredUserData) yield* readCaptionData(sei.subarray(at, at + sizeBytes));
    at += sizeBytes;
  }
}

/** The CEA-608 pairs of a cc_data structure (CEA-708, 4.4); the packets of CEA-708 beside them are not read. */
function* readCaptionData(message: Uint8Array): Generator<CaptionPair> {
  if (!captionHeader.every((byte, index) => message[index] === byte)) return;
  const flags = message[captionHeader.length] ?? 0;
  const processes = (flags & 0x40) !== 0;
  if (!processes) return;
  const first = captionHeader.length + 2;
  const end = Math.min(message.length, first + 3 * (flags & 0x1f));
  for (let at = first; at + 3 <= end; at += 3) {
    const [marker = 0, one = 0, two = 0] = message.subarray(at, at + 3);
    const field = marker & 0x03;
    const isValid = (marker & 0x04) !== 0;
    // The top bits are parity.
    if (isValid && (field === 0 || field === 1)) yield { field, first: one & 0x7f, second: two & 0x7f };
  }
}

/** The channel of a command: the field, and one bit of the first byte (CEA-608, 8.4). */
function channelOf({ field, first, second }: CaptionPair): CaptionChannel | null {
  const isCommand = (first & 0x76) === 0x14 && captionCommands.has(second);
  if (!isCommand) return null;
  const isSecond = (first & 0x08) !== 0;
  if (field === 0) return isSecond ? 'CC2' : 'CC1';
  return isSecond ? 'CC4' : 'CC3';
}
