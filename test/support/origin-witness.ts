import { importWireKey, signatureHeader, type WireKey } from '#shared/wire/signature.ts';
import { numbersOf, readHlsEdge } from './hls-edge.ts';
import { send } from './http-send.ts';
import { signAnew } from './sign-anew.ts';

/** Where an object lies in media time, seconds from the first segment listed, and when its origin announced it. */
export interface Publication {
  readonly startS: number;
  readonly endS: number;
  /** ms of `performance.now()`; null: it was there already at the first look. */
  readonly publishedMs: number | null;
}

/** Sees at the origin itself, past every PoP, when parts and segments are announced. */
export class OriginWitness {
  /** By path below the broadcast: `v180/12.3.m4s`, `v180/12.m4s`. */
  readonly published = new Map<string, Publication>();
  readonly #url: string;
  readonly #key: WireKey;
  readonly #end = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(url: string, key: WireKey) {
    this.#url = url;
    this.#key = key;
  }

  /**
   * Begins to look.
   * @param wireKeys `<kid>:<secret>`
   */
  static async start(url: string, wireKeys: string, broadcast: string, renditions: readonly string[]) {
    const [kid = '', secret = ''] = wireKeys.split(':');
    const witness = new OriginWitness(url, await importWireKey(kid, secret));
    witness.#running = Promise.all(renditions.map((rendition) => witness.#follow(broadcast, rendition)));
    witness.#running.catch(() => {}); // told by stop()
    return witness;
  }

  /** Rejects with what went wrong on the way. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #follow(broadcast: string, rendition: string): Promise<void> {
    const path = `/b/${broadcast}/${rendition}/index.m3u8`;
    for (let target = path, isFirst = true; !this.#end.signal.aborted; isFirst = false) {
      const text = await this.#ask(target);
      if (text === null) return;
      this.#note(rendition, text, isFirst ? null : performance.now());
      const { msn, part } = numbersOf(readHlsEdge(text).hint ?? '');
      target = `${path}?_HLS_msn=${msn}&_HLS_part=${part}`;
    }
  }

  async #ask(target: string): Promise<string | null> {
    const signed = { audience: 'origin', method: 'GET', target, body: null } as const;
    const headers = { [signatureHeader]: await signAnew(this.#key, signed, Date.now()) };
    try {
      const { status, text } = await send(this.#url, target, { headers, signal: this.#end.signal });
      if (status === 200) return text;
      throw new Error(`the origin answers ${target} with ${status}: ${text}`);
    } catch (error) {
      if (this.#end.signal.aborted) return null;
      throw error;
    }
  }

  #note(rendition: string, playlist: string, publishedMs: number | null): void {
    const add = (file: string, startS: number, endS: number) => {
      const key = `${rendition}/${file}`;
      if (!this.published.has(key)) this.published.set(key, { startS, endS, publishedMs });
    };
    let segmentS = 0;
    let partS = 0;
    let durationS = 0;
    for (const line of playlist.split('\n')) {
      const [, part, file] = /^#EXT-X-PART:DURATION=([\d.]+),URI="([^"]+)"/.exec(line) ?? [];
      if (file) {
        add(file, segmentS + partS, segmentS + partS + Number(part));
        partS += Number(part);
      } else if (line.startsWith('#EXTINF:')) durationS = Number.parseFloat(line.slice(8));
      else if (line !== '' && !line.startsWith('#')) {
        add(line, segmentS, segmentS + durationS);
        segmentS += durationS;
        partS = 0;
      }
    }
  }
}
