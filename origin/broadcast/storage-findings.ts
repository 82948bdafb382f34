import type { Findings } from './findings.ts';
import type { RecordVerdict } from './record-verdict.ts';
import type { StorageVerdict } from './storage-verdict.ts';

/** Opens and closes what is to be said of a broadcast's storage. */
export function markStorage(
  findings: Findings,
  { diskLow, backlog, refused }: StorageVerdict,
  { long, cut }: RecordVerdict,
  nowMs: number,
): void {
  if (diskLow) findings.raise('disk.low', nowMs, { expectedMs: diskLow.fullAtMs });
  else findings.clear('disk.low');
  findings.mark('storage.backlog', backlog, nowMs);
  findings.mark('storage.refused', refused, nowMs);
  if (long) findings.raise('replay.long', nowMs, { expectedMs: long.cutAtMs });
  else findings.clear('replay.long');
  findings.mark('replay.cut', cut, nowMs);
}
