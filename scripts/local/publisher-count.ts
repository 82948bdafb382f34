import type { OriginRecord } from './origin-process.ts';

/** Counts who publishes to one channel, from the origin's log. */
export class PublisherCount {
  readonly #channel: string;
  readonly #byBroadcast = new Map<unknown, number>();

  constructor(channel: string) {
    this.#channel = channel;
  }

  /** Takes a log line of the origin. */
  note({ event, channel, broadcast }: OriginRecord): void {
    const count = this.#byBroadcast.get(broadcast) ?? 0;
    if (event === 'publisher_accepted' && channel === this.#channel) this.#byBroadcast.set(broadcast, count + 1);
    // Who takes over is accepted before the one before is said to leave.
    if (event === 'publisher_left' && count > 0) this.#byBroadcast.set(broadcast, count - 1);
    if (event === 'broadcast_ended') this.#byBroadcast.delete(broadcast);
    if (event === 'origin_died') this.#byBroadcast.clear();
  }

  get any(): boolean {
    return [...this.#byBroadcast.values()].some((count) => count > 0);
  }
}
