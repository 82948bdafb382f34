import { type Attributes, decimal, integer, readAttributes } from './attributes.ts';
import type { QueryParam, ServerControl, Skip } from './model.ts';

type Values = Attributes['values'];

/** EXT-X-SERVER-CONTROL (rfc8216bis 4.4.3.8). */
export function serverControl(values: Values, line: number): ServerControl {
  return {
    line,
    canBlock: values.get('CAN-BLOCK-RELOAD') === 'YES',
    canSkipUntilS: decimal(values.get('CAN-SKIP-UNTIL')),
    canSkipDateRanges: values.get('CAN-SKIP-DATERANGES') === 'YES',
    holdBackS: decimal(values.get('HOLD-BACK')),
    partHoldBackS: decimal(values.get('PART-HOLD-BACK')),
  };
}

/** EXT-X-SKIP (rfc8216bis 4.4.5.2); null without a number of segments. */
export function skip(values: Values, line: number): Skip | null {
  const segments = integer(values.get('SKIPPED-SEGMENTS'));
  const removed = values.get('RECENTLY-REMOVED-DATERANGES');
  const removedDateRanges = removed === undefined ? null : removed.split('\t').filter((id) => id !== '');
  return segments === null ? null : { line, segments, removedDateRanges };
}

/** The QUERYPARAM of a playlist's EXT-X-DEFINE tags (rfc8216bis 4.4.2.3). */
export function queryParamsOf(lines: readonly string[]): QueryParam[] {
  return lines.flatMap((line, index) => {
    if (!line.startsWith('#EXT-X-DEFINE:')) return [];
    const name = readAttributes(line.slice(14))?.values.get('QUERYPARAM');
    return name === undefined ? [] : [{ line: index + 1, name }];
  });
}
