import { type VideoFamily, videoFamily } from '../model/codec.ts';
import { initFile } from '../model/object-name.ts';
import type { AudioRendition, Rendition, VideoRendition } from '../model/rendition.ts';
import type { CaptionChannel } from '../model/source.ts';
import { isoDuration, xmlEscape } from './text.ts';

/** A segment as SegmentTimeline lists it (ISO/IEC 23009-1 5.3.9.6). */
export interface MpdSegment {
  readonly msn: number;
  readonly startTicks: number;
  readonly durationTicks: number;
}

/** Segments of a representation can be had while they are made. */
export interface MpdLowLatency {
  /** Seconds before its end at which a segment can be asked for; its chunks follow as they are made (5.3.9.5.3). */
  readonly availabilityTimeOffsetS: number;
  /** Wall-clock time of presentationTimeOffset, ms (ProducerReferenceTime, 5.12). */
  readonly wallClockMs: number;
  readonly clockUri: string;
}

export interface MpdRepresentation {
  readonly rendition: Rendition;
  /** Bits per second, peak of a segment. */
  readonly bandwidth: number;
  readonly timescale: number;
  /** Media time of the period's start. */
  readonly presentationTimeOffsetTicks: number;
  readonly initNumber: number;
  /** Wall-clock time of presentationTimeOffset, ms, where neither the period's start nor low latency tells it. */
  readonly wallClockMs?: number;
  /** Null: segments can be had when they are whole. */
  readonly lowLatency: MpdLowLatency | null;
  /** The last one may be in the making; then its duration is the planned one. */
  readonly segments: readonly MpdSegment[];
}

/** One encoder run: timestamps and init segments are continuous inside it. */
export interface MpdPeriod {
  readonly id: string;
  /** Seconds after availabilityStartTime. */
  readonly startS: number;
  readonly representations: readonly MpdRepresentation[];
  /** CEA-608 channels and CEA-708 services inside the pictures. */
  readonly captions: readonly CaptionChannel[];
}

export interface MpdInput {
  readonly periods: readonly MpdPeriod[];
  /** Wall-clock time of period time zero, ms. */
  readonly availabilityStartMs: number;
  readonly publishMs: number;
  readonly segmentTargetS: number;
  /** Seconds of media that stay available; Infinity: all of it. */
  readonly timeShiftBufferDepthS: number;
  readonly suggestedPresentationDelayS: number;
  /** Seconds between two looks at a live MPD. */
  readonly minimumUpdatePeriodS: number;
  /** Upper bound of every segment's duration, seconds. */
  readonly maxSegmentDurationS: number;
  /** Segments are listed and sent while they are made. */
  readonly lowLatency: boolean;
  /** Null while the broadcast goes on; its whole duration once it has ended. */
  readonly durationS: number | null;
  /** Where clients read the time: ISO 8601 text. */
  readonly clockUri: string;
}

/** Writes the MPD over the same objects as HLS: dynamic while live, static at the end (ISO/IEC 23009-1 5.3.1). */
export function writeMpd(input: MpdInput): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', mpdTag(input)];
  if (input.durationS === null) lines.push(serviceDescription(input));
  for (const period of input.periods) writePeriod(lines, period);
  if (input.durationS === null) lines.push(`  ${utcTiming(input.clockUri)}`);
  lines.push('</MPD>');
  return `${lines.join('\n')}\n`;
}

const liveProfile = 'urn:mpeg:dash:profile:isoff-live:2011';
const lowLatencyProfile = 'http://www.dashif.org/guidelines/low-latency-live-v5';

/** Id of the clock that latencies are measured by (ProducerReferenceTime@id, Latency@referenceId). */
const producerId = 1;

function isLowLatency(input: MpdInput): boolean {
  return input.lowLatency && input.durationS === null;
}

function utcTiming(clockUri: string): string {
  return `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="${xmlEscape(clockUri)}"/>`;
}

function mpdTag(input: MpdInput): string {
  const common = [
    'xmlns="urn:mpeg:dash:schema:mpd:2011"',
    `profiles="${isLowLatency(input) ? `${liveProfile},${lowLatencyProfile}` : liveProfile}"`,
    `minBufferTime="${isoDuration(input.segmentTargetS)}"`,
    `maxSegmentDuration="${isoDuration(input.maxSegmentDurationS)}"`,
  ];
  const kind =
    input.durationS === null
      ? [
          'type="dynamic"',
          `availabilityStartTime="${isoTime(input.availabilityStartMs)}"`,
          `publishTime="${isoTime(input.publishMs)}"`,
          `minimumUpdatePeriod="${isoDuration(input.minimumUpdatePeriodS)}"`,
          ...timeShift(input.timeShiftBufferDepthS),
          `suggestedPresentationDelay="${isoDuration(input.suggestedPresentationDelayS)}"`,
        ]
      : [
          'type="static"',
          `availabilityStartTime="${isoTime(input.availabilityStartMs)}"`,
          `mediaPresentationDuration="${isoDuration(input.durationS)}"`,
        ];
  return `<MPD ${[...common, ...kind].join(' ')}>`;
}

/** Without the attribute everything stays available (ISO/IEC 23009-1 5.3.1.2). */
function timeShift(depthS: number): string[] {
  return Number.isFinite(depthS) ? [`timeShiftBufferDepth="${isoDuration(depthS)}"`] : [];
}

function serviceDescription(input: MpdInput): string {
  const targetMs = Math.round(input.suggestedPresentationDelayS * 1000);
  const reference = isLowLatency(input) ? `referenceId="${producerId}" ` : '';
  return `  <ServiceDescription id="0">\n    <Latency ${reference}target="${targetMs}"/>\n    <PlaybackRate min="0.96" max="1.04"/>\n  </ServiceDescription>`;
}

function writePeriod(lines: string[], period: MpdPeriod): void {
  const start = isoDuration(period.startS);
  lines.push(`  <Period id="${xmlEscape(period.id)}" start="${start}">`);
  const video = period.representations.filter((one) => one.rendition.kind === 'video');
  const audio = period.representations.filter((one) => one.rendition.kind === 'audio');
  const sets = videoSets(video);
  for (const [id, members] of sets) {
    const others = [...sets.keys()].filter((other) => other !== id);
    writeSet(lines, id, 'video', members, { switchable: others, captions: period.captions });
  }
  for (const [index, one] of audio.entries()) writeSet(lines, 2 + index, 'audio', [one]);
  lines.push('  </Period>');
}

/** An id for each family's AdaptationSet, the same in every period; those of audio begin at 2. */
const videoSetIds: Readonly<Record<VideoFamily, number>> = { h264: 1, hevc: 11, vp9: 12, av1: 13 };

/** A set for each family, H.264 first: a decoder is chosen by set (ISO/IEC 23009-1 5.3.3.1). */
function videoSets(video: readonly MpdRepresentation[]): Map<number, MpdRepresentation[]> {
  const sets = new Map<number, MpdRepresentation[]>();
  for (const one of video) {
    const id = videoSetIds[videoFamily(one.rendition.codec) ?? 'h264'];
    sets.set(id, [...(sets.get(id) ?? []), one]);
  }
  return new Map([...sets].sort(([a], [b]) => a - b));
}

interface SetExtras {
  /** Ids of sets that a player may switch to in mid-stream (ISO/IEC 23009-1 5.3.3.5). */
  readonly switchable: readonly number[];
  readonly captions: readonly CaptionChannel[];
}

function writeSet(
  lines: string[],
  id: number,
  kind: 'video' | 'audio',
  members: readonly MpdRepresentation[],
  { switchable, captions }: SetExtras = { switchable: [], captions: [] },
): void {
  lines.push(
    `    <AdaptationSet id="${id}" contentType="${kind}" mimeType="${kind}/mp4" segmentAlignment="true" startWithSAP="1">`,
  );
  if (switchable.length > 0) {
    const scheme = 'urn:mpeg:dash:adaptation-set-switching:2016';
    lines.push(`      <SupplementalProperty schemeIdUri="${scheme}" value="${switchable.join(',')}"/>`);
  }
  writeCaptions(lines, captions);
  lines.push('      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>');
  for (const member of members) writeRepresentation(lines, member);
  lines.push('    </AdaptationSet>');
}

/** SCTE 214-1 7.2: each CEA-608 channel, and all CEA-708 services with their languages, of which nothing is known. */
function writeCaptions(lines: string[], captions: readonly CaptionChannel[]): void {
  const accessibility = (kind: string, value: string) =>
    lines.push(`      <Accessibility schemeIdUri="urn:scte:dash:cc:${kind}:2015" value="${value}"/>`);
  const services = captions.filter((one) => one.startsWith('SERVICE'));
  for (const one of captions) if (one.startsWith('CC')) accessibility('cea-608', one);
  const told = services.map((one) => `${one.slice('SERVICE'.length)}=lang:und`);
  if (told.length > 0) accessibility('cea-708', told.join(';'));
}

function writeRepresentation(lines: string[], member: MpdRepresentation): void {
  const { rendition } = member;
  const shape = rendition.kind === 'video' ? videoAttributes(rendition) : audioAttributes(rendition);
  lines.push(
    `      <Representation id="${rendition.name}" codecs="${rendition.codec}" bandwidth="${Math.ceil(member.bandwidth)}" ${shape}>`,
  );
  if (rendition.kind === 'audio') lines.push(channelConfiguration(rendition));
  if (member.lowLatency) writeProducer(lines, member, member.lowLatency);
  else if (member.wallClockMs !== undefined) lines.push(`        <${producerTag(member, member.wallClockMs)}/>`);
  writeTemplate(lines, member);
  lines.push('      </Representation>');
}

function videoAttributes(rendition: VideoRendition): string {
  return `width="${rendition.width}" height="${rendition.height}" frameRate="${frameRateFraction(rendition.frameRate)}"`;
}

function audioAttributes(rendition: AudioRendition): string {
  return `audioSamplingRate="${rendition.sampleRate}"`;
}

function channelConfiguration(rendition: AudioRendition): string {
  const scheme = 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011';
  return `        <AudioChannelConfiguration schemeIdUri="${scheme}" value="${rendition.channels}"/>`;
}

function writeProducer(lines: string[], member: MpdRepresentation, low: MpdLowLatency): void {
  lines.push(
    `        <${producerTag(member, low.wallClockMs)}>`,
    `          ${utcTiming(low.clockUri)}`,
    '        </ProducerReferenceTime>',
  );
}

function producerTag({ presentationTimeOffsetTicks }: MpdRepresentation, wallClockMs: number): string {
  const times = `wallClockTime="${isoTime(wallClockMs)}" presentationTime="${presentationTimeOffsetTicks}"`;
  return `ProducerReferenceTime id="${producerId}" type="encoder" ${times}`;
}

function writeTemplate(lines: string[], member: MpdRepresentation): void {
  const first = member.segments[0];
  const init = initFile(member.initNumber);
  const attributes = [
    `timescale="${member.timescale}"`,
    `presentationTimeOffset="${member.presentationTimeOffsetTicks}"`,
    `initialization="$RepresentationID$/${init}"`,
    'media="$RepresentationID$/$Number$.m4s"',
    `startNumber="${first?.msn ?? 0}"`,
  ];
  if (member.lowLatency) {
    const offsetS = Number(member.lowLatency.availabilityTimeOffsetS.toFixed(3));
    attributes.push(`availabilityTimeOffset="${offsetS}"`, 'availabilityTimeComplete="false"');
  }
  lines.push(`        <SegmentTemplate ${attributes.join(' ')}>`, '          <SegmentTimeline>');
  writeTimeline(lines, member.segments);
  lines.push('          </SegmentTimeline>', '        </SegmentTemplate>');
}

function writeTimeline(lines: string[], segments: readonly MpdSegment[]): void {
  let at = 0;
  let expectedTicks = -1;
  while (at < segments.length) {
    const { startTicks, durationTicks } = segments[at] as MpdSegment;
    let repeat = 0;
    while (continues(segments, at + repeat)) repeat++;
    const t = startTicks === expectedTicks ? '' : `t="${startTicks}" `;
    const r = repeat > 0 ? ` r="${repeat}"` : '';
    lines.push(`            <S ${t}d="${durationTicks}"${r}/>`);
    at += repeat + 1;
    expectedTicks = startTicks + durationTicks * (repeat + 1);
  }
}

/** Whether the segment after `at` has the same duration and follows without a hole. */
function continues(segments: readonly MpdSegment[], at: number): boolean {
  const here = segments[at];
  const next = segments[at + 1];
  if (!here || !next) return false;
  return next.durationTicks === here.durationTicks && next.startTicks === here.startTicks + here.durationTicks;
}

/** 29.97 → `30000/1001`; whole rates as they are. */
function frameRateFraction(frameRate: number): string {
  const whole = Math.round(frameRate);
  if (Math.abs(frameRate - whole) < 0.005) return String(whole);
  const ntsc = Math.round(frameRate * 1.001);
  if (Math.abs(frameRate - (ntsc * 1000) / 1001) < 0.005) return `${ntsc * 1000}/1001`;
  return `${Math.round(frameRate * 1000)}/1000`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
