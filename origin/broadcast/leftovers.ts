import { recordFile } from '#shared/model/object-name.ts';
import type { ReplayStatus } from '#shared/model/replay-status.ts';
import type { ReplayReport } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Uploader } from '../store/uploader.ts';
import type { ControlPlane } from './control-client.ts';
import { followReplay } from './replay-follower.ts';
import { Reporter } from './reporter.ts';

export interface LeftoversOptions {
  readonly originId: string;
  readonly store: ObjectStore;
  readonly uploader: Pick<Uploader, 'backlog' | 'confirmed' | 'reconcile'> | null;
  readonly control: Pick<ControlPlane, 'replay'>;
  /** Whether a broadcast still runs here, or has just ended. */
  readonly isHeld: (id: string) => boolean;
  readonly isDeleted: (id: string) => boolean;
  readonly log: Log;
}

/** What is in the spool of broadcasts that are over: brings it into the bucket, tells how far that is, and makes room. */
export class Leftovers {
  readonly #options: LeftoversOptions;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  /** Sends what an earlier process has left in the store; what belongs to no broadcast and has no record is removed. */
  async reconcile(): Promise<void> {
    const { store, uploader, isHeld, log } = this.#options;
    try {
      const found = new Map<string, boolean>();
      for await (const { key } of store.list('b/')) {
        const [, id = '', file] = key.split('/');
        found.set(id, found.get(id) === true || file === recordFile);
      }
      for (const [id, isRecorded] of found) {
        if (!isRecorded && !isHeld(id)) await this.remove(id);
        else await uploader?.reconcile(`b/${id}/`);
        if (!isHeld(id)) {
          void this.follow(id);
          void this.release(id);
        }
      }
    } catch (cause) {
      log.error(
        { event: 'reconcile_failed', err: cause },
        'what is left in the store could not be compared to the bucket',
      );
    }
  }

  /** Tells the control plane how a broadcast that is over becomes a replay. */
  async follow(id: string): Promise<void> {
    const { store, uploader, control, originId, isDeleted, log } = this.#options;
    if (!uploader) return;
    const reporter = new Reporter<ReplayReport>((report) => control.replay(report), log);
    const report = (broadcast: string, status: ReplayStatus) => {
      if (!isDeleted(broadcast)) reporter.send({ origin: originId, broadcast, ...status });
    };
    try {
      await followReplay(id, { store, uploader, report });
    } catch (cause) {
      log.error({ event: 'store_failed', broadcast: id, err: cause }, 'the state of a replay is not known');
    }
  }

  /** Media of a broadcast that is over leaves the store once the bucket lists it, to be seen and not only said. */
  async release(id: string): Promise<void> {
    const { uploader, isHeld, log } = this.#options;
    try {
      if (uploader && !(await uploader.confirmed(`b/${id}/`))) return;
    } catch (cause) {
      log.error({ event: 'store_failed', broadcast: id, err: cause }, 'the spool cannot be compared to the bucket');
      return;
    }
    if (!isHeld(id)) await this.remove(id);
  }

  /** Media that no broadcast of this origin has any more. */
  async remove(id: string): Promise<void> {
    const { store, log } = this.#options;
    try {
      const keys: string[] = [];
      for await (const { key } of store.list(`b/${id}/`)) keys.push(key);
      await store.remove(keys);
    } catch (cause) {
      log.error({ event: 'store_failed', broadcast: id, err: cause }, 'old media could not be removed');
    }
  }
}
