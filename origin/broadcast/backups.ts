import { setTimeout } from 'node:timers/promises';
import { objectKey } from '#shared/model/object-name.ts';
import type { PublishDecision, Publisher, PublisherSink, PublishRequest } from '../ingest/publisher.ts';
import type { Log } from '../observe/log.ts';
import type { Uploader } from '../store/uploader.ts';
import { Contest, type ContestedBroadcast } from './contest.ts';
import type { ControlPlane } from './control-client.ts';
import type { KnownSource } from './publisher-feed.ts';
import { Standby } from './standby.ts';

export interface BackupsOptions {
  readonly originId: string;
  readonly control: Pick<ControlPlane, 'lease'>;
  readonly uploader: Pick<Uploader, 'drained'> | null;
  /** Asks again for a publisher that waited; `wait`: it is not its turn after all. */
  readonly takeOver: (
    request: PublishRequest,
    publisher: Publisher,
    source: KnownSource | null,
  ) => Promise<PublishDecision | 'wait'>;
  /** Another origin has a broadcast of this one. */
  readonly onLost: (broadcast: string) => void;
  readonly onLeaseLapsed: () => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Publishers here that wait for another origin's turn to end, and broadcasts of this origin that others wait for. */
export class Backups {
  /** This origin is being emptied: what a backup waits for goes to that one. */
  drains = false;
  readonly #options: BackupsOptions;
  /** By channel. */
  readonly #standbys = new Map<string, Standby>();
  readonly #contests = new Map<string, Contest>();

  constructor(options: BackupsOptions) {
    this.#options = options;
  }

  /** How many publishers wait here. */
  get waiting(): number {
    return this.#standbys.size;
  }

  /** Keeps a publisher ready; the newest of a channel is the one that waits. */
  standBy(channel: string, request: PublishRequest, publisher: Publisher): PublisherSink {
    const { originId, control, takeOver, log, now } = this.#options;
    this.replace(channel);
    const { ip, encoder } = request;
    log.info({ event: 'publisher_stands_by', channel, ip, encoder }, 'a publisher waits: another origin is active');
    const standby: Standby = new Standby({
      ...{ originId, channel, publisher, control, log, now },
      take: (source) => takeOver(request, publisher, source),
      onOver: () => {
        if (this.#standbys.get(channel) === standby) this.#standbys.delete(channel);
      },
    });
    this.#standbys.set(channel, standby);
    return standby;
  }

  /** A backup waits for a broadcast of this origin, or one has just become this origin's. */
  contest(broadcast: ContestedBroadcast): void {
    const { id } = broadcast;
    if (this.#contests.has(id) || broadcast.ended) return;
    const { originId, control, uploader, onLost, onLeaseLapsed, log, now } = this.#options;
    const contest: Contest = new Contest({
      ...{ originId, broadcast, control, log, now },
      drained: async () => uploader?.drained(objectKey(id, '')),
      isGivenAway: () => this.drains,
      onLapsed: onLeaseLapsed,
      onLost: () => onLost(id),
      onOver: () => this.#contests.delete(id),
    });
    this.#contests.set(id, contest);
  }

  /** A newer publisher of a channel has come: the one that waits is not needed any more. */
  replace(channel: string): void {
    this.#standbys.get(channel)?.close('Another encoder has taken over with this stream key.');
  }

  /** This process stops: nobody takes over here any more. */
  closeStandbys(sentence: string): void {
    for (const standby of [...this.#standbys.values()]) standby.close(sentence);
  }

  /** Gives leases back once what was made is in the bucket, so that backups need not wait until they end; at most `timeoutMs`. */
  async giveUp(timeoutMs: number): Promise<void> {
    const contests = [...this.#contests.values()];
    if (contests.length === 0) return;
    const given = Promise.all(contests.map((contest) => contest.giveUp()));
    await Promise.race([given, setTimeout(timeoutMs, null, { ref: false })]);
    for (const contest of contests) contest.stop();
  }
}
