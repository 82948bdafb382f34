import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { writePrivateFile } from './private-file.ts';
import { testCardArgs, testCardPreset } from './test-card-args.ts';

const restartMs = 1_000;
const stopMsMax = 3_000;

export interface TestCardOptions {
  readonly ffmpegPath: string;
  /** Folder for the preset file that carries the stream key. */
  readonly dataDir: string;
  readonly server: string;
  readonly streamKey: string;
  /** Whether somebody publishes to the channel now. */
  readonly channelBusy: () => Promise<boolean>;
  readonly onEvent: (event: 'started' | 'ended' | 'yielding', detail: string) => void;
}

/** Usual places of a plain font: Debian's ffmpeg brings DejaVu along, macOS has its own. */
const fontPatterns = [
  '/usr/share/fonts/**/DejaVuSansMono-Bold.ttf',
  '/usr/share/fonts/**/DejaVuSans-Bold.ttf',
  '/usr/share/fonts/**/{DejaVuSans,LiberationMono-Bold,LiberationSans-Bold,NotoSansMono-Bold,FreeMonoBold}.ttf',
  '/System/Library/Fonts/Supplemental/{Courier New Bold,Arial Bold}.ttf',
];

/** A supervised ffmpeg that publishes the built-in picture as any encoder would. */
export class TestCard {
  readonly #options: TestCardOptions;
  readonly #presetPath: string;
  readonly #end = new AbortController();
  #child: ChildProcess | null = null;
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: TestCardOptions) {
    this.#options = options;
    this.#presetPath = join(options.dataDir, 'test-card.ffpreset');
  }

  /** Starts publishing; a publisher that dies is started again until {@link stop}. */
  static async start(options: TestCardOptions): Promise<TestCard> {
    const card = new TestCard(options);
    writePrivateFile(card.#presetPath, testCardPreset(options.streamKey));
    const fontPath = (await canDrawText(options.ffmpegPath)) ? findFont() : null;
    card.#loop = card.#run(fontPath);
    return card;
  }

  /** Process id of the publishing ffmpeg; null while there is none. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  async stop(): Promise<void> {
    this.#end.abort();
    const child = this.#child;
    if (child) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
      await this.#loop;
      clearTimeout(timer);
    }
    await this.#loop;
  }

  async #run(fontPath: string | null): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const lastWords = await this.#publish(fontPath);
      if (signal.aborted) return;
      this.#options.onEvent('ended', lastWords);
      await this.#waitForTurn();
    }
  }

  async #publish(fontPath: string | null): Promise<string> {
    const { ffmpegPath, server, streamKey, onEvent } = this.#options;
    const args = testCardArgs({ server, presetPath: this.#presetPath, fontPath });
    const child = spawn(ffmpegPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let lastWords = '';
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastWords = line.replaceAll(streamKey, '…');
    });
    child.once('spawn', () => onEvent('started', ''));
    const failure = once(child, 'error').then(([error]) => (error as Error).message);
    const exit = once(child, 'close').then(([code, why]) => lastWords || String(why ?? `exit code ${code}`));
    try {
      return await Promise.race([exit, failure]);
    } finally {
      this.#child = null;
    }
  }

  /** Whoever pastes the demo key into an encoder takes the channel over: the test card must not fight for it. */
  async #waitForTurn(): Promise<void> {
    const { signal } = this.#end;
    let told = false;
    do {
      await pause(restartMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted || !(await this.#options.channelBusy().catch(() => true))) return;
      if (!told) this.#options.onEvent('yielding', '');
      told = true;
    } while (!signal.aborted);
  }
}

function findFont(): string | null {
  for (const pattern of fontPatterns) {
    const [found] = globSync(pattern);
    if (found) return found;
  }
  return null;
}

/** Some builds of ffmpeg come without the filter. */
async function canDrawText(ffmpegPath: string): Promise<boolean> {
  const child = spawn(ffmpegPath, ['-hide_banner', '-h', 'filter=drawtext'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await Promise.race([once(child, 'close'), once(child, 'error')]);
  return text.includes('fontfile');
}
