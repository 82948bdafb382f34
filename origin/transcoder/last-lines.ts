import { transcoderLimits } from '#shared/limits/transcoder.ts';

/** Keeps the last lines that ffmpeg wrote, cut to size; the addresses that media is pushed to are replaced by names. */
export class LastLines {
  readonly #lines: string[] = [];
  readonly #names: readonly (readonly [url: string, name: string])[];

  /** @param names what to write instead of each address */
  constructor(names: readonly (readonly [url: string, name: string])[]) {
    // Longest first, as one address may begin with another.
    this.#names = [...names].sort(([a], [b]) => b.length - a.length);
  }

  push(line: string): void {
    const { stderrLineBytesMax, stderrLinesMax } = transcoderLimits;
    const named = this.#names.reduce((text, [url, name]) => text.replaceAll(url, `<${name}>`), line);
    const bytes = Buffer.from(named);
    this.#lines.push(bytes.length > stderrLineBytesMax ? bytes.toString('utf8', 0, stderrLineBytesMax) : named);
    if (this.#lines.length > stderrLinesMax) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
