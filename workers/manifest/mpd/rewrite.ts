import { applyEdits, type Edit } from '../edit.ts';
import type { Carry, RewriteFault, RewriteOptions, Rewritten } from '../options.ts';
import { carryEdits } from './carry.ts';
import { removeElement } from './elements.ts';
import { filterEdits } from './filter.ts';
import { lowLatencyEdits } from './low-latency.ts';
import { pathwayEdits } from './pathways.ts';
import { sliceMpd } from './slice.ts';
import type { MpdTemplate } from './template.ts';

/**
 * Rewrites an MPD of any origin (ISO/IEC 23009-1); what no option touches stays byte for byte, and so does what is no MPD.
 * @param nowMs wall clock: tells which media is there where numbers follow from the time
 */
export function rewriteMpd(template: MpdTemplate, options: RewriteOptions, nowMs: number): Rewritten | RewriteFault {
  const { text, root } = template;
  if (!root) return { text, closed: false };
  const slice = options.range ? sliceMpd(template, options.range, nowMs) : null;
  if (typeof slice === 'string') return slice;
  const edits = [...(slice?.edits ?? [])];
  if (options.filter) edits.push(...filterEdits(template, options.filter));
  if (options.lowLatency === false) edits.push(...lowLatencyEdits(template));
  if (edits.length > 0) edits.push(...patchEdits(template));
  const { closed = false, beheaded = false, reached = false } = slice ?? {};
  return { text: applyEdits(text, [...edits, ...uriEdits(template, options)]), closed, beheaded, reached };
}

/** Patches are made for the MPD as it was. */
function patchEdits({ text, elements }: MpdTemplate): Edit[] {
  return elements.filter(({ name }) => name === 'PatchLocation').map((element) => removeElement(text, element));
}

function uriEdits(template: MpdTemplate, { carry, pathways }: RewriteOptions): Edit[] {
  const steering = pathways && pathways.list.length > 0 ? pathwayEdits(template, pathways, carry) : null;
  if (!steering) return carry ? carryEdits(template, carry) : [];
  return [...steering, ...(carry ? carryEdits(template, withoutPrefix(carry)) : [])];
}

/** The BaseURLs of the pathways carry it. */
function withoutPrefix({ prefix: _, ...rest }: Carry): Carry {
  return rest;
}
