import { expect, test } from 'vitest';
import { between, mpd } from '../../../support/manifests.ts';

/** What is wanted of a long text: the lines that a rewriting took out and put in. */
function changes(before: string, after: string): string[] {
  const old = before.split('\n');
  const now = after.split('\n');
  return [
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line.trim()}`),
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line.trim()}`),
  ];
}

const live = `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-11-21T12:00:00.000Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT4S">
  <PatchLocation ttl="60">patch.mpp</PatchLocation>
  <ServiceDescription id="0">
    <Latency target="4000"/>
    <PlaybackRate min="0.96" max="1.04"/>
  </ServiceDescription>
  <Period id="p0" start="PT0S">
    <EventStream schemeIdUri="urn:scte:scte35:2014:xml+bin" timescale="1000"><Event presentationTime="4000" duration="2000" id="1"/></EventStream>
    <AdaptationSet id="1" contentType="video">
      <Representation id="v720" codecs="avc1.64001f" bandwidth="2700001" width="1280" height="720">
        <SegmentTemplate timescale="90000" presentationTimeOffset="900000" media="$RepresentationID$/$Number$.m4s" startNumber="4" availabilityTimeOffset="1.8" availabilityTimeComplete="false">
          <SegmentTimeline>
            <S t="900000" d="180000" r="4"/>
            <S d="90000"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
      <Representation id="v240" codecs="hvc1.1.6.L120.90" bandwidth="700001" width="426" height="240">
        <SegmentTemplate timescale="90000" presentationTimeOffset="900000" media="$RepresentationID$/$Time$.m4s">
          <SegmentTimeline>
            <S t="900000" d="180000" k="9" r="4"/>
            <S d="90000"/>
          </SegmentTimeline>
        </SegmentTemplate>
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:00Z" presentationTime="0"/>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="2" mimeType="audio/mp4">
      <SegmentTemplate timescale="48000" presentationTimeOffset="480000" media="a/$Number$.m4s" startNumber="4">
        <SegmentTimeline>
          <S t="478976" d="96256" r="6"/>
        </SegmentTimeline>
      </SegmentTemplate>
      <Representation id="a1" codecs="mp4a.40.2" bandwidth="130000"/>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
`;

test('a closed slice is static, begins at zero with the segment that holds its start, and ends exactly; events move with it', () => {
  expect(changes(live, mpd(live, between(5, 8.5)))).toEqual([
    '- <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-11-21T12:00:00.000Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT4S">',
    '- <PatchLocation ttl="60">patch.mpp</PatchLocation>',
    '- <EventStream schemeIdUri="urn:scte:scte35:2014:xml+bin" timescale="1000"><Event presentationTime="4000" duration="2000" id="1"/></EventStream>',
    '- <SegmentTemplate timescale="90000" presentationTimeOffset="900000" media="$RepresentationID$/$Number$.m4s" startNumber="4" availabilityTimeOffset="1.8" availabilityTimeComplete="false">',
    '- <S t="900000" d="180000" r="4"/>',
    '- <S d="90000"/>',
    '- <SegmentTemplate timescale="90000" presentationTimeOffset="900000" media="$RepresentationID$/$Time$.m4s">',
    '- <S t="900000" d="180000" k="9" r="4"/>',
    '- <S d="90000"/>',
    '- <SegmentTemplate timescale="48000" presentationTimeOffset="480000" media="a/$Number$.m4s" startNumber="4">',
    '- <S t="478976" d="96256" r="6"/>',
    '+ <MPD mediaPresentationDuration="PT4.5S" xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" availabilityStartTime="2026-11-21T12:00:04.000Z">',
    '+ <EventStream presentationTimeOffset="4000" schemeIdUri="urn:scte:scte35:2014:xml+bin" timescale="1000"><Event presentationTime="4000" duration="2000" id="1"/></EventStream>',
    '+ <SegmentTemplate timescale="90000" presentationTimeOffset="1260000" media="$RepresentationID$/$Number$.m4s" startNumber="6" availabilityTimeOffset="1.8" availabilityTimeComplete="false">',
    '+ <S t="1260000" d="180000" r="2"/>',
    '+ <SegmentTemplate startNumber="3" timescale="90000" presentationTimeOffset="1260000" media="$RepresentationID$/$Time$.m4s">',
    '+ <S t="1260000" d="180000" k="9" r="2"/>',
    '+ <SegmentTemplate timescale="48000" presentationTimeOffset="672000" media="a/$Number$.m4s" startNumber="6">',
    '+ <S t="671488" d="96256" r="2"/>',
  ]);
});

test('while its end lies ahead a slice stays dynamic, with the same zero', () => {
  const added = changes(live, mpd(live, between(9, 30))).filter((line) => line.startsWith('+'));
  expect(added).toEqual([
    '+ <MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="2026-11-21T12:00:08.000Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT4S">',
    '+ <EventStream presentationTimeOffset="8000" schemeIdUri="urn:scte:scte35:2014:xml+bin" timescale="1000"><Event presentationTime="4000" duration="2000" id="1"/></EventStream>',
    '+ <SegmentTemplate timescale="90000" presentationTimeOffset="1620000" media="$RepresentationID$/$Number$.m4s" startNumber="8" availabilityTimeOffset="1.8" availabilityTimeComplete="false">',
    '+ <S t="1620000" d="180000"/>',
    '+ <SegmentTemplate startNumber="5" timescale="90000" presentationTimeOffset="1620000" media="$RepresentationID$/$Time$.m4s">',
    '+ <S t="1620000" d="180000" k="9"/>',
    '+ <SegmentTemplate timescale="48000" presentationTimeOffset="864000" media="a/$Number$.m4s" startNumber="8">',
    '+ <S t="864000" d="96256" r="2"/>',
  ]);
});

test('a slice is closed when every track has reached its end', () => {
  expect(mpd(live, between(5, 11))).toContain('type="static"');
  expect(mpd(live, between(5, 12))).toContain('type="dynamic"');
});

test('outside of what is there, there is a reason instead of a text', () => {
  expect(mpd(live, between(20, 30))).toBe('<not_yet>');
  expect(mpd(live.replace(/ t="900000"/g, ' t="1800000"').replace('478976', '958976'), between(1, 5))).toBe('<gone>');
  expect(mpd(live.replace(/availabilityStartTime="[^"]*"/, ''), between(1, 5))).toBe('<no_clock>');
  expect(
    mpd('<MPD type="static" mediaPresentationDuration="PT9S"><Period><SegmentBase/></Period></MPD>', {
      range: { base: 'timeline', startMs: 10_000, endMs: null },
    }),
  ).toBe('<past_end>');
  expect(
    mpd('<MPD type="static"><Period><SegmentList/></Period></MPD>', {
      range: { base: 'timeline', startMs: 1, endMs: null },
    }),
  ).toBe('<not_sliceable>');
});

const numbered = (
  type: string,
) => `<MPD type="${type}" availabilityStartTime="2026-11-21T12:00:00Z" mediaPresentationDuration="PT60S">
<Period start="PT0S"><AdaptationSet contentType="video">
<SegmentTemplate timescale="1000" duration="2000" startNumber="0" media="$Number$.m4s"/><Representation id="v"/>
</AdaptationSet></Period></MPD>`;

test('numbers that follow from the time', () => {
  expect(mpd(numbered('static'), { range: { base: 'timeline', startMs: 5_000, endMs: 9_000 } })).toBe(
    `<MPD type="static" availabilityStartTime="2026-11-21T12:00:04.000Z" mediaPresentationDuration="PT5S">
<Period start="PT0S"><AdaptationSet contentType="video">
<SegmentTemplate presentationTimeOffset="4000" timescale="1000" duration="2000" startNumber="2" media="$Number$.m4s"/><Representation id="v"/>
</AdaptationSet></Period></MPD>`,
  );
  const dynamic = numbered('dynamic').replace(/ mediaPresentationDuration="PT60S"/, '');
  const nowMs = (seconds: number) => Date.UTC(2026, 10, 21, 12) + 1_000 * seconds;
  expect(mpd(dynamic, between(4, 10), nowMs(9))).toContain('type="dynamic"');
  expect(mpd(dynamic, between(4, 10), nowMs(10))).toContain('type="static"');
  expect(mpd(dynamic, between(4, 10), nowMs(3))).toBe('<not_yet>');
});

test('a segment that is listed beyond the end of its period does not count there', () => {
  const period = (id: string, start: number) =>
    `<Period id="${id}" start="PT${start}S"><AdaptationSet contentType="video"><SegmentTemplate media="$Time$" startNumber="1"><SegmentTimeline><S t="0" d="2" r="4"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period>`;
  const text = `<MPD type="static" mediaPresentationDuration="PT19S">\n${period('a', 0)}\n${period('b', 9)}\n</MPD>`;
  const sliced = mpd(text, { range: { base: 'timeline', startMs: 9_500, endMs: 12_000 } });
  expect(sliced).toContain('<Period id="b" start="PT0S">');
  expect(sliced).not.toContain('<Period id="a"');
});

test('a slice across periods moves them, and leaves others out', () => {
  const period = (id: string, start: number) =>
    `<Period id="${id}" start="PT${start}S" duration="PT10S"><AdaptationSet contentType="video"><SegmentTemplate media="$Time$" startNumber="1"><SegmentTimeline><S t="0" d="2" r="4"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period>`;
  const text = `<MPD type="static" mediaPresentationDuration="PT40S">\n${['a', 'b', 'c', 'd'].map((id, i) => period(id, 10 * i)).join('\n')}\n</MPD>`;
  expect(mpd(text, { range: { base: 'timeline', startMs: 14_000, endMs: 24_000 } })).toBe(
    `<MPD type="static" mediaPresentationDuration="PT10S">
<Period id="b" start="PT0S" duration="PT6S"><AdaptationSet contentType="video"><SegmentTemplate presentationTimeOffset="4" media="$Time$" startNumber="3"><SegmentTimeline><S t="4" d="2" r="2"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period>
<Period id="c" start="PT6S" duration="PT4S"><AdaptationSet contentType="video"><SegmentTemplate media="$Time$" startNumber="1"><SegmentTimeline><S t="0" d="2" r="1"/></SegmentTimeline></SegmentTemplate></AdaptationSet></Period>
</MPD>`,
  );
});

test('representations go, and sets that are left empty', () => {
  expect(mpd(live, { filter: { maxHeight: 360 } })).not.toContain('v720');
  expect(mpd(live, { filter: { codecs: ['avc'] } })).not.toContain('v240');
  expect(mpd(live, { filter: { maxBitrate: 1 } })).toMatch(/v240[\s\S]*a1/);
  const sets = `<MPD>
<Period>
  <AdaptationSet mimeType="video/mp4" codecs="avc1"><Representation bandwidth="9" height="720"/></AdaptationSet>
  <AdaptationSet mimeType="video/mp4" codecs="hvc1"><Representation bandwidth="5" height="720"/></AdaptationSet>
  <AdaptationSet mimeType="video/mp4"><EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="1"/><Representation height="720"/></AdaptationSet>
  <AdaptationSet mimeType="text/vtt"><Representation bandwidth="99"/></AdaptationSet>
</Period>
</MPD>`;
  expect(mpd(sets, { filter: { maxHeight: 480, codecs: ['hevc'] } })).toBe(`<MPD>
<Period>
  <AdaptationSet mimeType="video/mp4" codecs="hvc1"><Representation bandwidth="5" height="720"/></AdaptationSet>
  <AdaptationSet mimeType="text/vtt"><Representation bandwidth="99"/></AdaptationSet>
</Period>
</MPD>`);
});

test('old players are told nothing of low latency', () => {
  const changed = changes(live, mpd(live, { lowLatency: false }));
  expect(changed).toEqual([
    '- <PatchLocation ttl="60">patch.mpp</PatchLocation>',
    '- <ServiceDescription id="0">',
    '- <Latency target="4000"/>',
    '- <PlaybackRate min="0.96" max="1.04"/>',
    '- </ServiceDescription>',
    '- <SegmentTemplate timescale="90000" presentationTimeOffset="900000" media="$RepresentationID$/$Number$.m4s" startNumber="4" availabilityTimeOffset="1.8" availabilityTimeComplete="false">',
    '- <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T12:00:00Z" presentationTime="0"/>',
    '+ <SegmentTemplate timescale="90000" presentationTimeOffset="900000" media="$RepresentationID$/$Number$.m4s" startNumber="4">',
  ]);
});

test('every URI leads elsewhere: locations with the query, absolute ones to other hosts', () => {
  expect(
    mpd(
      `<MPD>
<BaseURL>media/</BaseURL>
<Location>live.mpd?a=1&amp;b=2</Location>
<Period xlink:href="p.xml"><BaseURL>https://o.example/x/</BaseURL>
<SegmentTemplate media="/abs/$Number$.m4s" initialization="i.mp4"/>
<SegmentList><Initialization sourceURL="https://o.example/i.mp4"/><SegmentURL media='https://o.example/1.m4s'/></SegmentList>
</Period>
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="time"/>
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="2026-11-21T12:00:00Z"/>
</MPD>`,
      {
        carry: { prefix: '../b/', root: '/t/k', hosts: { 'https://o.example': 'https://n.example' }, query: 'c=3&d=4' },
      },
    ),
  ).toBe(`<MPD>
<BaseURL>../b/media/</BaseURL>
<Location>../b/live.mpd?a=1&amp;b=2&amp;c=3&amp;d=4</Location>
<Period xlink:href="../b/p.xml"><BaseURL>https://n.example/x/</BaseURL>
<SegmentTemplate media="/t/k/abs/$Number$.m4s" initialization="i.mp4"/>
<SegmentList><Initialization sourceURL="https://n.example/i.mp4"/><SegmentURL media='https://n.example/1.m4s'/></SegmentList>
</Period>
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="../b/time"/>
<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="2026-11-21T12:00:00Z"/>
</MPD>`);
});

test('pathways are base URLs with names, and content steering', () => {
  const pathways = {
    serverUri: '/steering/b_1.json?x&y',
    list: [
      { id: 'fra', base: '' },
      { id: 'ams', base: 'https://ams.example/b/b_1/' },
    ],
  };
  expect(
    mpd('<MPD>\n  <BaseURL>m/</BaseURL>\n  <Period/>\n</MPD>', { pathways, carry: { prefix: '../../b/b_1/' } }),
  ).toBe(
    `<MPD>
  <BaseURL serviceLocation="fra">../../b/b_1/m/</BaseURL>
  <BaseURL serviceLocation="ams">https://ams.example/b/b_1/m/</BaseURL>
  <ContentSteering defaultServiceLocation="fra" queryBeforeStart="true">/steering/b_1.json?x&amp;y</ContentSteering>
  <Period/>
</MPD>`,
  );
  const steered = '<MPD><ContentSteering>s</ContentSteering><Period/></MPD>';
  expect(mpd(steered, { pathways })).toBe(steered);
});
