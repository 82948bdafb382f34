import { controlLimits } from '#shared/limits/control.ts';
import { objectKey, recordFile } from '#shared/model/object-name.ts';
import { parseRecord } from '#shared/model/record.ts';
import { summarizeRecord } from '#shared/model/replay-summary.ts';
import type { Bucket } from '../bucket/bucket.ts';
import { readRecordText } from '../bucket/record-text.ts';
import { Recent } from './recent.ts';

/** What the bucket has of a finished broadcast. `unknown`: the bucket does not answer. */
export type StoredReplay =
  | { readonly kind: 'unknown' | 'none' }
  | {
      readonly kind: 'stored';
      readonly isWhole: boolean;
      readonly durationS: number;
      /** Something of it is missing. */
      readonly isPartial: boolean;
    };

const recent = new Recent<StoredReplay>(controlLimits.storedReplayTtlMs, controlLimits.storedReplaysMax);

/** Looks for a broadcast's record in the bucket; remembered for a few seconds. Never rejects. */
export async function storedReplay(bucket: Bucket, broadcast: string, nowMs: number): Promise<StoredReplay> {
  try {
    return await recent.get(broadcast, nowMs, () => readStored(bucket, broadcast));
  } catch (error) {
    console.error(JSON.stringify({ event: 'bucket_failed', broadcast, error: String(error) }));
    return { kind: 'unknown' };
  }
}

async function readStored(bucket: Bucket, broadcast: string): Promise<StoredReplay> {
  const stored = await bucket.get(objectKey(broadcast, recordFile));
  if (!stored) return { kind: 'none' };
  const text = await readRecordText(stored.body);
  const record = parseRecord(text);
  const { durationMs, gapMs, isCut } = summarizeRecord(record);
  return durationMs > gapMs
    ? { kind: 'stored', isWhole: record.ended, durationS: durationMs / 1_000, isPartial: gapMs > 0 || isCut }
    : { kind: 'none' };
}
