import { gunzipSync } from 'node:zlib';
import { recordLimits } from '#shared/limits/store.ts';

/** The text of a record as it lies in the bucket, where others may have put it; throws for one that no record is as long as. */
export function unzipRecord(zipped: Buffer): string {
  return gunzipSync(zipped, { maxOutputLength: recordLimits.textBytesMax }).toString();
}
