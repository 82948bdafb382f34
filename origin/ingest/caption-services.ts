import type { CaptionChannel } from '#shared/model/source.ts';

/** One entry of a cc_data structure (CEA-708, 4.4); `type` 0 and 1: fields of CEA-608, 2 and 3: bytes of CEA-708 packets. */
export interface CaptionEntry {
  readonly type: number;
  readonly first: number;
  readonly second: number;
}

const packetStart = 3;
const packetData = 2;
/** Of a packet whose size code is 0. */
const packetBytesMax = 128;
const extendedService = 7;

/**
 * The CEA-708 services that have something to say in the packets that begin here (CEA-708, 5 and 6). Of a packet that goes
 * on in the next picture only what is here is read: each packet names its services again.
 */
export function captionServices(entries: readonly CaptionEntry[]): CaptionChannel[] {
  const packets: number[][] = [];
  for (const { type, first, second } of entries) {
    if (type === packetStart) packets.push([first, second]);
    else if (type === packetData) packets.at(-1)?.push(first, second);
  }
  return packets.flatMap((packet) => [...servicesOf(packet)]);
}

function* servicesOf([header = 0, ...payload]: readonly number[]): Generator<CaptionChannel> {
  const sizeCode = header & 0x3f;
  const packetBytes = sizeCode === 0 ? packetBytesMax : 2 * sizeCode;
  const blocks = payload.slice(0, packetBytes - 1);
  for (let at = 0; at < blocks.length; ) {
    const blockHeader = blocks[at++] ?? 0;
    const sizeBytes = blockHeader & 0x1f;
    let service = blockHeader >> 5;
    if (service === extendedService && sizeBytes > 0) service = (blocks[at++] ?? 0) & 0x3f;
    // The null service fills the rest of a packet.
    if (service === 0 || sizeBytes === 0) return;
    const speaks = blocks.slice(at, at + sizeBytes).some((byte) => byte !== 0);
    if (speaks) yield `SERVICE${service}`;
    at += sizeBytes;
  }
}
