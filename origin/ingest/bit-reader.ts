/** Reads bits, most significant first. Past the end it gives zeros and sets `overrun`: check that once, at the end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #bit = 0;
  overrun = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** @param count at most 32 */
  bits(count: number): number {
    if (this.#bit + count > this.#bytes.length * 8) {
      this.overrun = true;
      return 0;
    }
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = this.#bytes[this.#bit >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#bit & 7))) & 1);
      this.#bit += 1;
    }
    return value;
  }

  /** ue(v), an unsigned Exp-Golomb number (ISO/IEC 14496-10, 9.1). */
  unsigned(): number {
    let zeros = 0;
    while (!this.overrun && !this.flag()) zeros += 1;
    if (zeros > 31) {
      this.overrun = true;
      return 0;
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v), a signed Exp-Golomb number (9.1.1). */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
