import { type ImportState, type ImportWait, partCount, partRange } from '#shared/model/import.ts';
import type { ImportDetails } from './contract/imports.ts';

/** An import as the catalogue has it. */
export interface ImportRow extends Omit<ImportDetails, 'partsMissing' | 'problem' | 'waits'> {
  readonly problemCode: string | null;
  readonly problemDetail: string | null;
  /** Parts that were received, as JSON; null once nothing more is received. */
  readonly parts: string | null;
}

/** SQL: imports that are not over; the condition of the index `imports_under_way`. */
export const isUnderWay = "state IN ('receiving', 'queued', 'encoding', 'uploading')";

/** SQL: imports that an origin has. */
export const isMade = "state IN ('encoding', 'uploading')";

export const selectImport = `
  SELECT i.id, i.channel, i.name, i.title, i.size_bytes AS sizeBytes, i.part_bytes AS partBytes, i.state, i.share,
    i.origin, CASE i.state WHEN 'ready' THEN i.broadcast END AS broadcast, i.problem_code AS problemCode,
    i.problem_detail AS problemDetail, i.created_ms AS createdMs, i.updated_ms AS updatedMs,
    CASE i.state WHEN 'receiving' THEN (SELECT json_group_array(part) FROM import_parts WHERE import = i.id) END AS parts
  FROM imports i`;

/** What people see of an import. @param waits why no origin has it yet; null: none may, or one has */
export function importDetails(
  { problemCode, problemDetail, parts, ...row }: ImportRow,
  waits: ImportWait | null,
): ImportDetails {
  const partsMissing = parts === null ? [] : missingParts(row, new Set(JSON.parse(parts) as number[]));
  const problem = problemCode === null ? null : { code: problemCode, detail: problemDetail ?? '' };
  const share = row.state === 'receiving' ? receivedShare(row, partsMissing) : row.share;
  return { ...row, share, partsMissing, waits, problem };
}

type Cut = Pick<ImportRow, 'sizeBytes' | 'partBytes'>;

function missingParts(cut: Cut, received: ReadonlySet<number>): number[] {
  return Array.from({ length: partCount(cut) }, (_, part) => part).filter((part) => !received.has(part));
}

function receivedShare(cut: Cut, partsMissing: readonly number[]): number {
  const missingBytes = partsMissing.reduce((sum, part) => {
    const [startByte, endByte] = partRange(cut, part);
    return sum + endByte - startByte;
  }, 0);
  return 1 - missingBytes / cut.sizeBytes;
}

/** A state in a sentence: `This import …`. */
export const stateSentences: Readonly<Record<ImportState, string>> = {
  receiving: 'is still being uploaded',
  queued: 'is whole and waits for an origin',
  encoding: 'is whole and is being encoded',
  uploading: 'is whole and is being stored',
  ready: 'is ready',
  failed: 'failed',
  cancelled: 'was cancelled',
};
