import { castLimits } from '#shared/limits/page.ts';
import { type Connection, type ConnectionEnd, connect } from './connection.ts';
import type { RecordingFormat } from './format.ts';
import type { CastState } from './words.ts';

export interface CastOptions {
  readonly stream: MediaStream;
  readonly channel: string;
  readonly streamKey: string;
  readonly format: RecordingFormat;
  readonly onState: (state: CastState) => void;
}

const lost = 'The server could not be reached for a minute. Your broadcast is over, or soon will be.';

/** A broadcast from this page: connections one after the other until it is stopped, refused or lost for good. */
export class Cast {
  readonly #options: CastOptions;
  #connection: Connection | null = null;
  #timer = 0;
  #share = 1;
  #failures = 0;
  #lostMs = 0;
  #isOver = false;

  constructor(options: CastOptions) {
    this.#options = options;
  }

  /** Connects and goes live; once. */
  begin(): void {
    this.#connect();
  }

  /** Ends it: what was recorded is still sent. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#connection?.finish();
  }

  /** Begins a new recording, since the picture has another size now. */
  restart(): void {
    if (this.#isOver || !this.#connection) return;
    const old = this.#connection;
    this.#connection = null;
    void old.finish().then(() => this.#connect());
  }

  #connect(): void {
    if (this.#isOver) return;
    const { onState, ...what } = this.#options;
    onState({ name: this.#lostMs === 0 ? 'connecting' : 'reconnecting' });
    this.#connection = connect({
      ...what,
      share: this.#share,
      onLive: () => {
        this.#failures = 0;
        this.#lostMs = 0;
        onState({ name: 'live', isSlow: this.#share < 1 });
      },
      onEnd: (end) => this.#ended(end),
    });
  }

  #ended(end: ConnectionEnd): void {
    const { onState } = this.#options;
    this.#connection = null;
    if (this.#isOver) return;
    if (end.kind === 'refused') {
      this.#isOver = true;
      onState({ name: 'over', sentence: end.sentence });
      return;
    }
    if (end.kind === 'slow') this.#share /= 2;
    const nowMs = performance.now();
    if (this.#lostMs === 0) this.#lostMs = nowMs;
    if (nowMs - this.#lostMs > castLimits.lostMsMax) {
      this.#isOver = true;
      onState({ name: 'over', sentence: lost });
      return;
    }
    onState({ name: 'reconnecting' });
    const delayMs = Math.min(castLimits.retryMsMax, castLimits.retryMsMin * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.#connect(), delayMs);
  }
}
