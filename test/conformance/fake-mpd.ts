import { type FakeStream, mediaZeroS, partS, type Rendition, renditions } from './fake-stream.ts';

const windowSegments = 8;

/** The MPD: the segment that is being made is listed already, 0.8 s before it is whole. */
export function mpd(stream: FakeStream): string {
  const { watchedS } = stream;
  // Stands still for a while.
  const frozen = stream.has('dash-update-period') && watchedS < 4.5;
  const lengthS = frozen ? stream.lengthS - watchedS : stream.lengthS;
  const { msn, part } = stream.edge(lengthS);
  const last = part >= 0 && !stream.has('rule-41') ? msn : msn - 1;
  const movedMs = stream.has('dash-constant start') && watchedS > 2 ? 100 : 0;
  const startMs = zeroMs(stream) + movedMs;
  const attributes = [
    'xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011"',
    stream.has('dash-parse') ? '' : 'minBufferTime="PT1S"',
    `availabilityStartTime="${new Date(startMs).toISOString()}"`,
    `publishTime="${new Date(publishMs(stream, last)).toISOString()}"`,
    `minimumUpdatePeriod="PT0.5S" timeShiftBufferDepth="PT${windowSegments}S"`,
  ];
  const clock = '<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>';
  return [
    '<?xml version="1.0"?>',
    `<MPD ${attributes.join(' ')}>`,
    ...(stream.has('rule-33') ? ['<PatchLocation ttl="60">patch.mpp</PatchLocation>'] : []),
    '<BaseURL serviceLocation="a">./</BaseURL>',
    '<ContentSteering defaultServiceLocation="a">steering.json</ContentSteering>',
    ...periods(stream, last),
    stream.has('rule-40') ? '' : clock,
    '</MPD>',
  ].join('\n');
}

/** The wall-clock time of the first media time, as the MPD has it. */
function zeroMs(stream: FakeStream): number {
  if (stream.has('dash-availability old')) return stream.startMs - 10_000;
  return stream.startMs + (stream.has('dash-availability') ? 5_000 : 0);
}

function publishMs(stream: FakeStream, last: number): number {
  if (stream.has('dash-update-period publish')) return stream.startMs;
  const backS = stream.has('dash-constant publish') && last % 3 === 2 ? 5 : 0;
  return stream.startMs + (last + 1 - backS) * 1000;
}

/** Segments that a period lists, and the media time at which it begins, s after the stream's first. */
interface Span {
  readonly first: number;
  readonly last: number;
  readonly startS: number;
}

/** Where a segment was cut short, the next period begins; what was said of the segment still stands. */
function periods(stream: FakeStream, last: number): string[] {
  const first = Math.max(0, last - windowSegments);
  const cut = stream.cutMsn;
  if (cut === null) return period(stream, 'p0', { first, last, startS: 0 });
  const endS = stream.has('dash-tfdt') ? cut + 1 : cut + stream.partsOf(cut) * partS;
  const after = last > cut ? period(stream, 'p1', { first: cut + 1, last, startS: endS }) : [];
  return [...period(stream, 'p0', { first, last: Math.min(cut, last), startS: 0 }), ...after];
}

function period(stream: FakeStream, id: string, span: Span): string[] {
  const sets = renditions.map((rendition) => adaptationSet(stream, rendition, span));
  return [`<Period id="${id}" start="PT${span.startS}S">`, ...sets, '</Period>'];
}

function adaptationSet(stream: FakeStream, rendition: Rendition, { first, last, startS }: Span): string {
  const timescale = stream.timescale(rendition);
  const offset = stream.has('dash-time-offset') ? '1' : '0.8';
  const changesCut = stream.has('dash-constant') && stream.cutMsn !== null;
  const wrongS = stream.has('dash-pto') && rendition === 'audio' ? 5 : 0;
  const lines: string[] = [];
  for (let msn = first; msn <= last; msn++) {
    const hole = stream.has('dash-timeline') && msn % 4 === 2 ? timescale / 100 : 0;
    const durationS = changesCut && msn === stream.cutMsn ? stream.partsOf(msn) * partS : 1;
    lines.push(`<S t="${(mediaZeroS + msn) * timescale + hole}" d="${durationS * timescale}"/>`);
  }
  const template = [
    `timescale="${timescale}" presentationTimeOffset="${(mediaZeroS + startS + wrongS) * timescale}" startNumber="${first}"`,
    stream.has('rule-41') ? '' : `availabilityTimeOffset="${offset}"`,
    stream.has('rule-41') || stream.has('rule-42 complete') ? '' : 'availabilityTimeComplete="false"',
    'initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s"',
  ];
  return [
    `<AdaptationSet contentType="${rendition}" mimeType="${rendition}/mp4" startWithSAP="1">`,
    representation(stream, rendition),
    stream.has('dash-producer-time none') ? '' : producer(stream, rendition, mediaZeroS + wrongS),
    `<SegmentTemplate ${template.join(' ')}><SegmentTimeline>`,
    ...lines,
    '</SegmentTimeline></SegmentTemplate></Representation></AdaptationSet>',
  ].join('\n');
}

/** The wall-clock time of the stream's first media time. */
function producer(stream: FakeStream, rendition: Rendition, zeroS: number): string {
  const atMs = zeroMs(stream) + (stream.has('dash-producer-time') ? 2_000 : 0);
  const times = `wallClockTime="${new Date(atMs).toISOString()}" presentationTime="${zeroS * stream.timescale(rendition)}"`;
  return `<ProducerReferenceTime id="1" type="encoder" ${times}/>`;
}

function representation(stream: FakeStream, rendition: Rendition): string {
  const moves = stream.has('dash-constant') && stream.shape === 'dash' && stream.watchedS > 2 ? 1 : 0;
  const bandwidth = (stream.has('dash-bandwidth') ? 1_000 : 200_000) + moves;
  const width = stream.has('dash-init') ? 1_280 : 640;
  const codec = stream.has('dash-init codecs') ? 'avc1.4d401e' : 'avc1.64001f';
  const rate = stream.has('dash-init rate') ? 44_100 : 48_000;
  const shape =
    rendition === 'video'
      ? `codecs="${codec}" width="${width}" height="360"`
      : `codecs="mp4a.40.2" audioSamplingRate="${rate}"`;
  return `<Representation id="${rendition}" bandwidth="${bandwidth}" ${shape}>`;
}
