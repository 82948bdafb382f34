import { eachChild, MediaError } from './boxes.ts';

/** A CMAF chunk: one moof with its mdat (ISO/IEC 23000-19 7.3.2.3). */
export interface Chunk {
  /** Media time of the first sample in decode order, ticks. */
  readonly startTicks: number;
  readonly durationTicks: number;
  readonly sampleCount: number;
  /** The first sample is a sync sample. */
  readonly independent: boolean;
  /** Size of the samples after the first: the chunk without them still decodes to its first sample. */
  readonly restBytes: number;
}

/** Defaults from the track's trex box. */
export interface SampleDefaults {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly flags: number;
}

const nonSyncFlag = 0x10000;

/** Reads a moof and checks it against the size of its mdat payload. Throws MediaError `chunk_malformed`. */
export function readChunk(moof: Buffer, mdatPayloadBytes: number, defaults: SampleDefaults): Chunk {
  let chunk: Chunk | null = null;
  let samplesBytes = 0;
  eachChild(moof, 8, moof.length, (type, payload, end) => {
    if (type !== 'traf') return;
    if (chunk) throw new MediaError('chunk_malformed', 'more than one track in a chunk');
    const read = readTraf(moof, payload, end, defaults);
    chunk = read.chunk;
    samplesBytes = read.samplesBytes;
  });
  if (chunk === null) throw new MediaError('chunk_malformed', 'no track fragment');
  if (samplesBytes !== mdatPayloadBytes) {
    throw new MediaError('chunk_malformed', `samples take ${samplesBytes} bytes, mdat holds ${mdatPayloadBytes}`);
  }
  return chunk;
}

interface TrafState {
  startTicks: number | null;
  durationTicks: number;
  samplesBytes: number;
  firstSampleBytes: number;
  sampleCount: number;
  firstFlags: number | null;
}

function readTraf(moof: Buffer, start: number, end: number, trex: SampleDefaults) {
  let defaults = trex;
  const state: TrafState = {
    startTicks: null,
    durationTicks: 0,
    samplesBytes: 0,
    firstSampleBytes: 0,
    sampleCount: 0,
    firstFlags: null,
  };
  eachChild(moof, start, end, (type, payload, boxEnd) => {
    if (type === 'tfhd') defaults = readTfhd(moof, payload, trex);
    else if (type === 'tfdt') state.startTicks = readTfdt(moof, payload);
    else if (type === 'trun') readTrun(moof, payload, boxEnd, defaults, state);
  });
  const { startTicks, durationTicks, samplesBytes, firstSampleBytes, sampleCount, firstFlags } = state;
  if (startTicks === null || sampleCount === 0) throw new MediaError('chunk_malformed', 'no decode time or no samples');
  const independent = ((firstFlags ?? 0) & nonSyncFlag) === 0;
  const restBytes = samplesBytes - firstSampleBytes;
  return { chunk: { startTicks, durationTicks, sampleCount, independent, restBytes }, samplesBytes };
}

function readTfhd(bytes: Buffer, at: number, trex: SampleDefaults): SampleDefaults {
  const flags = bytes.readUInt32BE(at) & 0xffffff;
  let place = at + 8;
  if (flags & 0x1) place += 8;
  if (flags & 0x2) place += 4;
  const take = (bit: number, fallback: number) => {
    if (!(flags & bit)) return fallback;
    place += 4;
    return bytes.readUInt32BE(place - 4);
  };
  const durationTicks = take(0x8, trex.durationTicks);
  const sizeBytes = take(0x10, trex.sizeBytes);
  return { durationTicks, sizeBytes, flags: take(0x20, trex.flags) };
}

function readTfdt(bytes: Buffer, at: number): number {
  const version = bytes.readUInt8(at);
  return version === 1 ? Number(bytes.readBigUInt64BE(at + 4)) : bytes.readUInt32BE(at + 4);
}

function readTrun(bytes: Buffer, at: number, end: number, defaults: SampleDefaults, state: TrafState): void {
  const flags = bytes.readUInt32BE(at) & 0xffffff;
  const count = bytes.readUInt32BE(at + 4);
  let place = at + 8;
  if (flags & 0x1) place += 4;
  const firstFlags = flags & 0x4 ? bytes.readUInt32BE(place) : null;
  if (flags & 0x4) place += 4;
  const [durationAt, sizeAt, flagsAt, stride] = sampleLayout(flags);
  if (place + count * stride > end) throw new MediaError('chunk_malformed', 'trun is longer than its box');
  for (let i = 0; i < count; i++, place += stride) {
    state.durationTicks += durationAt < 0 ? defaults.durationTicks : bytes.readUInt32BE(place + durationAt);
    state.samplesBytes += sizeAt < 0 ? defaults.sizeBytes : bytes.readUInt32BE(place + sizeAt);
    if (state.firstFlags === null) {
      const own = flagsAt < 0 ? defaults.flags : bytes.readUInt32BE(place + flagsAt);
      state.firstFlags = firstFlags ?? own;
      state.firstSampleBytes = state.samplesBytes;
    }
  }
  state.sampleCount += count;
}

/** Byte places of a sample's duration, size and flags inside its entry (-1: absent), and the entry's length. */
function sampleLayout(flags: number): [number, number, number, number] {
  let stride = 0;
  const place = (bit: number) => {
    if (!(flags & bit)) return -1;
    stride += 4;
    return stride - 4;
  };
  const duration = place(0x100);
  const size = place(0x200);
  const own = place(0x400);
  place(0x800);
  return [duration, size, own, stride];
}
