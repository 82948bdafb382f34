import { BoxSplitter, MediaError } from './boxes.ts';
import { type Chunk, readChunk, type SampleDefaults } from './chunk.ts';
import { type InitSegment, readInitSegment } from './init-segment.ts';

export interface TrackReaderEvents {
  /** ftyp and moov together. */
  readonly onInit: (init: InitSegment, bytes: Buffer) => void;
  /** moof and mdat together, with what belongs in front of them. */
  readonly onChunk: (chunk: Chunk, bytes: Buffer) => void;
}

/** Boxes that travel with the chunk that follows them; all others at the top level are dropped. */
const chunkPrefixes: ReadonlySet<string> = new Set(['styp', 'prft', 'emsg']);

/** Reads a CMAF track byte by byte: first the init segment, then chunks, each checked. Throws MediaError. */
export class TrackReader {
  readonly #splitter = new BoxSplitter();
  readonly #events: TrackReaderEvents;
  #ftyp: Buffer | null = null;
  #defaults: SampleDefaults | null = null;
  #prefix: Buffer[] = [];
  #moof: Buffer | null = null;

  constructor(events: TrackReaderEvents) {
    this.#events = events;
  }

  push(bytes: Buffer): void {
    for (const box of this.#splitter.push(bytes)) this.#box(box.type, box.bytes);
  }

  #box(type: string, bytes: Buffer): void {
    if (type === 'ftyp') this.#ftyp = bytes;
    else if (type === 'moov') this.#init(bytes);
    else if (type === 'moof') this.#moof = bytes;
    else if (type === 'mdat') this.#chunk(bytes);
    else if (chunkPrefixes.has(type)) this.#prefix.push(bytes);
  }

  #init(moov: Buffer): void {
    const init = readInitSegment(moov);
    this.#defaults = init.defaults;
    this.#events.onInit(init, this.#ftyp ? Buffer.concat([this.#ftyp, moov]) : moov);
  }

  #chunk(mdat: Buffer): void {
    const moof = this.#moof;
    if (!moof || !this.#defaults) throw new MediaError('chunk_malformed', 'mdat without moof or init segment');
    const chunk = readChunk(moof, mdat.length - 8, this.#defaults);
    const bytes = Buffer.concat([...this.#prefix, moof, mdat]);
    this.#moof = null;
    this.#prefix = [];
    this.#events.onChunk(chunk, bytes);
  }
}
