import type { Clock } from '../clock.ts';
import type { Client } from '../http/client.ts';
import { runLimits } from '../limits.ts';
import type { CarrierLog } from './carrier-log.ts';

/** What observers of one run share. */
export interface RunContext {
  readonly client: Client;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly carriers: CarrierLog;
}

/** Whether more media may be fetched. */
export function mayFetchMedia({ client }: RunContext): boolean {
  return client.receivedBytes < runLimits.mediaBytesMax;
}

/** Keeps promises that nobody waits for yet, until all have settled. */
export class Pending {
  readonly #open = new Set<Promise<void>>();

  add(work: Promise<void>): void {
    this.#open.add(work);
    work.finally(() => this.#open.delete(work));
  }

  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }
}
