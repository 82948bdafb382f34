import type { Defect, Mpd, Producer, Representation, Steering } from './model.ts';
import { readTemplate, type TemplateContext } from './template.ts';
import { dateTimeMs, durationS } from './time.ts';
import { type Element, readXml, XmlError } from './xml.ts';

/** Reads an MPD (ISO/IEC 23009-1, 5.3); `nowMs` expands templates without a timeline. What is wrong is a defect. */
export function readMpd(text: string, url: string, nowMs: number): Mpd {
  const defects: Defect[] = [];
  let root: Element;
  try {
    root = readXml(text);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { ...emptyMpd, url, defects: [{ line: error.line, text: `not well-formed XML: ${error.message}` }] };
  }
  if (root.name !== 'MPD') defects.push({ line: root.line, text: `the root element is ${root.name}, not MPD` });
  const at = (name: string) => root.attributes.get(name);
  const dynamic = at('type') === 'dynamic';
  const required = ['profiles', 'minBufferTime', ...(dynamic ? ['availabilityStartTime', 'publishTime'] : [])];
  for (const name of required) {
    if (at(name) === undefined) defects.push({ line: root.line, text: `MPD@${name} is missing` });
  }
  const availabilityStartMs = dateTimeMs(at('availabilityStartTime'));
  const base = baseOf(root, url);
  const frame = { dynamic, availabilityStartMs, nowMs, depthS: durationS(at('timeShiftBufferDepth')), defects };
  return {
    ...{ url, line: root.line, dynamic, profiles: at('profiles') ?? '', availabilityStartMs, defects },
    publishMs: dateTimeMs(at('publishTime')),
    minimumUpdatePeriodS: durationS(at('minimumUpdatePeriod')),
    timeShiftBufferDepthS: frame.depthS,
    minBufferTimeS: durationS(at('minBufferTime')),
    durationS: durationS(at('mediaPresentationDuration')),
    maxSegmentDurationS: durationS(at('maxSegmentDuration')),
    timings: childrenOf(root, 'UTCTiming').map((timing) => ({
      line: timing.line,
      scheme: timing.attributes.get('schemeIdUri') ?? '',
      value: timing.attributes.get('value') ?? timing.text.trim(),
    })),
    steering: readSteering(root, url),
    serviceLocations: [...new Set(serviceLocationsOf(root))],
    representations: readPeriods(root, base, frame),
  };
}

const emptyMpd: Omit<Mpd, 'url' | 'defects'> = {
  ...{ line: 1, dynamic: false, profiles: '', availabilityStartMs: null, publishMs: null, minimumUpdatePeriodS: null },
  ...{ timeShiftBufferDepthS: null, minBufferTimeS: null, durationS: null, maxSegmentDurationS: null },
  ...{ timings: [], steering: null, serviceLocations: [], representations: [] },
};

type Frame = Pick<TemplateContext, 'dynamic' | 'availabilityStartMs' | 'nowMs' | 'depthS' | 'defects'>;

export function childrenOf(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name);
}

function baseOf(element: Element, url: string): string {
  const base = childrenOf(element, 'BaseURL')[0];
  return base ? (URL.parse(base.text.trim(), url)?.href ?? url) : url;
}

function readSteering(root: Element, url: string): Steering | null {
  const [element] = childrenOf(root, 'ContentSteering');
  if (!element) return null;
  const server = URL.parse(element.text.trim(), url)?.href ?? url;
  return { line: element.line, url: server, pathway: element.attributes.get('defaultServiceLocation') ?? null };
}

function serviceLocationsOf(element: Element): string[] {
  const own = element.name === 'BaseURL' ? element.attributes.get('serviceLocation') : undefined;
  return [...(own === undefined ? [] : [own]), ...element.children.flatMap(serviceLocationsOf)];
}

function readPeriods(root: Element, base: string, frame: Frame): Representation[] {
  const periods = childrenOf(root, 'Period');
  if (periods.length === 0) frame.defects.push({ line: root.line, text: 'no Period' });
  const total = durationS(root.attributes.get('mediaPresentationDuration'));
  const found: Representation[] = [];
  let startS = 0;
  for (const [index, period] of periods.entries()) {
    startS = durationS(period.attributes.get('start')) ?? startS;
    const next = durationS(periods[index + 1]?.attributes.get('start'));
    const ownS = durationS(period.attributes.get('duration'));
    const endS = ownS === null ? (next ?? total) : startS + ownS;
    const id = period.attributes.get('id') ?? `#${index}`;
    found.push(...readPeriod(period, { base: baseOf(period, base), id, startS, endS, frame }));
    if (ownS !== null) startS += ownS;
  }
  return found;
}

interface PeriodContext {
  readonly base: string;
  readonly id: string;
  readonly startS: number;
  readonly endS: number | null;
  readonly frame: Frame;
}

function readPeriod(period: Element, context: PeriodContext): Representation[] {
  return childrenOf(period, 'AdaptationSet').flatMap((set, index) => {
    const base = baseOf(set, context.base);
    const representations = childrenOf(set, 'Representation');
    if (representations.length === 0) {
      context.frame.defects.push({ line: set.line, text: 'an AdaptationSet without Representation' });
    }
    return representations.map((one) =>
      readRepresentation([period, set, one], { ...context, base: baseOf(one, base) }, index),
    );
  });
}

/** `chain`: period, adaptation set, representation; attributes and templates are inherited along it. */
function readRepresentation(chain: readonly Element[], context: PeriodContext, set: number): Representation {
  const [, adaptationSet, one] = chain as [Element, Element, Element];
  const attributes = new Map([...adaptationSet.attributes, ...one.attributes]);
  const { frame, base, id: periodId, startS: periodStartS, endS: periodEndS } = context;
  const id = one.attributes.get('id');
  for (const name of ['id', 'bandwidth']) {
    if (!one.attributes.has(name)) frame.defects.push({ line: one.line, text: `Representation@${name} is missing` });
  }
  if (!attributes.has('mimeType')) frame.defects.push({ line: one.line, text: 'no @mimeType' });
  const bandwidth = Number(attributes.get('bandwidth') ?? Number.NaN);
  const number = (name: string) => (attributes.has(name) ? Number(attributes.get(name)?.split(' ')[0]) : null);
  return {
    ...{
      line: one.line,
      key: `${periodId}/${set}/${id ?? ''}`,
      id: id ?? '',
      periodId,
      periodStartS,
      periodEndS,
      attributes,
    },
    ...{ kind: kindOf(attributes), codecs: attributes.get('codecs') ?? null },
    ...{ width: number('width'), height: number('height'), sampleRate: number('audioSamplingRate') },
    bandwidth: Number.isFinite(bandwidth) ? bandwidth : null,
    producers: [adaptationSet, one]
      .flatMap((element) => childrenOf(element, 'ProducerReferenceTime'))
      .map(readProducer),
    ...readTemplate(chain, { ...frame, base, id: id ?? '', bandwidth, periodStartS, periodEndS }),
  };
}

function readProducer({ attributes, line }: Element): Producer {
  const wallClockMs = dateTimeMs(attributes.get('wallClockTime'));
  return { line, wallClockMs, presentationTicks: Number(attributes.get('presentationTime') ?? Number.NaN) };
}

function kindOf(attributes: ReadonlyMap<string, string>): Representation['kind'] {
  const type = attributes.get('contentType') ?? attributes.get('mimeType')?.split('/')[0];
  return type === 'video' || type === 'audio' ? type : 'other';
}
