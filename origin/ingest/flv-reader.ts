import { browserPublishLimits } from '#shared/limits/ingest.ts';
import type { FlvTag, FlvTagType } from './flv.ts';
import { type Parsed, parsed, unparsed } from './parsed.ts';

const tagTypes: Readonly<Record<number, FlvTagType>> = { 8: 'audio', 9: 'video', 18: 'script' };
const fileHeaderBytes = 9;
const sizeBytes = 4;
const tagHeaderBytes = 11;

/** Reads an FLV stream (FLV specification 10.1, annex E) as it comes, cut anywhere. */
export class FlvReader {
  #bytes: Buffer = Buffer.alloc(0);
  #begun = false;

  /** The tags that are whole by now; nothing can be read any more after an error. @param arrivalMs ms since the Unix epoch */
  push(bytes: Buffer, arrivalMs: number): Parsed<readonly FlvTag[]> {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (!this.#begun) {
      if (this.#bytes.length < fileHeaderBytes + sizeBytes) return parsed([]);
      if (this.#bytes.toString('latin1', 0, 3) !== 'FLV') return unparsed('malformed');
      this.#bytes = this.#bytes.subarray(fileHeaderBytes + sizeBytes);
      this.#begun = true;
    }
    const tags: FlvTag[] = [];
    for (;;) {
      const tag = this.#next(arrivalMs);
      if (!tag) return parsed(tags);
      if (!tag.ok) return tag;
      tags.push(tag.value);
    }
  }

  #next(arrivalMs: number): Parsed<FlvTag> | null {
    const bytes = this.#bytes;
    if (bytes.length < tagHeaderBytes) return null;
    const type = tagTypes[bytes.readUInt8(0)];
    if (!type) return unparsed('malformed');
    const bodyBytes = bytes.readUIntBE(1, 3);
    if (bodyBytes > browserPublishLimits.tagBytesMax) return unparsed('out_of_range');
    const end = tagHeaderBytes + bodyBytes;
    if (bytes.length < end + sizeBytes) return null;
    this.#bytes = bytes.subarray(end + sizeBytes);
    const timestampMs = (bytes.readUIntBE(4, 3) | (bytes.readUInt8(7) << 24)) >>> 0;
    return parsed({ type, timestampMs, arrivalMs, body: bytes.subarray(tagHeaderBytes, end) });
  }
}
