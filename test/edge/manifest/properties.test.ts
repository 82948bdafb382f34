import fc from 'fast-check';
import { expect, test } from 'vitest';
import { roundingMs } from '../../../workers/manifest/mpd/cut.ts';
import { hls, mpd } from '../../support/manifests.ts';
import { readMediaPlaylist, readMpd } from '../../support/oracles.ts';

/** Every carrier of a URI (rule 33), `@` standing for it. */
const carriers = [
  '@',
  '#EXT-X-KEY:METHOD=AES-128,URI="@",IV=0x1',
  '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="@"',
  '#EXT-X-MAP:URI="@",BYTERANGE="1@0"',
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="URI=x",NAME="a,URI=b",URI="@"',
  '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="@"',
  '#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,URI="@"',
  '#EXT-X-PART:DURATION=1,URI="@",INDEPENDENT=YES',
  '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="@",BYTERANGE-START=0',
  '#EXT-X-RENDITION-REPORT:URI="@",LAST-MSN=1',
  '#EXT-X-SESSION-DATA:DATA-ID="x",URI="@"',
  '#EXT-X-CONTENT-STEERING:SERVER-URI="@",PATHWAY-ID="a"',
  '#EXT-X-DATERANGE:ID="x",START-DATE="2026-11-21T12:00:00Z",X-ASSET-URI="@"',
  '#EXT-X-DATERANGE:ID="x",START-DATE="2026-11-21T12:00:00Z",X-ASSET-LIST="@"',
];

const others = [
  '#EXTM3U',
  '#EXTINF:1,URI="x"',
  '# URI="x"',
  '',
  '#EXT-X-STREAM-INF:BANDWIDTH=1',
  '#EXT-X-NEW:URI="x"',
  '#',
];

const relative = fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}(\/[a-z0-9._-]{1,8}){0,3}(\?[a-z=&]{1,9})?$/);
const line = fc.oneof(
  fc.record({ shape: fc.constantFrom(...carriers), uri: relative }),
  fc.record({ shape: fc.constantFrom(...others), uri: fc.constant('') }),
);
const playlist = fc.record({ lines: fc.array(line, { maxLength: 30 }), newline: fc.constantFrom('\n', '\r\n') });

const write = ({ lines, newline }: { lines: { shape: string; uri: string }[]; newline: string }, prefix: string) =>
  lines.map(({ shape, uri }) => shape.replace('@', uri === '' ? '' : prefix + uri)).join(newline);

test('a prefix comes in front of every relative URI and changes nothing else; nothing asked is nothing changed', () => {
  fc.assert(
    fc.property(playlist, (given) => {
      const text = write(given, '');
      expect(hls(text, {})).toBe(text);
      expect(hls(text, { carry: {} })).toBe(text);
      expect(hls(text, { carry: { prefix: '../p/' } })).toBe(write(given, '../p/'));
    }),
  );
});

test('any text at all survives without options, and no option throws', () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...carriers, ...others, '<', '"', '<MPD>', '<S t="1"/>')).map((lines) => lines.join('\n')),
  );
  fc.assert(
    fc.property(text, (given) => {
      expect(hls(given, {})).toBe(given);
      expect(mpd(given, {})).toBe(given);
      const range = { base: 'timeline', startMs: 1, endMs: 2 } as const;
      for (const rewrite of [hls, mpd])
        rewrite(`<MPD>${given}`, { range, lowLatency: false, filter: { maxHeight: 1 } });
    }),
  );
});

interface Made {
  readonly durationsMs: readonly number[];
  readonly cuts: readonly number[];
  readonly hasDates: boolean;
}

const made: fc.Arbitrary<Made> = fc.record({
  durationsMs: fc.array(fc.integer({ min: 200, max: 4_000 }), { minLength: 1, maxLength: 20 }),
  cuts: fc.array(fc.nat(19), { maxLength: 4 }),
  hasDates: fc.boolean(),
});

const zeroMs = Date.UTC(2026, 10, 21, 12);

function startsOf({ durationsMs }: Made): number[] {
  return durationsMs.map((_, i) => durationsMs.slice(0, i).reduce((sum, ms) => sum + ms, 0));
}

function writeMade(given: Made): string {
  const starts = startsOf(given);
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:4', '#EXT-X-MEDIA-SEQUENCE:0'];
  for (const [msn, durationMs] of given.durationsMs.entries()) {
    const isCut = given.cuts.includes(msn);
    if (isCut) lines.push('#EXT-X-DISCONTINUITY');
    if (isCut || msn === 0) lines.push(`#EXT-X-MAP:URI="init-${msn}.mp4"`);
    if (given.hasDates) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(zeroMs + (starts[msn] ?? 0)).toISOString()}`);
    lines.push(`#EXTINF:${durationMs / 1_000},`, `${msn}.m4s`);
  }
  return `${lines.join('\n')}\n`;
}

test('a slice holds the segments that touch its range, in a playlist that two parsers read, with the right init segment', () => {
  fc.assert(
    fc.property(made, fc.nat(40_000), fc.integer({ min: 1, max: 40_000 }), (given, startMs, lengthMs) => {
      const endMs = startMs + lengthMs;
      const starts = startsOf(given);
      const wanted = given.durationsMs.flatMap((ms, i) => {
        const at = starts[i] ?? 0;
        return at < endMs && at + ms > startMs ? [i] : [];
      });
      const text = hls(writeMade(given), { range: { base: 'timeline', startMs, endMs } });
      if (wanted.length === 0) return void expect(text).toBe('<not_yet>');
      const read = readMediaPlaylist(text);
      expect(read.segments).toEqual(wanted.map((msn) => `${msn}.m4s`));
      expect(read.mediaSequence).toBe(wanted[0]);
      const first = wanted[0] ?? 0;
      expect(read.init).toBe(
        `init-${Math.max(0, ...given.cuts.filter((msn) => msn <= first && msn < given.durationsMs.length))}.mp4`,
      );
      const totalMs = given.durationsMs.reduce((sum, ms) => sum + ms, 0);
      expect(text.includes('#EXT-X-ENDLIST')).toBe(totalMs >= endMs);
      const passed = given.cuts.filter((msn, i) => msn < first && given.cuts.indexOf(msn) === i).length;
      expect(text.includes(`#EXT-X-DISCONTINUITY-SEQUENCE:${passed}\n`)).toBe(passed > 0);
    }),
  );
});

test('once a slice is closed, what is added to the playlist later changes nothing in it', () => {
  fc.assert(
    fc.property(
      made,
      fc.nat(20_000),
      fc.integer({ min: 1, max: 9_000 }),
      fc.integer({ min: 200, max: 4_000 }),
      (given, startMs, lengthMs, more) => {
        const options = { range: { base: 'timeline', startMs, endMs: startMs + lengthMs } } as const;
        const before = hls(writeMade(given), options);
        fc.pre(before.includes('ENDLIST'));
        expect(hls(writeMade({ ...given, durationsMs: [...given.durationsMs, more] }), options)).toBe(before);
      },
    ),
  );
});

test('a slice of an MPD names the segments that touch its range, from the beginning of the first, and its end is exact', () => {
  const run = fc.record({ d: fc.integer({ min: 500, max: 4_000 }), r: fc.nat(5) });
  fc.assert(
    fc.property(
      fc.array(run, { minLength: 1, maxLength: 5 }),
      fc.nat(30_000),
      fc.integer({ min: 200, max: 30_000 }),
      (runs, startMs, lengthMs) => {
        const durations = runs.flatMap(({ d, r }) => Array<number>(r + 1).fill(d));
        const starts = durations.map((_, i) => durations.slice(0, i).reduce((sum, ms) => sum + ms, 0));
        const endMs = startMs + lengthMs;
        const items = runs
          .map(({ d, r }, i) => `<S ${i === 0 ? 't="700" ' : ''}d="${d}"${r > 0 ? ` r="${r}"` : ''}/>`)
          .join('\n');
        const totalMs = durations.reduce((sum, ms) => sum + ms, 0);
        const text = `<MPD type="static" mediaPresentationDuration="PT${totalMs / 1_000}S"><Period start="PT0S"><AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1" width="2" height="2"><SegmentTemplate timescale="1000" presentationTimeOffset="700" startNumber="3" initialization="i.mp4" media="$Number$.m4s"><SegmentTimeline>\n${items}\n</SegmentTimeline></SegmentTemplate></Representation></AdaptationSet></Period></MPD>`;
        const sliced = mpd(text, { range: { base: 'timeline', startMs, endMs } });
        const wanted = durations.flatMap((ms, i) =>
          (starts[i] ?? 0) < endMs - roundingMs && (starts[i] ?? 0) + ms > startMs + roundingMs ? [i + 3] : [],
        );
        const firstMs = starts[(wanted[0] ?? 0) - 3] ?? 0;
        if (startMs >= totalMs) return void expect(sliced).toBe('<past_end>');
        if (startMs + roundingMs >= totalMs) return void expect(sliced).toBe('<gone>');
        expect(readMpd(sliced, 'http://x/').map((url) => url.slice('http://x/'.length))).toEqual(
          wanted.map((msn) => `${msn}.m4s`),
        );
        expect(sliced).toContain(`mediaPresentationDuration="PT${(Math.min(endMs, totalMs) - firstMs) / 1_000}S"`);
        expect(sliced).toContain(`presentationTimeOffset="${700 + firstMs}"`);
      },
    ),
  );
});
