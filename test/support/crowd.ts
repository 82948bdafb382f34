import { KeptConnections, type KeptReply } from './kept-connections.ts';

/** Between two tries of a patient viewer, and how long he goes on. */
const retryMs = 150;
const patienceMs = 30_000;

/** What many viewers of one broadcast got, compared as it comes: memory holds each object once. */
export class Crowd {
  /** The first body seen of each immutable object, by path. */
  readonly objects = new Map<string, Buffer>();
  /** For each target that is one object at the origin (media, blocking reloads): the PoPs that were asked for it. */
  readonly askedOf = new Map<string, Set<string>>();
  /** Whatever should not have happened, in words. */
  readonly faults: string[] = [];
  /** Bodies of 200s, all viewers together. */
  receivedBytes = 0;
  /** Answers that were tried again: `502`, or the code of a broken connection. */
  readonly retried = new Map<string, number>();
  readonly #isPatient: boolean;
  readonly #connections = new KeptConnections();
  readonly #parsed = new Map<string, unknown>();

  /** @param isPatient viewers try again, as players do, what fails for a while */
  constructor({ isPatient = false } = {}) {
    this.#isPatient = isPatient;
  }

  /** The body of a 200, or null; anything else is a fault, for patient viewers once they have lost their patience. */
  async get(at: { readonly popUrl: string }, target: string): Promise<Buffer | null> {
    const [path = '', query = ''] = target.split('?');
    const isMedia = /\.(?:m4s|mp4)$/.test(path);
    const giveUpMs = Date.now() + (this.#isPatient ? patienceMs : 0);
    for (;;) {
      if (isMedia || query !== '') this.#note(at.popUrl, target);
      const outcome = await this.#try(at.popUrl, target);
      if (typeof outcome !== 'string' && outcome.status === 200) {
        this.receivedBytes += outcome.body.length;
        if (isMedia) this.#compare(path, outcome.body);
        return outcome.body;
      }
      const said = typeof outcome === 'string' ? outcome : String(outcome.status);
      if (Date.now() >= giveUpMs) {
        this.faults.push(
          `${said} ${target} ${typeof outcome === 'string' ? '' : outcome.body.toString().slice(0, 200)}`,
        );
        return null;
      }
      this.retried.set(said, (this.retried.get(said) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** What `parse` makes of a text: made once however many viewers have that text. */
  read<Value>(text: string, parse: (text: string) => Value): Value {
    const known = this.#parsed.get(text);
    if (known) return known as Value;
    const value = parse(text);
    this.#parsed.set(text, value);
    return value;
  }

  close(): void {
    this.#connections.close();
  }

  async #try(popUrl: string, target: string): Promise<KeptReply | string> {
    try {
      return await this.#connections.get(popUrl, target);
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
  }

  #note(popUrl: string, target: string): void {
    const pops = this.askedOf.get(target);
    if (pops) pops.add(popUrl);
    else this.askedOf.set(target, new Set([popUrl]));
  }

  #compare(path: string, body: Buffer): void {
    const first = this.objects.get(path);
    if (!first) this.objects.set(path, body);
    else if (!first.equals(body)) this.faults.push(`${path} has other bytes than before`);
  }
}

/** One of the crowd: where he watches, and what he has got so far, in order. */
export interface CrowdViewer {
  readonly kind: string;
  readonly got: readonly string[];
  /** When each object was there whole, ms of `performance.now()`, by its path below the broadcast: `v180/12.3.m4s`. */
  readonly arrivedMs: ReadonlyMap<string, number>;
  /** Settles when he has what he was told to watch. */
  readonly done: Promise<void>;
}
