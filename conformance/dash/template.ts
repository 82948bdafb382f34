import { runLimits } from '../limits.ts';
import type { DashSegment, Defect, Representation } from './model.ts';
import type { Element } from './xml.ts';

export interface TemplateContext {
  readonly dynamic: boolean;
  readonly availabilityStartMs: number | null;
  readonly nowMs: number;
  readonly depthS: number | null;
  readonly defects: Defect[];
  readonly base: string;
  readonly id: string;
  readonly bandwidth: number;
  readonly periodStartS: number;
  readonly periodEndS: number | null;
}

type Addressing = Pick<
  Representation,
  | 'timescale'
  | 'presentationTimeOffsetTicks'
  | 'availabilityTimeOffsetS'
  | 'availabilityTimeComplete'
  | 'initUrl'
  | 'segments'
  | 'hasTimeline'
  | 'startNumber'
  | 'urlFor'
>;

/** Reads SegmentTemplate as inherited along period, adaptation set and representation (ISO/IEC 23009-1, 5.3.9.4). */
export function readTemplate(chain: readonly Element[], context: TemplateContext): Addressing {
  const templates = chain.flatMap((element) => element.children.filter(({ name }) => name === 'SegmentTemplate'));
  const attributes = new Map(templates.flatMap((template) => [...template.attributes]));
  const timeline = templates
    .flatMap((template) => template.children.filter(({ name }) => name === 'SegmentTimeline'))
    .at(-1);
  const number = (name: string, otherwise: number) => {
    const value = Number(attributes.get(name));
    return attributes.has(name) && Number.isFinite(value) ? value : otherwise;
  };
  const timescale = number('timescale', 1);
  const startNumber = number('startNumber', 1);
  const media = attributes.get('media');
  const expand = (template: string, at: number, ticks: number) => {
    const path = fill(template, { id: context.id, bandwidth: context.bandwidth, number: at, time: ticks });
    return URL.parse(path, context.base)?.href ?? context.base;
  };
  const urlFor = media === undefined ? null : (at: number, ticks: number) => expand(media, at, ticks);
  const initialization = attributes.get('initialization');
  const shared = { timescale, startNumber, presentationTimeOffsetTicks: number('presentationTimeOffset', 0) };
  const complete = attributes.get('availabilityTimeComplete');
  const availabilityTimeOffsetS =
    attributes.get('availabilityTimeOffset') === 'INF' ? 0 : number('availabilityTimeOffset', 0);
  let segments: DashSegment[] = [];
  if (urlFor && timeline) segments = fromTimeline(timeline, shared, urlFor, context);
  else if (urlFor && attributes.has('duration')) {
    const lead = { ...shared, line: templates.at(-1)?.line ?? 0, durationTicks: number('duration', 0) };
    segments = fromClock({ ...lead, availabilityTimeOffsetS }, urlFor, context);
  }
  return {
    ...{ ...shared, availabilityTimeOffsetS, segments, hasTimeline: timeline !== undefined, urlFor },
    availabilityTimeComplete: complete === undefined ? null : complete === 'true',
    initUrl: initialization === undefined ? null : expand(initialization, 0, 0),
  };
}

/** `$RepresentationID$`, `$Number%05d$`, `$Time$`, `$Bandwidth$` and `$$`. */
function fill(template: string, values: { id: string; bandwidth: number; number: number; time: number }): string {
  return template.replace(/\$(?:(RepresentationID|Number|Time|Bandwidth)(?:%0(\d+)d)?)?\$/g, (_, name, width) => {
    if (!name) return '$';
    if (name === 'RepresentationID') return values.id;
    const value = name === 'Number' ? values.number : name === 'Time' ? values.time : values.bandwidth;
    return String(value).padStart(Number(width ?? 0), '0');
  });
}

interface Shared {
  readonly timescale: number;
  readonly startNumber: number;
  readonly presentationTimeOffsetTicks: number;
}

function fromTimeline(
  timeline: Element,
  shared: Shared,
  urlFor: (number: number, ticks: number) => string,
  context: TemplateContext,
): DashSegment[] {
  const segments: DashSegment[] = [];
  let ticks = 0;
  let number = shared.startNumber;
  const entries = timeline.children.filter(({ name }) => name === 'S');
  for (const [index, entry] of entries.entries()) {
    const d = Number(entry.attributes.get('d'));
    const t = entry.attributes.get('t');
    if (!(d > 0)) {
      context.defects.push({ line: entry.line, text: `S@d is ${entry.attributes.get('d') ?? 'missing'}` });
      continue;
    }
    const startTicks = t === undefined ? ticks : Number(t);
    let gapTicks = index === 0 ? 0 : startTicks - ticks;
    ticks = startTicks;
    const repeat = repeatsOf(entry, entries[index + 1], { ticks, d, shared, context });
    for (let i = 0; i <= repeat && segments.length < runLimits.timelineSegmentsMax; i++) {
      const url = urlFor(number, ticks);
      segments.push({ line: entry.line, number, startTicks: ticks, durationTicks: d, url, gapTicks });
      ticks += d;
      number++;
      gapTicks = 0;
    }
  }
  return segments;
}

/** S@r; -1 repeats to the next S, the period's end or now. */
function repeatsOf(
  entry: Element,
  next: Element | undefined,
  { ticks, d, shared, context }: { ticks: number; d: number; shared: Shared; context: TemplateContext },
): number {
  const r = Number(entry.attributes.get('r') ?? 0);
  if (r >= 0) return r;
  const nextTicks = next?.attributes.get('t');
  const elapsedS =
    context.periodEndS === null
      ? (context.nowMs - (context.availabilityStartMs ?? 0)) / 1000 - context.periodStartS
      : context.periodEndS - context.periodStartS;
  const endTicks =
    nextTicks === undefined ? elapsedS * shared.timescale + shared.presentationTimeOffsetTicks : Number(nextTicks);
  return Math.max(0, Math.floor((endTicks - ticks) / d) - 1);
}

/** Segments of a template with @duration: those that the clock says are there, within the time shift buffer. */
function fromClock(
  lead: Shared & { readonly line: number; readonly durationTicks: number; readonly availabilityTimeOffsetS: number },
  urlFor: (number: number, ticks: number) => string,
  context: TemplateContext,
): DashSegment[] {
  const durationS = lead.durationTicks / lead.timescale;
  if (!(durationS > 0)) return [];
  const { dynamic, availabilityStartMs, nowMs, periodStartS, periodEndS, depthS } = context;
  const nowS = dynamic ? (nowMs - (availabilityStartMs ?? 0)) / 1000 - periodStartS : Number.POSITIVE_INFINITY;
  const lengthS = periodEndS === null ? Number.POSITIVE_INFINITY : periodEndS - periodStartS;
  const complete = Math.floor((nowS + lead.availabilityTimeOffsetS) / durationS);
  const count = Math.min(complete, Math.ceil(lengthS / durationS - 1e-6));
  if (!Number.isFinite(count)) return [];
  const keptS = depthS ?? Number.POSITIVE_INFINITY;
  const first = dynamic ? Math.max(0, Math.ceil((nowS - keptS) / durationS)) : 0;
  const from = Math.max(first, count - runLimits.timelineSegmentsMax);
  return Array.from({ length: Math.max(0, count - from) }, (_, index) => {
    const number = lead.startNumber + from + index;
    const startTicks = lead.presentationTimeOffsetTicks + (from + index) * lead.durationTicks;
    const url = urlFor(number, startTicks);
    return { line: lead.line, number, startTicks, durationTicks: lead.durationTicks, url, gapTicks: 0 };
  });
}
