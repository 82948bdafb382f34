import { Agent } from 'node:http';
import { send } from './http-send.ts';

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
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  readonly #parsed = new Map<string, unknown>();

  /** The body of a 200, or null; anything else is a fault. */
  async get(popUrl: string, target: string): Promise<Buffer | null> {
    const [path = '', query = ''] = target.split('?');
    const isMedia = /\.(?:m4s|mp4)$/.test(path);
    if (isMedia || query !== '') this.#note(popUrl, target);
    try {
      const { status, body } = await send(popUrl, target, { agent: this.#agent });
      if (status !== 200) {
        this.faults.push(`${status} ${target}: ${body.subarray(0, 200)}`);
        return null;
      }
      this.receivedBytes += body.length;
      if (isMedia) this.#compare(path, body);
      return body;
    } catch (error) {
      this.faults.push(`${target}: ${error}`);
      return null;
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
    this.#agent.destroy();
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
  /** Settles when he has what he was told to watch. */
  readonly done: Promise<void>;
}
