import type { MediaFacts } from './facts.ts';

const packetBytes = 188;
const clockHz = 90_000;

/** Whether bytes are MPEG-TS packets (ISO/IEC 13818-1, 2.4.3). */
export function looksLikeTransportStream(bytes: Buffer): boolean {
  return (
    bytes.length >= packetBytes && bytes[0] === 0x47 && (bytes.length === packetBytes || bytes[packetBytes] === 0x47)
  );
}

interface Pes {
  readonly ticks: number;
  readonly payload: Buffer;
  readonly randomAccess: boolean;
}

/** Reads when a transport stream segment begins and whether its first picture is a random access point. */
export function readTransportStream(bytes: Buffer): MediaFacts | null {
  const video: Pes[] = [];
  const audio: Pes[] = [];
  let videoPid = -1;
  for (let at = 0; at + packetBytes <= bytes.length; at += packetBytes) {
    const packet = bytes.subarray(at, at + packetBytes);
    if (packet[0] !== 0x47) break;
    const pes = readPesStart(packet);
    if (!pes) {
      const isVideo = videoPid >= 0 && pidOf(packet) === videoPid;
      const last = video.at(-1);
      if (isVideo && last && video.length === 1)
        video[0] = { ...last, payload: Buffer.concat([last.payload, payloadOf(packet)]) };
      continue;
    }
    if (pes.isVideo) {
      videoPid = pidOf(packet);
      video.push(pes);
    } else {
      audio.push(pes);
    }
  }
  const lead = video.length > 0 ? video : audio;
  const first = lead[0];
  if (!first) return null;
  const isVideo = lead === video;
  return {
    ...{
      format: 'ts',
      timescale: clockHz,
      startTicks: Math.min(...lead.map(({ ticks }) => ticks)),
      durationTicks: null,
    },
    ...{ samples: lead.length, frameTicks: frameTicks(lead, isVideo), emptySamples: 0, innerGapTicks: 0, isVideo },
    startsWithSync: !isVideo || first.randomAccess || hasRandomAccessUnit(first.payload),
  };
}

/** Typical distance of frames; audio packets hold several frames, so they tell nothing finer. */
function frameTicks(pes: readonly Pes[], isVideo: boolean): number {
  const times = pes.map(({ ticks }) => ticks).sort((a, b) => a - b);
  const steps = times.slice(1).map((ticks, index) => ticks - (times[index] ?? 0));
  return steps.length > 0 ? Math.max(...steps) : isVideo ? 3_600 : 1_920;
}

function pidOf(packet: Buffer): number {
  return packet.readUInt16BE(1) & 0x1fff;
}

function payloadOf(packet: Buffer): Buffer {
  const control = ((packet[3] ?? 0) >> 4) & 3;
  const skip = control & 2 ? 1 + (packet[4] ?? 0) : 0;
  return control & 1 ? packet.subarray(4 + skip) : packet.subarray(packetBytes);
}

function readPesStart(packet: Buffer): (Pes & { isVideo: boolean }) | null {
  if (((packet[1] ?? 0) & 0x40) === 0) return null;
  const payload = payloadOf(packet);
  if (payload.length < 14 || payload.readUIntBE(0, 3) !== 1) return null;
  const stream = payload[3] ?? 0;
  const isVideo = stream >= 0xe0 && stream <= 0xef;
  const isAudio = (stream >= 0xc0 && stream <= 0xdf) || stream === 0xbd;
  const flags = (payload[7] ?? 0) >> 6;
  if ((!isVideo && !isAudio) || (flags & 2) === 0) return null;
  const ticks = timestamp(payload, flags === 3 && payload.length >= 19 ? 14 : 9);
  const hasAdaptation = ((packet[3] ?? 0) & 0x20) !== 0 && (packet[4] ?? 0) > 0;
  const randomAccess = hasAdaptation && ((packet[5] ?? 0) & 0x40) !== 0;
  return { ticks, payload: payload.subarray(9 + (payload[8] ?? 0)), randomAccess, isVideo };
}

/** 33 bits in five bytes (2.4.3.7). */
function timestamp(bytes: Buffer, at: number): number {
  const high = ((bytes[at] ?? 0) >> 1) & 7;
  return high * 2 ** 30 + (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (bytes.readUInt16BE(at + 3) >> 1);
}

/** An IDR picture of H.264, or an IRAP picture of HEVC, among the first NAL units. */
function hasRandomAccessUnit(payload: Buffer): boolean {
  for (let at = payload.indexOf('000001', 0, 'hex'); at >= 0; at = payload.indexOf('000001', at + 3, 'hex')) {
    const head = payload[at + 3] ?? 0;
    const avc = head & 0x1f;
    if (avc === 5) return true;
    if (avc === 1) return false;
    const hevc = (head >> 1) & 0x3f;
    if ((head & 0x81) === 0 && hevc >= 16 && hevc <= 21) return true;
  }
  return false;
}
