import { expect, it } from 'vitest';
import { type MpdInput, writeMpd } from '#shared/dash/mpd.ts';
import { presentMpd } from '#shared/dash/presentation.ts';
import { Stretches } from '#shared/model/stretches.ts';
import type { Segment } from '#shared/model/timeline.ts';

const clockMs = Date.UTC(2026, 10, 21, 12, 0, 0);
const video = {
  kind: 'video',
  name: 'v720',
  codec: 'avc1.64001f',
  width: 1280,
  height: 720,
  frameRate: 29.97,
  bitrate: 2_500_000,
  passthrough: true,
} as const;
const audio = {
  kind: 'audio',
  name: 'a1',
  codec: 'mp4a.40.2',
  channels: 2,
  sampleRate: 48_000,
  bitrate: 128_000,
} as const;
const span = (msn: number, startTicks: number, durationTicks: number) => ({ msn, startTicks, durationTicks });

const live: MpdInput = {
  availabilityStartMs: clockMs,
  publishMs: clockMs + 6_000,
  segmentTargetS: 2,
  timeShiftBufferDepthS: 60,
  suggestedPresentationDelayS: 4,
  minimumUpdatePeriodS: 1,
  maxSegmentDurationS: 3,
  lowLatency: false,
  durationS: null,
  clockUri: '/time',
  periods: [
    {
      id: 'p0',
      startS: 0,
      captions: [],
      representations: [
        {
          rendition: video,
          bandwidth: 2_700_000.4,
          timescale: 90_000,
          presentationTimeOffsetTicks: 900_000,
          initNumber: 0,
          lowLatency: null,
          segments: [span(4, 900_000, 180_000), span(5, 1_080_000, 180_000), span(6, 1_260_000, 90_000)],
        },
        {
          rendition: audio,
          bandwidth: 130_000,
          timescale: 48_000,
          presentationTimeOffsetTicks: 480_000,
          initNumber: 0,
          lowLatency: null,
          segments: [span(4, 478_976, 96_256), span(6, 671_488, 96_256)],
        },
      ],
    },
  ],
};

it('describes a live broadcast over the objects of HLS', () => {
  expect(writeMpd(live)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" maxSegmentDuration="PT3S" type="dynamic" availabilityStartTime="2026-11-21T12:00:00.000Z" publishTime="2026-11-21T12:00:06.000Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT4S">
  <ServiceDescription id="0">
    <Latency target="4000"/>
    <PlaybackRate min="0.96" max="1.04"/>
  </ServiceDescription>
  <Period id="p0" start="PT0S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v720" codecs="avc1.64001f" bandwidth="2700001" width="1280" height="720" frameRate="30000/1001">
        <SegmentTemplate timescale="90000" presentationTimeOffset="900000" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="4">
          <SegmentTimeline>
            <S t="900000" d="180000" r="1"/>
            <S d="90000"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="a1" codecs="mp4a.40.2" bandwidth="130000" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <SegmentTemplate timescale="48000" presentationTimeOffset="480000" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="4">
          <SegmentTimeline>
            <S t="478976" d="96256"/>
            <S t="671488" d="96256"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
`);
});

it('is static, with a duration and without a clock, once the broadcast has ended', () => {
  const text = writeMpd({ ...live, durationS: 5.0004, periods: [] });
  expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" maxSegmentDuration="PT3S" type="static" availabilityStartTime="2026-11-21T12:00:00.000Z" mediaPresentationDuration="PT5S">
</MPD>
`);
});

it('tells of a day of six renditions, the longest that a record names', () => {
  const size = { sizeBytes: 1, keyframeBytes: 1, parts: [], initNumber: 0, discontinuity: false, gap: false };
  const segments = Array.from({ length: 43_200 }, (_, msn): Segment => {
    const startTicks = 900_000 + 180_000 * msn;
    return { ...size, msn, startTicks, durationTicks: 180_000, programDateTimeMs: clockMs + 2_000 * msn };
  });
  const shape = { timescale: 90_000, targetDurationS: 2, partTargetS: 0.2 };
  const rest = { open: null, nextMsn: segments.length, discontinuitySequence: 0, ended: true, whole: true };
  const bandwidth = { peak: 2_700_000, average: 2_500_000 };
  const names = ['v240', 'v360', 'v480', 'v720', 'v1080', 'v1440'];
  const tracks = names.map((name) => {
    const timeline = { ...shape, segments, ...rest };
    return [name, { rendition: { ...video, name }, described: new Map(), timeline, bandwidth }] as const;
  });
  const of = { renditions: new Set(names), anchorMs: clockMs, bandwidths: new Map(), captions: [], slate: false };
  const over = { ended: true, making: false, targetDurationS: 2, dvrWindowS: Number.POSITIVE_INFINITY };
  const runs = [{ number: 0, startMs: 0, ...of }];
  const text = presentMpd({ runs, tracks: new Map(tracks), stretches: new Stretches(), ...over }, clockMs, false);
  expect(text).toContain('maxSegmentDuration="PT2S"');
  expect(text).toContain('mediaPresentationDuration="PT86400S"');
});

it('escapes what it did not make itself', () => {
  expect(writeMpd({ ...live, clockUri: '/time?a=1&b="2"' })).toContain('value="/time?a=1&#38;b=&#34;2&#34;"');
});

it('declares captions on the pictures that carry them', () => {
  const captions = ['CC1', 'SERVICE1', 'SERVICE12'] as const;
  const captioned = writeMpd({ ...live, periods: live.periods.map((period) => ({ ...period, captions })) });
  const declared = `      <Accessibility schemeIdUri="urn:scte:dash:cc:cea-608:2015" value="CC1"/>
      <Accessibility schemeIdUri="urn:scte:dash:cc:cea-708:2015" value="1=lang:und;12=lang:und"/>`;
  expect(captioned.match(/<Accessibility/g)).toHaveLength(2);
  expect(captioned).toMatch(new RegExp(`contentType="video"[^>]*>\\n${declared}`));
});

it('has a set for each codec, linked for switching, and one for each sound', () => {
  const [period] = live.periods;
  const [picture, sound] = period?.representations ?? [];
  if (!period || !picture || !sound) throw new Error('the example has lost its representations');
  const as = (name: string, codec: string) => ({ ...picture, rendition: { ...video, name, codec } });
  const opus = { ...sound, rendition: { ...audio, name: 'a1-opus', codec: 'opus' } };
  const representations = [as('v720-av1', 'av01.0.05M.08'), as('v720', video.codec), sound, opus];
  const hevc = as('v360-hevc', 'hvc1.1.6.L60.90');
  const text = writeMpd({ ...live, periods: [{ ...period, representations: [...representations, hevc] }] });
  const lines = text
    .split('\n')
    .filter((line) => /AdaptationSet |SupplementalProperty|Role|<Representation/.test(line));
  const common = 'segmentAlignment="true" startWithSAP="1"';
  const switching = 'schemeIdUri="urn:mpeg:dash:adaptation-set-switching:2016"';
  const role = '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>';
  expect(lines.map((line) => line.trim().replace(/ bandwidth=.*/, ''))).toEqual([
    `<AdaptationSet id="1" contentType="video" mimeType="video/mp4" ${common}>`,
    `<SupplementalProperty ${switching} value="11,13"/>`,
    role,
    '<Representation id="v720" codecs="avc1.64001f"',
    `<AdaptationSet id="11" contentType="video" mimeType="video/mp4" ${common}>`,
    `<SupplementalProperty ${switching} value="1,13"/>`,
    role,
    '<Representation id="v360-hevc" codecs="hvc1.1.6.L60.90"',
    `<AdaptationSet id="13" contentType="video" mimeType="video/mp4" ${common}>`,
    `<SupplementalProperty ${switching} value="1,11"/>`,
    role,
    '<Representation id="v720-av1" codecs="av01.0.05M.08"',
    `<AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" ${common}>`,
    role,
    '<Representation id="a1" codecs="mp4a.40.2"',
    `<AdaptationSet id="3" contentType="audio" mimeType="audio/mp4" ${common}>`,
    role,
    '<Representation id="a1-opus" codecs="opus"',
  ]);
});

it('with low latency says when a segment can be asked for, and by which clock latency is measured', () => {
  const low = (availabilityTimeOffsetS: number) => ({
    availabilityTimeOffsetS,
    wallClockMs: clockMs,
    clockUri: '/time',
  });
  const [period] = live.periods;
  const text = writeMpd({
    ...live,
    lowLatency: true,
    suggestedPresentationDelayS: 1.4,
    maxSegmentDurationS: 2.005,
    periods: [
      {
        ...{ id: 'p0', startS: 0, captions: [] },
        representations: (period?.representations ?? []).map((one, index) => ({
          ...{ ...one, segments: one.segments.slice(0, 1) },
          lowLatency: low(index === 0 ? 1.8 : 1.78666),
        })),
      },
    ],
  });
  expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011,http://www.dashif.org/guidelines/low-latency-live-v5" minBufferTime="PT2S" maxSegmentDuration="PT2.005S" type="dynamic" availabilityStartTime="2026-11-21T12:00:00.000Z" publishTime="2026-11-21T12:00:06.000Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT1.4S">
  <ServiceDescription id="0">
    <Latency referenceId="1" target="1400"/>
    <PlaybackRate min="0.96" max="1.04"/>
  </ServiceDescription>
  <Period id="p0" start="PT0S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v720" codecs="avc1.64001f" bandwidth="2700001" width="1280" height="720" frameRate="30000/1001">
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:00.000Z" presentationTime="900000">
          <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
        </ProducerReferenceTime>
        <SegmentTemplate timescale="90000" presentationTimeOffset="900000" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="4" availabilityTimeOffset="1.8" availabilityTimeComplete="false">
          <SegmentTimeline>
            <S t="900000" d="180000"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="a1" codecs="mp4a.40.2" bandwidth="130000" audioSamplingRate="48000">
        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:00.000Z" presentationTime="480000">
          <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
        </ProducerReferenceTime>
        <SegmentTemplate timescale="48000" presentationTimeOffset="480000" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="4" availabilityTimeOffset="1.787" availabilityTimeComplete="false">
          <SegmentTimeline>
            <S t="478976" d="96256"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
`);
});

it('is plain again at the end of a low-latency broadcast', () => {
  const ended = { ...live, durationS: 6, suggestedPresentationDelayS: 1.4 };
  expect(writeMpd({ ...ended, lowLatency: true })).toBe(writeMpd(ended));
});
