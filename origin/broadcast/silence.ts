import { broadcastLimits } from '#shared/limits/origin.ts';

/** Tells when a connected publisher has sent nothing for a while, and when it sends again or is gone. */
export class SilenceWatch {
  readonly #onChange: (silent: boolean) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(onChange: (silent: boolean) => void) {
    this.#onChange = onChange;
  }

  /** The publisher sent something. */
  heard(): void {
    this.#onChange(false);
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#onChange(true), broadcastLimits.starvedMs);
  }

  /** The publisher is gone: nothing is expected of it. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#onChange(false);
  }
}
