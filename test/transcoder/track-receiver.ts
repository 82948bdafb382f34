import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A sample as a CMAF track gives it, in ticks. */
export interface Sample {
  readonly presentationTicks: number;
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly sync: boolean;
}

export interface ReceivedChunk {
  /** tfdt */
  readonly startTicks: number;
  readonly durationTicks: number;
  readonly samples: readonly Sample[];
}

export interface ReceivedTrack {
  readonly timescale: number;
  readonly chunks: readonly ReceivedChunk[];
}

/** Takes tracks by HTTP PUT as the packager does; the path's first part is a secret that must not leak. */
export interface TrackReceiver {
  readonly token: string;
  url(rendition: string): string;
  readonly names: readonly string[];
  /** Bytes received so far. */
  bytes(rendition: string): Buffer;
  track(rendition: string): ReceivedTrack;
  /** Ends all connections and refuses new ones. */
  close(): Promise<void>;
}

export async function startReceiver(): Promise<TrackReceiver> {
  const token = 'f7a0c3sinktoken';
  const received = new Map<string, Buffer[]>();
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const [, given, name = ''] = (request.url ?? '').split('/');
    if (request.method !== 'PUT' || given !== token) {
      response.writeHead(404).end();
      return;
    }
    const pieces: Buffer[] = [];
    received.set(name, pieces);
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', () => {});
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bytes = (name: string) => Buffer.concat(received.get(name) ?? []);
  return {
    token,
    url: (rendition) => `http://127.0.0.1:${port}/${token}/${rendition}`,
    get names() {
      return [...received.keys()];
    },
    bytes,
    track: (name) => readTrack(bytes(name)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Box {
  readonly type: string;
  readonly at: number;
  readonly end: number;
}

function boxes(bytes: Buffer, from = 0, to = bytes.length): readonly Box[] {
  const found: Box[] = [];
  for (let at = from; at + 8 <= to; ) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > to) break;
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), at: at + 8, end: at + size });
    at += size;
  }
  return found;
}

function inside(bytes: Buffer, path: readonly string[], from = 0, to = bytes.length): Box {
  const box = boxes(bytes, from, to).find((one) => one.type === path[0]);
  if (!box) throw new Error(`no box ${path[0]}`);
  return path.length === 1 ? box : inside(bytes, path.slice(1), box.at, box.end);
}

function readTrack(bytes: Buffer): ReceivedTrack {
  const mdhd = inside(bytes, ['moov', 'trak', 'mdia', 'mdhd']);
  const timescale = bytes.readUInt32BE(mdhd.at + (bytes[mdhd.at] === 1 ? 20 : 12));
  const moofs = boxes(bytes).filter((box) => box.type === 'moof');
  return { timescale, chunks: moofs.map((moof) => readChunk(bytes, moof)) };
}

function readChunk(bytes: Buffer, moof: Box): ReceivedChunk {
  const tfdt = inside(bytes, ['traf', 'tfdt'], moof.at, moof.end).at;
  const startTicks = bytes[tfdt] === 1 ? Number(bytes.readBigUInt64BE(tfdt + 4)) : bytes.readUInt32BE(tfdt + 4);
  const defaults = readDefaults(bytes, inside(bytes, ['traf', 'tfhd'], moof.at, moof.end).at);
  const samples = readSamples(bytes, inside(bytes, ['traf', 'trun'], moof.at, moof.end).at, defaults, startTicks);
  return { startTicks, durationTicks: samples.reduce((sum, one) => sum + one.durationTicks, 0), samples };
}

function readDefaults(bytes: Buffer, at: number) {
  const flags = bytes.readUIntBE(at + 1, 3);
  let place = at + 8 + (flags & 1 ? 8 : 0) + (flags & 2 ? 4 : 0);
  const take = (bit: number) => {
    if (!(flags & bit)) return 0;
    place += 4;
    return bytes.readUInt32BE(place - 4);
  };
  return { duration: take(8), size: take(16), flags: take(32) };
}

function readSamples(bytes: Buffer, at: number, defaults: ReturnType<typeof readDefaults>, startTicks: number) {
  const flags = bytes.readUIntBE(at + 1, 3);
  const count = bytes.readUInt32BE(at + 4);
  let place = at + 8 + (flags & 1 ? 4 : 0);
  const take = () => {
    place += 4;
    return bytes.readUInt32BE(place - 4);
  };
  const firstFlags = flags & 4 ? take() : null;
  const samples: Sample[] = [];
  for (let i = 0, decodeTicks = startTicks; i < count; i++) {
    const durationTicks = flags & 0x100 ? take() : defaults.duration;
    const sizeBytes = flags & 0x200 ? take() : defaults.size;
    const own = flags & 0x400 ? take() : defaults.flags;
    const sync = ((i === 0 && firstFlags !== null ? firstFlags : own) & 0x10000) === 0;
    const composition = flags & 0x800 ? take() | 0 : 0;
    samples.push({ presentationTicks: decodeTicks + composition, durationTicks, sizeBytes, sync });
    decodeTicks += durationTicks;
  }
  return samples;
}
