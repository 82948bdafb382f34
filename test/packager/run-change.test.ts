import { expect, it } from 'vitest';
import { foldRecord, type RecordEntry } from '#shared/model/record.ts';
import type { Packager, RunPlan, TrackSink } from '../../origin/packager/packager.ts';
import { Replay } from '../../workers/shield/replay.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12, 0, 0);
const video = { name: 'v720', kind: 'video', frameRate: 30, bitrate: 2_500_000, passthrough: true } as const;
const audio = { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false } as const;
const plan = { keyframes: 'source', gopMs: 2_000, partTargetMs: 201, anchorMs } as const;

/** A run of parts of 200 ms with a keyframe every two seconds. */
function make(packager: Packager, renditions: RunPlan['renditions'], fromMs: number, toMs: number): void {
  const run = packager.beginRun({ ...plan, renditions });
  const sinks = renditions.map(({ name, kind }) => {
    const sink = packager.openTrack(run, name) as TrackSink;
    sink.data(initSegment(kind));
    return { kind, sink };
  });
  for (let ms = fromMs; ms < toMs; ms += 200) {
    const isKey = (ms - fromMs) % 2_000 === 0;
    if (isKey) packager.keyframe(ms);
    for (const { kind, sink } of sinks) {
      const [scale, durationsTicks] = kind === 'video' ? [90, Array(6).fill(3_000)] : [48, Array(10).fill(960)];
      sink.data(chunk({ startTicks: (10_000 + ms) * scale, durationsTicks, independent: kind === 'audio' || isKey }));
    }
  }
}

const head = (update: string) => `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011,http://www.dashif.org/guidelines/low-latency-live-v5" minBufferTime="PT2S" maxSegmentDuration="PT2S" type="dynamic" availabilityStartTime="2026-11-21T12:00:00.000Z" publishTime="2026-11-21T12:00:06.000Z" minimumUpdatePeriod="${update}" timeShiftBufferDepth="PT7200S" suggestedPresentationDelay="PT1.4S">
  <ServiceDescription id="0">
    <Latency referenceId="1" target="1400"/>
    <PlaybackRate min="0.96" max="1.04"/>
  </ServiceDescription>
  <Period id="p0" start="PT0S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v720" codecs="avc1.64001f" bandwidth="3125000" width="640" height="360" frameRate="30">
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:00.000Z" presentationTime="900000">
          <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
        </ProducerReferenceTime>
        <SegmentTemplate timescale="90000" presentationTimeOffset="900000" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="0" availabilityTimeOffset="1.799" availabilityTimeComplete="false">
          <SegmentTimeline>
            <S t="900000" d="180000" r="1"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
`;
const secondPeriod = `  <Period id="p1" start="PT2.6S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v720" codecs="avc1.64001f" bandwidth="3125000" width="640" height="360" frameRate="30">
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:02.600Z" presentationTime="1134000">
          <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
        </ProducerReferenceTime>
        <SegmentTemplate timescale="90000" presentationTimeOffset="1134000" initialization="$RepresentationID$/init-1.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="2" availabilityTimeOffset="1.799" availabilityTimeComplete="false">
          <SegmentTimeline>
            <S t="1350000" d="180000"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
`;
const tail = `  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
`;

it('keeps what it promised of a segment that its run did not finish; the next period begins where the media ends', () => {
  const { packager, window } = createLiveWindow();
  const mpd = () => window.mpd(anchorMs + 6_000);
  make(packager, [video], 0, 2_600);
  // 1.4 s until the segment is whole, 0.2 s for the first part of the next one and 0.1 s of margin, in two steps.
  expect(mpd()).toBe(head('PT0.851S') + tail);
  packager.endRun();
  expect(mpd()).toBe(head('PT1S') + tail);
  make(packager, [video], 5_000, 5_400);
  expect(mpd()).toBe(head('PT0.951S') + secondPeriod + tail);
});

it('keeps it in the static MPD of the end and of the replay, which lasts as long as its media', () => {
  const { packager, window, record } = createLiveWindow();
  make(packager, [video], 0, 2_600);
  make(packager, [video], 5_000, 5_400);
  packager.end();
  const text = window.mpd(anchorMs + 6_000) ?? '';
  expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" maxSegmentDuration="PT2S" type="static" availabilityStartTime="2026-11-21T12:00:00.000Z" mediaPresentationDuration="PT3S">
  <Period id="p0" start="PT0S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v720" codecs="avc1.64001f" bandwidth="3125000" width="640" height="360" frameRate="30">
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:00.000Z" presentationTime="900000"/>
        <SegmentTemplate timescale="90000" presentationTimeOffset="900000" initialization="$RepresentationID$/init-0.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="0">
          <SegmentTimeline>
            <S t="900000" d="180000" r="1"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <Period id="p1" start="PT2.6S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v720" codecs="avc1.64001f" bandwidth="3125000" width="640" height="360" frameRate="30">
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:05.000Z" presentationTime="1350000"/>
        <SegmentTemplate timescale="90000" presentationTimeOffset="1350000" initialization="$RepresentationID$/init-1.mp4" media="$RepresentationID$/$Number$.m4s" startNumber="2">
          <SegmentTimeline>
            <S t="1350000" d="180000"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
`);
  const lines = record.map((entry) => JSON.parse(JSON.stringify(entry)) as RecordEntry);
  expect(new Replay(foldRecord([...lines, { kind: 'end' }])).mpd(anchorMs + 6_000)).toBe(text);
});

it('lists nothing that another run may make: the number after the last one belongs to whoever begins it', () => {
  const { packager, window } = createLiveWindow();
  const periods = () =>
    [...(window.mpd(anchorMs) ?? '').matchAll(/<Period id="(\w+)"[\s\S]*?<\/Period>/g)].map(([period = '', id]) => [
      id,
      ...[...period.matchAll(/startNumber="(\d+)"[\s\S]*?<SegmentTimeline>\s*([\s\S]*?)\s*<\/SegmentTimeline>/g)].map(
        ([, number, timeline]) => `${number}: ${timeline}`,
      ),
    ]);
  make(packager, [video, audio], 0, 4_000);
  const whole = ['p0', '0: <S t="900000" d="180000" r="1"/>', '0: <S t="480000" d="96000" r="1"/>'];
  expect(periods()).toEqual([whole]);
  make(packager, [video, audio], 4_100, 4_300);
  const next = ['p1', '2: <S t="1269000" d="180000"/>', '2: <S t="676800" d="96000"/>'];
  expect(periods()).toEqual([whole, next]);
});

it('says nothing of segments in the making where latency is not low, so that there is no promise to keep', () => {
  const { packager, window } = createLiveWindow({ lowLatency: false });
  make(packager, [video], 0, 2_600);
  packager.end();
  expect(window.mpd(anchorMs)).toContain('<S t="900000" d="180000"/>\n            <S d="54000"/>');
});
