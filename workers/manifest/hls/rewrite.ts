import { applyEdits, type Edit } from '../edit.ts';
import type { Carry, RewriteFault, RewriteOptions, Rewritten } from '../options.ts';
import { filterEdits } from './filter.ts';
import { lowLatencyEdits, serverControlEdits, skipAttributes } from './low-latency.ts';
import { steeredText } from './pathways.ts';
import { sliceHls } from './slice.ts';
import { carryEdits, type HlsTemplate, writeCarried } from './template.ts';

/**
 * Rewrites a multivariant or media playlist of any origin (rfc8216bis 4). Every option that does not concern this kind of
 * playlist is passed over; what no option touches stays byte for byte.
 */
export function rewriteHls(template: HlsTemplate, options: RewriteOptions): Rewritten | RewriteFault {
  return template.isMultivariant ? rewriteMultivariant(template, options) : rewriteMedia(template, options);
}

function rewriteMultivariant(template: HlsTemplate, { filter, pathways, carry }: RewriteOptions): Rewritten {
  const edits = filter ? filterEdits(template, filter) : [];
  if (pathways && pathways.list.length > 0) {
    return { text: steeredText(template, edits, pathways, carry), closed: false };
  }
  return { text: write(template, edits, carry), closed: false };
}

function rewriteMedia(template: HlsTemplate, options: RewriteOptions): Rewritten | RewriteFault {
  const { range, lowLatency, carry } = options;
  if (!range && lowLatency !== false) return { text: writeCarried(template, carry), closed: false };
  if (template.lines.some(({ name }) => name === 'SKIP')) return 'delta_update';
  const slice = range ? sliceHls(template, range, carry) : null;
  if (typeof slice === 'string') return slice;
  const edits = [...(slice?.edits ?? [])];
  if (!slice?.closed) {
    // A slice is never sent as a delta update.
    const control = lowLatency === false ? lowLatencyEdits(template) : serverControlEdits(template, skipAttributes);
    edits.push(...control);
  }
  const { closed = false, beheaded = false, reached = false } = slice ?? {};
  return { text: write(template, edits, carry), closed, beheaded, reached };
}

function write(template: HlsTemplate, edits: readonly Edit[], carry: Carry | undefined): string {
  if (edits.length === 0) return writeCarried(template, carry);
  return applyEdits(template.text, [...edits, ...carryEdits(template, carry)]);
}
