import type { FindingCode } from '#shared/model/finding.ts';

/** What a busy machine finds of its own pace, whatever the source; `slow-encoder.test.ts` is about these. */
export const findingsOfPace: readonly FindingCode[] = ['segment.late', 'transcode.slow', 'ingest.jitter'];
