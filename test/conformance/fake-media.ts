import { type FakeStream, partS, partsPerSegment, type Rendition } from './fake-stream.ts';
import type { Reply } from './reply.ts';

const windowS = 8;

/** Init segments, segments and parts of the fake stream. */
export class FakeMedia {
  readonly #stream: FakeStream;
  #chunkedSoFar = 0;

  constructor(stream: FakeStream) {
    this.#stream = stream;
  }

  /** Answers, or says that there is no such object. */
  async answer(reply: Reply, rendition: Rendition, file: string): Promise<boolean> {
    if (file === 'init.mp4') {
      reply.media(this.#stream.init(rendition), rendition, 'init');
      return true;
    }
    const [, alias, number, part] = /^(soon-)?(\d+)(?:\.(\d+))?\.m4s$/.exec(file) ?? [];
    if (number === undefined || (alias && !this.#stream.has('rule-35'))) return false;
    if (part === undefined) return this.#segment(reply, rendition, Number(number));
    return this.#part(reply, rendition, Number(number), Number(part));
  }

  async #part(reply: Reply, rendition: Rendition, msn: number, part: number): Promise<boolean> {
    const stream = this.#stream;
    const readyS = msn + (part + 1) * partS;
    const ageS = stream.lengthS - readyS;
    if (stream.shape === 'ended' && ageS < 0) return false;
    // Its tag leaves three segments and the open one after it was made.
    if (stream.has('rule-28 lost') && ageS < 0) return false;
    if (ageS < -1.5 || part >= partsPerSegment || ageS > (stream.has('rule-29') ? 4.5 : windowS)) return false;
    await stream.untilLength(readyS);
    const bytes = stream.part(rendition, msn, part);
    if (stream.has('rule-27') && ageS < 0)
      await reply.slowly([bytes.subarray(0, 20), bytes.subarray(20)], rendition, partS);
    else reply.media(bytes, rendition, 'part');
    return true;
  }

  async #segment(reply: Reply, rendition: Rendition, msn: number): Promise<boolean> {
    const stream = this.#stream;
    const isMissing = stream.has('hls-segments-answer') || stream.has('dash-segments-answer');
    if ((isMissing && msn % 4 === 1) || stream.isGap(msn)) return false;
    const ageS = stream.lengthS - (msn + 1) + 1e-6;
    if (ageS > (stream.has('hls-segments-stay') ? windowS : 3 * windowS)) return false;
    if (ageS >= 0) {
      reply.media(stream.segment(rendition, msn), rendition, 'segment');
      return true;
    }
    if (stream.shape === 'ranges') return this.#openSegment(reply, rendition, msn);
    if (!stream.isDash || ageS < -2 || stream.has('rule-41')) return false;
    await this.#chunked(reply, rendition, msn);
    return true;
  }

  /** Ranges of a segment that is being made. */
  #openSegment(reply: Reply, rendition: Rendition, msn: number): boolean {
    const { msn: next, part } = this.#stream.edge();
    if (msn !== next || part < 0) return false;
    const parts = Array.from({ length: part + 1 }, (_, index) => this.#stream.part(rendition, msn, index));
    reply.media(Buffer.concat(parts), rendition, 'segment');
    return true;
  }

  /** Low-latency DASH: each chunk when it is there. */
  async #chunked(reply: Reply, rendition: Rendition, msn: number): Promise<void> {
    const stream = this.#stream;
    if (stream.has('rule-42')) await stream.untilLength(msn + 1);
    const write = reply.openMedia(rendition);
    for (let part = 0; part < stream.partsOf(msn); part++) {
      await stream.untilLength(msn + (part + 1) * partS);
      write(stream.part(rendition, msn, part));
    }
    if (stream.has('rule-25')) write(freeBox(this.#chunkedSoFar++));
    write(null);
  }
}

/** Means nothing to players, but differs. */
function freeBox(value: number): Buffer {
  const box = Buffer.from('000000106672656500000000', 'hex');
  return Buffer.concat([box, Buffer.from([0, 0, value >> 8, value & 0xff])]);
}
