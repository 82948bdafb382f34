import { expect, test } from 'vitest';
import { between, hls, mpd } from '../../../support/manifests.ts';

/** An ended broadcast as our origin writes it: seven seconds from 12:00:00, a break, four seconds from 12:00:20. */
const period = (id: string, start: number, clock: string, offset: number, number: number, segments: string) =>
  `  <Period id="${id}" start="PT${start}S">
    <AdaptationSet id="1" contentType="video" mimeType="video/mp4">
      <Representation id="v360">
        <ProducerReferenceTime id="1" type="encoder" wallClockTime="2026-11-21T${clock}Z" presentationTime="${offset}"/>
        <SegmentTemplate timescale="90000" presentationTimeOffset="${offset}" media="$RepresentationID$/$Number$.m4s" startNumber="${number}">
          <SegmentTimeline>
            ${segments}
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
`;
const ended = `<MPD type="static" availabilityStartTime="2026-11-21T12:00:00.000Z" mediaPresentationDuration="PT11S">
${period('p0', 0, '12:00:00.000', 900_000, 0, '<S t="900000" d="180000" r="2"/><S d="90000"/>')}${period('p1', 7, '12:00:20.000', 2_700_000, 4, '<S t="2700000" d="180000" r="1"/>')}</MPD>
`;

const playlist = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
${[0, 2, 4].map((at, i) => `#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:0${at}.000Z\n#EXTINF:2.00000,\n${i}.m4s\n`).join('')}#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:06.000Z
#EXTINF:1.00000,
3.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:20.000Z
#EXTINF:2.00000,
4.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:22.000Z
#EXTINF:2.00000,
5.m4s
#EXT-X-ENDLIST
`;

/** Numbers of the segments that an MPD of this file lists, or why there are none. */
function listed(text: string): string {
  if (text.startsWith('<') && !text.startsWith('<MPD')) return text;
  const numbers: number[] = [];
  for (const [, start, runs = ''] of text.matchAll(/startNumber="(\d+)"[\s\S]*?<SegmentTimeline>([\s\S]*?)<\/Seg/g)) {
    let number = Number(start);
    for (const [, repeat = '0'] of runs.matchAll(/<S [^>]*?(?:r="(\d+)")?\/>/g)) {
      for (let i = 0; i <= Number(repeat); i++) numbers.push(number++);
    }
  }
  return numbers.join(' ');
}

const listedHls = (text: string) =>
  text.startsWith('<') ? text : [...text.matchAll(/^(\d+)\.m4s$/gm)].map(([, number]) => number).join(' ');

const fromBeginning = (startS: number | null, endS: number | null) => {
  const ms = (seconds: number | null) => (seconds === null ? null : seconds * 1_000);
  return { range: { base: 'timeline', startMs: ms(startS), endMs: ms(endS) } } as const;
};

test.each([
  [0, 4, '0 1'],
  [1, 6.5, '0 1 2 3'],
  [5, 21, '2 3 4'],
  [6.5, 20, '3'],
  [7, 20, '<gone>'],
  [8, 19, '<gone>'],
  [10, 23, '4 5'],
  [20, 22, '4'],
  [22, 60, '5'],
  [23.5, null, '5'],
  [null, 20.5, '0 1 2 3 4'],
  [24, 30, '<past_end>'],
  [60, null, '<past_end>'],
])('from %s to %s s by the clock is %s, in DASH as in HLS, by time and by seconds', (startS, endS, expected) => {
  for (const range of [between(startS, endS), fromBeginning(startS, endS)]) {
    expect(listedHls(hls(playlist, range))).toBe(expected);
    expect(listed(mpd(ended, range))).toBe(expected);
  }
});

test('a slice over a break leaves the break out, and its clock is that of its beginning', () => {
  const part = (text: string) => text.replace(/^ {2}<Period[\s\S]*<\/Period>\n/m, '');
  const slice = mpd(ended, between(5, 21));
  expect(part(slice)).toBe(
    '<MPD type="static" availabilityStartTime="2026-11-21T12:00:04.000Z" mediaPresentationDuration="PT4S">\n</MPD>\n',
  );
  expect([...slice.matchAll(/<(?:Period|S) .*>/g)].map(([line]) => line)).toEqual([
    '<Period id="p0" start="PT0S">',
    '<S t="1260000" d="180000"/><S d="90000"/>',
    '<Period id="p1" start="PT3S">',
    '<S t="2700000" d="180000"/>',
  ]);
  const later = mpd(ended, between(21, 23));
  expect(later).toContain('availabilityStartTime="2026-11-21T12:00:20.000Z" mediaPresentationDuration="PT3S"');
});

/** A period whose sound begins a frame of 1024 samples before its picture, as encoders make it. */
const withSound = (id: string, attributes: string, videoTicks: number, audioTicks: number) =>
  `  <Period id="${id}" ${attributes}>
    <EventStream schemeIdUri="urn:x" timescale="1000"><Event presentationTime="500"/></EventStream>
    <AdaptationSet id="1" contentType="video">
      <SegmentTemplate timescale="90000" presentationTimeOffset="${videoTicks - 1_920}" media="$RepresentationID$/$Number$.m4s" startNumber="0">
        <SegmentTimeline>
          <S t="${videoTicks}" d="180000" r="1"/>
        </SegmentTimeline>
      </SegmentTemplate>
      <Representation id="v360"/>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio">
      <SegmentTemplate timescale="48000" presentationTimeOffset="${audioTicks}" media="$RepresentationID$/$Number$.m4s" startNumber="0">
        <SegmentTimeline>
          <S t="${audioTicks}" d="96256" r="1"/>
        </SegmentTimeline>
      </SegmentTemplate>
      <Representation id="a1"/>
    </AdaptationSet>
  </Period>
`;
const soundFirst = (attributes: string, of = 'type="static" mediaPresentationDuration="PT8.044S"') =>
  `<MPD ${of} availabilityStartTime="2026-11-21T12:00:00.000Z">
${withSound('p0', attributes, 901_920, 480_000)}${withSound('p1', 'start="PT4.022S"', 1_801_920, 960_000)}</MPD>
`;
const beginnings = (text: string) => {
  const [, second = ''] = text.split('<Period id="p1"');
  return [...second.matchAll(/(?<=^|\s)(?:start|presentationTimeOffset|startNumber|<S t)="([^"]*)"/g)].map(([whole]) =>
    whole.replace('presentationTimeOffset', 'offset'),
  );
};

test('in a closed slice a period begins with its first picture, at the same time as before, and not with a frame of sound', () => {
  const slice = mpd(soundFirst('start="PT0S"'), fromBeginning(1, 7));
  expect(beginnings(slice)).toEqual([
    'start="PT4.022333S"',
    'offset="21"',
    'offset="1801920"',
    'startNumber="0"',
    '<S t="1801920"',
    'offset="961024"',
    'startNumber="0"',
    '<S t="960000"',
  ]);
  // The first one, too, though its zero is a whole millisecond.
  expect(slice).toMatch(/<Period id="p0" start="PT0S">[\s\S]*presentationTimeOffset="901920"[\s\S]*="481024"[\s\S]*p1/);
  // One that tells its length is not followed later, and nothing begins where the slice is over.
  const asBefore = ['offset="1800000"', 'startNumber="0"', '<S t="1801920"', 'offset="960000"'];
  const told = mpd(soundFirst('start="PT0S" duration="PT4.022S"'), fromBeginning(1, 7));
  expect(beginnings(told)).toEqual(['start="PT4.001S"', ...asBefore, 'startNumber="0"', '<S t="960000"']);
  expect(mpd(soundFirst('start="PT0S"'), fromBeginning(1, 4.03))).not.toContain('offset="961024"');
  // While its end lies ahead its periods stay where they are.
  const live = mpd(soundFirst('start="PT0S"', 'type="dynamic"'), fromBeginning(1, 30));
  expect(beginnings(live).slice(0, 2)).toEqual(['start="PT4.001S"', 'offset="1800000"']);
});

test('a bound on the rounded time of a segment takes no neighbour along', () => {
  // 60 frames of 59.94: segments begin at 0, 2.0004, 4.0008 s, and HLS tells 12:00:02.000, 12:00:04.001.
  const odd = ended.replace('<S t="900000" d="180000" r="2"/><S d="90000"/>', '<S t="900000" d="180036" r="2"/>');
  expect(listed(mpd(odd, between(2, 4.001)))).toBe('1');
  const offset = /presentationTimeOffset="(\d+)"/.exec(mpd(odd, between(2, 4.001)))?.[1];
  expect(Number(offset)).toBeGreaterThanOrEqual(1_080_000);
  expect(mpd(odd, between(2, 4.001))).toContain('<S t="1080036" d="180036"/>');
  const early = ended.replace('<S t="900000" d="180000" r="2"/><S d="90000"/>', '<S t="900000" d="179964" r="2"/>');
  expect(listed(mpd(early, between(2, 3.999)))).toBe('1');
});

test('without the time of each period, times count from availabilityStartTime as before', () => {
  const untold = ended.replace(/ *<ProducerReferenceTime.*\n/g, '');
  expect(listed(mpd(untold, between(8, 10)))).toBe('4 5');
  expect(listed(mpd(untold.replace(/ availabilityStartTime="[^"]*"/, ''), between(8, 10)))).toBe('<no_clock>');
});
