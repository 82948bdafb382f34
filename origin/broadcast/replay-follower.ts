import { storeLimits } from '#shared/limits/store.ts';
import { objectKey, recordFile } from '#shared/model/object-name.ts';
import { parseRecord } from '#shared/model/record.ts';
import type { ReplayStatus } from '#shared/model/replay-status.ts';
import { type ReplaySummary, summarizeRecord } from '#shared/model/replay-summary.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Uploader } from '../store/uploader.ts';
import { unzipRecord } from './record-text.ts';
import { replayStatus } from './replay-summary.ts';

export interface ReplayFollowerOptions {
  readonly store: ObjectStore;
  readonly uploader: Pick<Uploader, 'backlog' | 'confirmed'>;
  readonly report: (broadcast: string, status: ReplayStatus) => void;
}

/** Tells how a finished broadcast comes into the bucket, every few seconds, and when it is there. Throws StoreError. */
export async function followReplay(broadcast: string, options: ReplayFollowerOptions): Promise<void> {
  const { store, uploader, report } = options;
  const prefix = objectKey(broadcast, '');
  let objects = 0;
  for await (const _ of store.list(prefix)) objects++;
  const summary = await summaryOf(broadcast, store);
  const confirmed = uploader.confirmed(prefix);
  let isThere: boolean | null = null;
  while (isThere === null) {
    // One at least: that the last has arrived is not confirmed yet.
    report(broadcast, replayStatus(summary, Math.max(1, uploader.backlog(prefix)), objects));
    const pause = Promise.withResolvers<null>();
    const timer = setTimeout(() => pause.resolve(null), storeLimits.replayReportMs);
    timer.unref();
    isThere = await Promise.race([confirmed, pause.promise]);
    clearTimeout(timer);
  }
  if (isThere) report(broadcast, replayStatus(summary, 0, objects));
}

/** What the record in a store says of a replay; null when there is none. Throws StoreError. */
export async function summaryOf(broadcast: string, store: Pick<ObjectStore, 'get'>): Promise<ReplaySummary | null> {
  const record = await store.get(objectKey(broadcast, recordFile));
  return record && summarizeRecord(parseRecord(unzipRecord(record)));
}
