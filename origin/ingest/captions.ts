import type { CaptionChannel } from '#shared/model/source.ts';
import { withoutEmulationPrevention } from './avc-sps.ts';
import { type CaptionEntry, captionServices } from './caption-services.ts';
import { nalUnits, videoCodec } from './flv-body.ts';

const seiNalType = 6;
const hevcSeiNalType = 39;
const registeredUserData = 4;
/** Country, provider, user identifier and type code of cc_data in an SEI message (ANSI/SCTE 128, 8.2). */
const captionHeader = Buffer.from([0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03]);

/**
 * Second bytes of the commands that begin a caption in its channel (CEA-608, 8.4): pop-on, roll-up and paint-on mode,
 * and end of caption. Padding, text services and XDS have none of them.
 */
const captionCommands: ReadonlySet<number> = new Set([0x20, 0x25, 0x26, 0x27, 0x29, 0x2f]);

/** The captions that one H.264 or HEVC picture addresses: CEA-608 channels and CEA-708 services; most address none. */
export function captionChannels(body: Buffer): CaptionChannel[] {
  const found = new Set<CaptionChannel>();
  const isHevc = videoCodec(body) === 'hevc';
  for (const nal of nalUnits(body)) {
    const sei = isHevc ? hevcSei(nal) : avcSei(nal);
    if (!sei) continue;
    for (const message of captionMessages(withoutEmulationPrevention(sei))) {
      const entries = [...captionEntries(message)];
      for (const channel of entries.map(channelOf)) if (channel) found.add(channel);
      for (const service of captionServices(entries)) found.add(service);
    }
  }
  return [...found];
}

function avcSei(nal: Buffer): Buffer | null {
  return ((nal[0] ?? 0) & 0x1f) === seiNalType ? nal.subarray(1) : null;
}

/** Messages in front of the picture (ITU-T H.265 7.4.2.2). */
function hevcSei(nal: Buffer): Buffer | null {
  return (((nal[0] ?? 0) >> 1) & 0x3f) === hevcSeiNalType ? nal.subarray(2) : null;
}

/** The messages of an SEI NAL unit that may hold captions (ISO/IEC 14496-10 7.3.2.3.1); what is cut short says nothing. */
function* captionMessages(sei: Uint8Array): Generator<Uint8Array> {
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
    if (type === registeredUserData) yield sei.subarray(at, at + sizeBytes);
    at += sizeBytes;
  }
}

/** The valid entries of a cc_data structure (CEA-708, 4.4). */
function* captionEntries(message: Uint8Array): Generator<CaptionEntry> {
  if (!captionHeader.every((byte, index) => message[index] === byte)) return;
  const flags = message[captionHeader.length] ?? 0;
  const processes = (flags & 0x40) !== 0;
  if (!processes) return;
  const start = captionHeader.length + 2;
  const end = Math.min(message.length, start + 3 * (flags & 0x1f));
  for (let at = start; at + 3 <= end; at += 3) {
    const [marker = 0, first = 0, second = 0] = message.subarray(at, at + 3);
    const isValid = (marker & 0x04) !== 0;
    if (isValid) yield { type: marker & 0x03, first, second };
  }
}

/** The channel of a command: the field, and one bit of the first byte (CEA-608, 8.4). */
function channelOf({ type, first, second }: CaptionEntry): CaptionChannel | null {
  // The top bits are parity.
  const isCommand = type <= 1 && (first & 0x76) === 0x14 && captionCommands.has(second & 0x7f);
  if (!isCommand) return null;
  const isSecond = (first & 0x08) !== 0;
  if (type === 0) return isSecond ? 'CC2' : 'CC1';
  return isSecond ? 'CC4' : 'CC3';
}
