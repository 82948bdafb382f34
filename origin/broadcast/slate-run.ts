import { slateLimits } from '#shared/limits/transcoder.ts';
import type { Log } from '../observe/log.ts';
import type { Packager } from '../packager/packager.ts';
import type { LadderPlan } from '../transcoder/ladder.ts';
import { planSlate, type SlateWish } from '../transcoder/slate-plan.ts';
import { startTranscoder, type Transcoder } from '../transcoder/transcoder.ts';
import { plannedRenditions } from './source-plan.ts';

export interface SlateRunOptions {
  readonly broadcast: string;
  readonly ffmpegPath: string;
  /** Absolute path of the picture. */
  readonly image: string;
  readonly wish: SlateWish;
  readonly packager: Pick<Packager, 'current' | 'beginRun'>;
  readonly sinkUrl: (run: number, rendition: string) => string;
  /** Wall-clock time of the broadcast's media time zero, ms since the Unix epoch. */
  readonly anchorMs: number;
  /** Where the slate may begin: behind all media so far, ms since the broadcast began. */
  readonly freeFromMs: () => number;
  /** Settles when the encoder before has delivered its last media. */
  readonly after: Promise<unknown>;
  /** Called once, and not after {@link SlateRun.stop}: viewers get nothing until the publisher is back. */
  readonly onFailed: () => void;
  readonly log: Log;
  readonly now: () => number;
}

type SlateFailure = 'nothing_to_continue' | 'not_started' | 'exited' | 'stalled' | 'behind';

/** A slate that stands in for a publisher: the renditions of the run before it, made of one picture and silence. */
export class SlateRun {
  readonly #options: SlateRunOptions;
  readonly #started: Promise<void>;
  #transcoder: Transcoder | null = null;
  #timer: NodeJS.Timeout | null = null;
  #plan: LadderPlan | null = null;
  #over = false;

  constructor(options: SlateRunOptions) {
    this.#options = options;
    this.#started = options.after.then(() => this.#start());
  }

  /** What it encodes, once it does. */
  get plan(): LadderPlan | null {
    return this.#plan;
  }

  /** The packager announced media of it that ends there, ms since the broadcast began. */
  announced(endMs: number): void {
    const { anchorMs, now } = this.#options;
    if (now() - anchorMs - endMs > slateLimits.behindMsMax) this.#fail('behind');
    else if (!this.#over) this.#watch();
  }

  /** Ends it at once; resolves when its process is gone. */
  async stop(): Promise<void> {
    this.#end();
    await this.#started;
    await this.#transcoder?.stop();
  }

  async #start(): Promise<void> {
    if (this.#over) return;
    const { broadcast, ffmpegPath, image, wish, packager, sinkUrl, anchorMs, freeFromMs, log, now } = this.#options;
    const made = packager.current.map((track) => track.rendition);
    const plan = planSlate(made, wish);
    if (!plan) return this.#fail('nothing_to_continue');
    this.#plan = plan;
    const sinceMs = Math.round(now() - anchorMs);
    const startMs = Math.max(freeFromMs(), sinceMs - slateLimits.burstMsMax);
    const codecs = new Map(made.map(({ name, codec }) => [name, codec]));
    const slate = { image, startMs, burstMs: Math.max(0, sinceMs - startMs), codecs };
    const { keyframes, partTargetMs } = plan;
    const renditions = plannedRenditions(plan);
    const gopMs = Number(keyframes);
    const run = packager.beginRun({ renditions, keyframes, gopMs, partTargetMs, anchorMs, slate: true });
    this.#watch();
    try {
      this.#transcoder = await startTranscoder({
        ...{ ffmpegPath, plan, slate, log },
        sinkUrl: (rendition) => sinkUrl(run, rendition),
        onHealth: () => {},
        onExit: () => this.#fail('exited'),
      });
    } catch (cause) {
      log.error({ event: 'transcoder_not_started', broadcast, err: cause }, 'ffmpeg could not be started');
      return this.#fail('not_started');
    }
    const names = renditions.map(({ name }) => name);
    log.info({ event: 'slate_started', broadcast, run, renditions: names }, 'the slate stands in for the publisher');
  }

  /** From now on media has to come within the limit. */
  #watch(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail('stalled'), slateLimits.stallMsMax);
  }

  #fail(why: SlateFailure): void {
    if (this.#over) return;
    this.#end();
    const { broadcast, log, onFailed } = this.#options;
    log.warn({ event: 'slate_given_up', broadcast, why }, 'the slate is given up; viewers wait for the publisher');
    onFailed();
  }

  #end(): void {
    this.#over = true;
    if (this.#timer) clearTimeout(this.#timer);
  }
}
