import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { objectKey, segmentFile } from '#shared/model/object-name.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import type { Bucket } from '../bucket/bucket.ts';
import type { Call } from '../cache/answer.ts';
import { wholeOf } from '../cache/relay.ts';
import { bodyOf } from './library.ts';
import type { FilePiece, Mp4File } from './mp4-file.ts';

/** Where a file's segments come from. */
export interface FileSource {
  readonly broadcast: string;
  readonly bucket: Bucket;
  readonly call: Call;
}

/**
 * Bytes `first` to `last` of a file, both included. Holds a few segments at most, whatever the length; where one cannot be had
 * as it was recorded, the body breaks off, and whoever resumes it gets the rest.
 */
export function streamFile({ pieces }: Mp4File, first: number, last: number, source: FileSource): ReadableStream {
  const { readable, writable } = new FixedLengthStream(last - first + 1);
  void writePieces(cutPieces(pieces, first, last), source, writable);
  return readable;
}

interface CutPiece {
  readonly piece: FilePiece;
  /** Of its bytes, end exclusive. */
  readonly from: number;
  readonly to: number;
}

function cutPieces(pieces: readonly FilePiece[], first: number, last: number): readonly CutPiece[] {
  const cut: CutPiece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const [from, to] = [Math.max(0, first - at), Math.min(piece.sizeBytes, last + 1 - at)];
    if (from < to) cut.push({ piece, from, to });
    at += piece.sizeBytes;
  }
  return cut;
}

async function writePieces(
  cut: readonly CutPiece[],
  source: FileSource,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  const ahead = new ReadAhead(cut, source);
  try {
    for (const { from, to } of cut) {
      const bytes = await ahead.next();
      for (let at = from; at < to; at += edgeLimits.responseSliceBytes) {
        await writer.write(bytes.subarray(at, Math.min(to, at + edgeLimits.responseSliceBytes)));
      }
    }
    await writer.close();
  } catch (error) {
    console.error(JSON.stringify({ event: 'download_broke_off', broadcast: source.broadcast, error: String(error) }));
    await writer.abort(error).catch(() => {});
  }
}

/** Fetches the next pieces while one is sent, as many as their sizes allow. */
class ReadAhead {
  readonly #cut: readonly CutPiece[];
  readonly #source: FileSource;
  readonly #reads: { readonly bytes: Promise<Uint8Array>; readonly sizeBytes: number }[] = [];
  #nextIndex = 0;

  constructor(cut: readonly CutPiece[], source: FileSource) {
    this.#cut = cut;
    this.#source = source;
  }

  /** The next piece, whole; rejects when it cannot be had. */
  next(): Promise<Uint8Array> {
    this.#fill();
    const first = this.#reads.shift();
    this.#fill();
    return first?.bytes ?? Promise.reject(new Error('there is no further piece'));
  }

  #fill(): void {
    while (this.#mayRead()) {
      const { piece } = this.#cut[this.#nextIndex++] as CutPiece;
      const bytes = readPiece(piece, this.#source);
      bytes.catch(() => {}); // a failure is seen when its turn comes
      this.#reads.push({ bytes, sizeBytes: piece.sizeBytes });
    }
  }

  #mayRead(): boolean {
    const next = this.#cut[this.#nextIndex];
    if (!next || this.#reads.length >= edgeLimits.downloadAheadMax) return false;
    const heldBytes = this.#reads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return this.#reads.length === 0 || heldBytes + next.piece.sizeBytes <= edgeLimits.downloadAheadBytesMax;
  }
}

async function readPiece(piece: FilePiece, source: FileSource): Promise<Uint8Array> {
  if (piece.bytes) return piece.bytes;
  const { rendition, msn, sizeBytes } = piece;
  const bytes = (await fromBucket(rendition, msn, sizeBytes, source)) ?? (await fromTiers(rendition, msn, source));
  if (bytes.byteLength !== sizeBytes) {
    throw new Error(`${rendition}/${msn} has ${bytes.byteLength} bytes, ${sizeBytes} were recorded`);
  }
  piece.place(bytes);
  return bytes;
}

/** Straight from the bucket: a long file would push everything that viewers need out of the tiers' memory. */
async function fromBucket(rendition: string, msn: number, sizeBytes: number, { broadcast, bucket }: FileSource) {
  const key = objectKey(broadcast, rendition, segmentFile(msn));
  try {
    const stored = await bucket.get(key);
    if (stored?.sizeBytes === sizeBytes) return new Uint8Array(await new Response(stored.body).arrayBuffer());
    await stored?.body.cancel();
  } catch (error) {
    console.error(JSON.stringify({ event: 'bucket_failed', path: key, error: String(error) }));
  }
  return null;
}

/** What is not in the bucket yet, or cannot be read there. */
async function fromTiers(rendition: string, msn: number, { broadcast, call }: FileSource): Promise<Uint8Array> {
  const route = { kind: 'segment', broadcast, rendition, msn } as const;
  const answer = await call.upstream({ route, path: formatPlaybackPath(route), directives: noDirectives });
  const body = answer.growing ? await wholeOf(answer.growing, edgeLimits.growingStallMsMax) : bodyOf(answer);
  // Others may hold the same bytes, and these will be changed.
  return new Uint8Array(body?.slice(0) ?? new ArrayBuffer(0));
}
