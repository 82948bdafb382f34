import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { TranscoderHealth } from '#shared/model/broadcast.ts';
import type { Log } from '../observe/log.ts';
import { cpuTimeMs } from '../transcoder/cpu-time.ts';
import type { LadderPlan } from '../transcoder/ladder.ts';
import { startTranscoder, type Transcoder } from '../transcoder/transcoder.ts';
import { EncoderWatch } from './encoder-watch.ts';
import type { EncoderInput } from './publisher-feed.ts';

export interface EncoderRunOptions {
  readonly ffmpegPath: string;
  readonly plan: LadderPlan;
  /** What the times count from that it is fed, ms since the broadcast began. */
  readonly baseMs: number;
  readonly sinkUrl: (rendition: string) => string;
  readonly log: Log;
  readonly now: () => number;
  readonly onHealth: (health: TranscoderHealth) => void;
  /** The publisher's sound has been silent for a while, or is heard again. */
  readonly onSilence: (silent: boolean) => void;
  /** Called once, and not after {@link EncoderRun.stop}. */
  readonly onDied: (why: EncoderDeath) => void;
}

/** `exited`: the process ended by itself; `stalled`: input flowed and nothing came out; `behind`: its input piled up. */
export type EncoderDeath = 'exited' | 'stalled' | 'behind' | 'not_started';

const watchMs = 500;

/** One encoder process with a bounded queue in front of it and a watchdog over it. */
export class EncoderRun implements EncoderInput {
  readonly #options: EncoderRunOptions;
  #transcoder: Transcoder | null = null;
  #queue: Buffer[] = [];
  #queueBytes = 0;
  #over = false;
  readonly #watch: EncoderWatch;
  readonly #timer: NodeJS.Timeout;
  readonly #started: Promise<void>;

  constructor(options: EncoderRunOptions) {
    this.#options = options;
    this.#watch = new EncoderWatch(options.now());
    this.#timer = setInterval(() => this.#look(), watchMs);
    this.#started = this.#start();
  }

  /** Hands bytes of the FLV stream over; they wait while the process starts. */
  write(pieces: readonly Buffer[]): void {
    if (this.#over) return;
    this.#watch.fed(this.#options.now());
    const input = this.#transcoder?.input;
    for (const piece of pieces) {
      if (input) input.write(piece);
      else {
        this.#queue.push(piece);
        this.#queueBytes += piece.length;
      }
    }
    const waitingBytes = input ? input.writableLength : this.#queueBytes;
    if (waitingBytes > transcoderLimits.inputQueueBytesMax) this.#die('behind');
  }

  /** The packager announced media of this run. */
  sawMedia(): void {
    this.#watch.media(this.#options.now());
  }

  /** Ends the process, its last media included; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#over = true;
    clearInterval(this.#timer);
    this.#queue = [];
    await this.#started;
    await this.#transcoder?.stop();
  }

  async #start(): Promise<void> {
    const { ffmpegPath, plan, baseMs, sinkUrl, log, onHealth, onSilence } = this.#options;
    try {
      const onExit = () => this.#die('exited');
      const wanted = { ffmpegPath, plan, baseMs, sinkUrl, log };
      this.#transcoder = await startTranscoder({ ...wanted, onHealth, onSilence, onExit });
      for (const piece of this.#queue) this.#transcoder.input.write(piece);
      this.#queue = [];
      this.#queueBytes = 0;
      this.#watch.media(this.#options.now());
    } catch (cause) {
      log.error({ event: 'transcoder_not_started', err: cause }, 'ffmpeg could not be started');
      this.#die('not_started');
    }
  }

  #look(): void {
    if (this.#transcoder && this.#watch.hangs(this.#options.now(), cpuTimeMs(this.#transcoder.pid)))
      this.#die('stalled');
  }

  #die(why: EncoderDeath): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#timer);
    if (why !== 'exited') void this.#transcoder?.stop();
    this.#options.onDied(why);
  }
}
