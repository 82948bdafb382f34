import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packagerLimits } from '#shared/limits/packager.ts';
import { emptyRecord, foldRecord, type RecordEntry } from '#shared/model/record.ts';
import type { RenditionTimeline } from '#shared/model/timeline.ts';
import type { Packager, RunPlan, TrackSink } from '../../origin/packager/packager.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';

const plan: RunPlan = {
  renditions: [
    { name: 'v720', kind: 'video', frameRate: 30, bitrate: 2_500_000, passthrough: true },
    { name: 'v360', kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false },
    { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false },
  ],
  keyframes: 'source',
  gopMs: 2_000,
  partTargetMs: 201,
  anchorMs: Date.UTC(2026, 10, 21, 12, 0, 0),
};

function create(onMisaligned: (rendition: string) => void = () => {}) {
  return createLiveWindow({ events: { onMisaligned } });
}

/** Feeds one encoder run: keyframes every gopMs, parts of 200 ms, AAC parts of 10 frames. */
class Encoder {
  readonly #packager: Packager;
  readonly #sinks: Record<string, TrackSink>;
  #videoMs: number;
  #audioTicks: number;
  readonly #gopMs: number;
  readonly #startMs: number;

  constructor(packager: Packager, startMs = 0, gopMs = 2_000, runPlan: RunPlan = plan) {
    const run = packager.beginRun(runPlan);
    this.#packager = packager;
    this.#startMs = startMs;
    this.#videoMs = startMs;
    this.#audioTicks = 480_000 - 1_024 + startMs * 48;
    this.#gopMs = gopMs;
    const open = ({ name, kind }: RunPlan['renditions'][number]) => {
      const sink = packager.openTrack(run, name) as TrackSink;
      sink.data(initSegment(kind));
      return [name, sink] as const;
    };
    this.#sinks = Object.fromEntries(runPlan.renditions.map(open));
    packager.keyframe(startMs);
  }

  /** Media of one part; the keyframe after it has already been seen at ingest. */
  part(): void {
    const startMs = this.#videoMs;
    const independent = (startMs - this.#startMs) % this.#gopMs === 0;
    this.#videoMs += 200;
    if ((this.#videoMs - this.#startMs) % this.#gopMs === 0) this.#packager.keyframe(this.#videoMs);
    const video = chunk({ startTicks: 900_000 + startMs * 90, durationsTicks: Array(6).fill(3_000), independent });
    this.#sinks.v720?.data(video);
    this.#sinks.v360?.data(video);
    while (this.#audioTicks < 480_000 + this.#videoMs * 48 - 10_240) this.#audioPart();
  }

  parts(count: number): void {
    for (let i = 0; i < count; i++) this.part();
  }

  #audioPart(): void {
    const durationsTicks = Array(10).fill(1_024);
    this.#sinks.a1?.data(chunk({ startTicks: this.#audioTicks, durationsTicks, independent: true }));
    this.#audioTicks += 10_240;
  }
}

const timelineOf = (packager: Packager, name: string) => packager.tracks.get(name)?.timeline as RenditionTimeline;
const msns = (timeline: RenditionTimeline) => timeline.segments.map((segment) => segment.msn);

describe('packager', () => {
  it('cuts all renditions into segments of the same numbers', () => {
    const { packager } = create();
    new Encoder(packager).parts(42);
    const [v720, v360, a1] = plan.renditions.map(({ name }) => timelineOf(packager, name));
    expect(msns(v720 as RenditionTimeline)).toEqual([0, 1, 2, 3]);
    expect(v720).toEqual(v360);
    expect(v720?.segments.map((one) => one.durationTicks)).toEqual([180_000, 180_000, 180_000, 180_000]);
    expect(v720?.segments.every((one) => one.parts[0]?.independent)).toBe(true);
    expect(msns(a1 as RenditionTimeline)).toEqual([0, 1, 2, 3].slice(0, a1?.segments.length));
    expect(a1?.targetDurationS).toBe(2);
  });

  it('announces the last part of a segment as such, so that the hint names the next segment', () => {
    const { packager, window } = create();
    const encoder = new Encoder(packager);
    encoder.parts(10);
    expect(timelineOf(packager, 'v720').open).toBeNull();
    expect(window.playlist('v720', false)?.text).toContain('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="1.0.m4s"');
    expect(window.part('v720', 1, 0).kind).toBe('wait');
    encoder.part();
    expect(window.part('v720', 1, 0).kind).toBe('found');
  });

  it('goes on after an encoder restart: numbers go up, a discontinuity is marked, wall-clock time stays true', () => {
    const { packager, window } = create();
    new Encoder(packager).parts(14);
    packager.endRun();
    new Encoder(packager, 60_000).parts(12);
    const { segments } = timelineOf(packager, 'v720');
    expect(segments.map((one) => [one.msn, one.discontinuity, one.initNumber])).toEqual([
      [0, false, 0],
      [1, false, 0],
      [2, true, 1],
    ]);
    expect((segments[2]?.programDateTimeMs ?? 0) - plan.anchorMs).toBe(60_000);
    const text = window.playlist('v720', false)?.text ?? '';
    expect(text).toContain('#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-1.mp4"');
    expect(timelineOf(packager, 'a1').segments.map((one) => one.msn)).toEqual([0, 1, 2]);
    expect(window.mpd(plan.anchorMs)?.match(/<Period /g)).toHaveLength(2);
  });

  it('drops a rendition that a new run no longer makes from the multivariant playlist, and goes on with gaps', () => {
    const { packager, window } = create();
    new Encoder(packager).parts(14);
    packager.endRun();
    const smaller = { ...plan, renditions: plan.renditions.filter(({ name }) => name !== 'v720') };
    new Encoder(packager, 60_000, 2_000, smaller).parts(24);
    expect(window.multivariant()).not.toContain('v720/');
    const kept = timelineOf(packager, 'v360').segments;
    const retired = timelineOf(packager, 'v720').segments;
    expect(retired.map((one) => [one.msn, one.discontinuity])).toEqual(kept.map((one) => [one.msn, one.discontinuity]));
    expect(retired.map((one) => one.gap)).toEqual([false, false, true, true]);
    expect(window.playlist('v720', false)?.text).toContain('#EXT-X-DISCONTINUITY\n');
  });

  it('leaves the past where it is when a later run adds a rendition', () => {
    const { packager } = create();
    const silent = { ...plan, renditions: plan.renditions.filter(({ kind }) => kind === 'video') };
    new Encoder(packager, 0, 2_000, silent).parts(24);
    new Encoder(packager, 5_000).parts(24);
    const before = timelineOf(packager, 'v720').segments.filter((one) => one.initNumber === 0);
    expect(before.map((one) => [one.msn, one.gap])).toEqual([
      [0, false],
      [1, false],
      [2, false],
    ]);
    expect(timelineOf(packager, 'a1').segments[0]?.msn).toBe(3);
  });

  it('renders the MPD once per change, and says when that was', () => {
    const { packager, window } = create();
    const encoder = new Encoder(packager);
    encoder.parts(13);
    const first = window.mpd(plan.anchorMs);
    expect(window.mpd(plan.anchorMs + 1_000)).toBe(first);
    encoder.parts(1);
    const second = window.mpd(plan.anchorMs + 2_000);
    expect(second).toContain('publishTime="2026-11-21T12:00:02.000Z"');
    packager.endRun();
    expect(window.mpd(plan.anchorMs + 3_000)).toContain('publishTime="2026-11-21T12:00:03.000Z"');
    const lists = () => [window.iframePlaylist('v720'), window.segmentList('v720')];
    const before = lists();
    new Encoder(packager, 10_000).parts(24);
    for (const [i, text] of lists().entries()) expect(text).not.toBe(before[i]);
  });

  it('goes on in another process: nothing recorded is lost, no name is used again, the clock of the MPD stays', async () => {
    const before = createLiveWindow({ stores: true });
    new Encoder(before.packager).parts(34);
    // What lines of JSON keep of it.
    const lines = before.record.map((entry) => JSON.parse(JSON.stringify(entry)) as RecordEntry);
    const announced = timelineOf(before.packager, 'v720');
    const restored = foldRecord(lines);
    const { packager, window } = createLiveWindow({
      restored: { record: restored, atMs: plan.anchorMs + 20_000, complete: false },
    });
    const waiting = window.playlist('v720', false);
    expect(waiting?.text).toMatch(
      /^#EXTINF.*\n2\.m4s\n#EXT-X-PROGRAM-DATE-TIME.*\n#EXT-X-GAP\n#EXTINF:2\.00000,\n3\.m4s$/m,
    );
    expect(waiting?.state.msn).toBeGreaterThanOrEqual(announced.open?.msn ?? 0);
    expect(window.segment('v720', 1).kind).toBe('stored');
    expect(window.init('v720', 0).kind).toBe('stored');
    new Encoder(packager, 30_000).parts(24);
    const { segments, discontinuitySequence } = timelineOf(packager, 'v720');
    expect(segments.map(({ msn, gap, discontinuity }) => [msn, gap, discontinuity])).toEqual([
      [0, false, false],
      [1, false, false],
      [2, false, false],
      [3, true, false],
      [4, true, false],
      [5, false, true],
      [6, false, false],
    ]);
    const timesS = segments.map((one) => (one.programDateTimeMs - plan.anchorMs) / 1000);
    expect(timesS).toEqual([0, 2, 4, 6, 8, 30, 32]);
    expect(discontinuitySequence).toBe(0);
    expect(segments.at(-1)?.initNumber).toBe(2);
    const clock = /availabilityStartTime="[^"]*"/;
    expect(window.mpd(plan.anchorMs)?.match(clock)?.[0]).toBe(before.window.mpd(plan.anchorMs)?.match(clock)?.[0]);
    // All that was said of the run before is over long since: the hole belongs to its period, and players find media in this one.
    expect(window.mpd(plan.anchorMs)).toContain('<Period id="p2" start="PT30S">');
  });

  it('uses no number again that can have been announced since the record from which it goes on', () => {
    const before = createLiveWindow({ stores: true });
    new Encoder(before.packager).parts(34);
    // Three segments, and twenty seconds in which there may have been more.
    const record = foldRecord(before.record);
    const restored = { record, atMs: plan.anchorMs + 26_000, complete: false, adopted: true };
    const { packager } = createLiveWindow({ restored });
    new Encoder(packager, 30_000).parts(24);
    const made = timelineOf(packager, 'v720').segments.filter(({ gap }) => !gap);
    expect(made.map(({ msn }) => msn)).toEqual([0, 1, 2, 15, 16]);
  });

  it('has the init segments of segments that were listed a moment ago, and reads those of long ago from the store', () => {
    const { packager, window } = createLiveWindow({ stores: true, dvrWindowS: 6 });
    const runs = packagerLimits.initRunsKept + 3;
    for (let run = 0; run < runs; run++) {
      new Encoder(packager, run * 3_000).parts(12);
      packager.endRun();
    }
    expect(timelineOf(packager, 'v720').segments[0]?.initNumber).toBeGreaterThan(runs - 5);
    const kinds = [0, 1, 2, runs - 1].map((number) => window.init('v720', number).kind);
    expect(kinds).toEqual(['stored', 'stored', 'found', 'found']);
    expect(window.init('v720', runs + 9).kind).toBe('absent');
  });

  it('goes on without a gap where a process has stopped in order', () => {
    const before = createLiveWindow({ stores: true });
    new Encoder(before.packager).parts(34);
    before.packager.endRun();
    const restored = { record: foldRecord(before.record), atMs: plan.anchorMs + 8_000, complete: true };
    const { packager } = createLiveWindow({ restored });
    new Encoder(packager, 8_000).parts(24);
    const { segments } = timelineOf(packager, 'v720');
    expect(segments.map(({ msn, gap, discontinuity }) => [msn, gap, discontinuity])).toEqual([
      [0, false, false],
      [1, false, false],
      [2, false, false],
      [3, false, false],
      [4, false, true],
      [5, false, false],
    ]);
  });

  it('begins anew when nothing was recorded', () => {
    const { packager, window } = createLiveWindow({ restored: { record: emptyRecord, atMs: 0, complete: false } });
    expect([window.multivariant(), window.mpd(plan.anchorMs), window.playlist('v720', false)]).toEqual([
      null,
      null,
      null,
    ]);
    new Encoder(packager).parts(12);
    expect(msns(timelineOf(packager, 'v720'))).toEqual([0]);
  });

  it('marks segments that a rendition has no media for as gaps and keeps its numbers with the others', () => {
    const { packager, window } = create();
    const run = packager.beginRun(plan);
    const video = packager.openTrack(run, 'v720') as TrackSink;
    video.data(initSegment('video'));
    const part = (ms: number) => {
      const durationsTicks = [18_000];
      video.data(chunk({ startTicks: 900_000 + ms * 90, durationsTicks, independent: ms % 2_000 === 0 }));
    };
    for (const ms of [0, 2_000, 4_000, 6_000, 8_000]) packager.keyframe(ms);
    for (let ms = 0; ms < 2_000; ms += 200) part(ms);
    part(6_000);
    const { segments, open } = timelineOf(packager, 'v720');
    expect(segments.map((one) => [one.msn, one.gap])).toEqual([
      [0, false],
      [1, true],
      [2, true],
    ]);
    expect(open?.msn).toBe(3);
    expect(window.segment('v720', 1)).toEqual({ kind: 'hole', initNumber: run });
    expect(window.segment('v720', 0).kind).toBe('found');
    expect(window.segment('v720', 3).kind).toBe('open');
    expect(window.segment('v720', 4).kind).toBe('wait');
  });

  it('keeps dates going forward when a run before was dated too late', () => {
    const { packager } = create();
    new Encoder(packager).parts(14);
    packager.endRun();
    // Its media came on time, so that its anchor is the true one: three seconds earlier.
    new Encoder(packager, 4_000, 2_000, { ...plan, anchorMs: plan.anchorMs - 3_000 }).parts(24);
    for (const name of ['v720', 'v360', 'a1']) {
      const { segments, timescale } = timelineOf(packager, name);
      for (const [i, segment] of segments.entries()) {
        const before = segments[i - 1];
        const endMs = before ? before.programDateTimeMs + (before.durationTicks / timescale) * 1_000 : 0;
        expect(segment.programDateTimeMs).toBeGreaterThanOrEqual(Math.floor(endMs) - 1);
      }
    }
  });

  it('ends every rendition with ENDLIST and a static MPD', () => {
    const { packager, window } = create();
    new Encoder(packager).parts(12);
    packager.end();
    for (const name of ['v720', 'v360', 'a1']) expect(window.playlist(name, false)?.text).toMatch(/#EXT-X-ENDLIST\n$/);
    expect(window.mpd(0)).toMatch(/type="static" .*mediaPresentationDuration="PT2\.4/);
    expect(window.part('v720', 2, 0).kind).toBe('absent');
  });

  it('tells when a segment had to begin without a keyframe, and keeps the target duration', () => {
    const misaligned: string[] = [];
    const { packager } = create((rendition) => misaligned.push(rendition));
    new Encoder(packager, 0, 10_000).parts(40);
    const { segments, targetDurationS } = timelineOf(packager, 'v720');
    expect(misaligned.length).toBeGreaterThan(0);
    for (const one of segments) expect(Math.round(one.durationTicks / 90_000)).toBeLessThanOrEqual(targetDurationS);
  });

  it('lists a frame that a hole in the source has stretched without the hole', () => {
    const { packager } = create();
    const run = packager.beginRun(plan);
    const sink = packager.openTrack(run, 'v720') as TrackSink;
    sink.data(initSegment('video'));
    for (const ms of [0, 2_900, 4_900]) packager.keyframe(ms);
    const at = (ms: number, lastTicks: number) => {
      const durationsTicks = [3_000, 3_000, 3_000, 3_000, 3_000, lastTicks];
      sink.data(chunk({ startTicks: 900_000 + 90 * ms, durationsTicks, independent: ms === 0 || ms === 2_900 }));
    };
    for (let ms = 0; ms < 1_800; ms += 200) at(ms, 3_000);
    at(1_800, 3_000 + 81_000);
    for (let ms = 2_900; ms < 4_900; ms += 200) at(ms, 3_000);
    const { segments, targetDurationS, partTargetS } = timelineOf(packager, 'v720');
    expect(segments.map((one) => one.startTicks)).toEqual([900_000, 900_000 + 90 * 2_900]);
    for (const one of segments) {
      expect(Math.round(one.durationTicks / 90_000)).toBeLessThanOrEqual(targetDurationS);
      for (const part of one.parts) expect(part.durationTicks / 90_000).toBeLessThanOrEqual(partTargetS);
    }
    expect((segments[1]?.programDateTimeMs ?? 0) - (segments[0]?.programDateTimeMs ?? 0)).toBe(2_900);
  });

  it('drops chunks that lie before what is already there', () => {
    const { packager } = create();
    const run = packager.beginRun(plan);
    const sink = packager.openTrack(run, 'v720') as TrackSink;
    sink.data(initSegment('video'));
    const at = (ms: number) => chunk({ startTicks: 900_000 + 90 * ms, durationsTicks: [18_000], independent: true });
    for (const ms of [0, 200, 100, 400]) sink.data(at(ms));
    expect(timelineOf(packager, 'v720').open?.parts).toHaveLength(3);
  });

  it('takes each rendition of a run once, and none after the run', () => {
    const { packager } = create();
    const run = packager.beginRun(plan);
    (packager.openTrack(run, 'v720') as TrackSink).data(initSegment('video'));
    expect(packager.openTrack(run, 'v720')).toBeNull();
    expect(packager.openTrack(run, 'v1080')).toBeNull();
    packager.endRun();
    expect(packager.openTrack(run, 'v360')).toBeNull();
  });

  it('declares a bandwidth that is never less than the encoder’s setting, whatever the first segments need', () => {
    const { packager, window } = create();
    new Encoder(packager).parts(30);
    const declared = [
      ...(window.multivariant() ?? '').matchAll(/X-STREAM-INF:BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+)/g),
    ];
    const audio = 128_000 * 1.25;
    expect(declared.map(([, peak]) => Number(peak))).toEqual([2_500_000 * 1.25 + audio, 700_000 * 1.25 + audio, audio]);
    for (const [, peak, average] of declared) expect(Number(average)).toBeLessThan(Number(peak));
  });

  it('keeps the attributes of a representation for the life of its period', () => {
    const { packager, window } = create();
    const encoder = new Encoder(packager);
    const attributes = () => window.mpd(plan.anchorMs)?.match(/<Representation [^>]*>/g);
    encoder.parts(4);
    expect(window.mpd(plan.anchorMs)).toBeNull();
    encoder.parts(10);
    const first = attributes();
    encoder.parts(60);
    expect(attributes()).toEqual(first);
    expect(first).toHaveLength(3);
  });

  it('keeps the window inside its limit and media for as long again', async () => {
    const { packager, window } = create();
    new Encoder(packager).parts(10 * 70);
    const { segments, whole } = timelineOf(packager, 'v720');
    expect([segments.length, segments[0]?.msn, whole]).toEqual([30, 40, false]);
    expect(window.segment('v720', 10).kind).toBe('found');
    const older = window.segment('v720', 9);
    expect(older.kind === 'stored' && (await older.read())).toBeNull();
  });

  it('lists the whole window of what is stored, and keeps little of it in memory', async () => {
    const { packager, window } = createLiveWindow({ stores: true, dvrWindowS: 100 });
    new Encoder(packager).parts(702);
    const { segments, whole } = timelineOf(packager, 'v720');
    expect([segments.length, segments[0]?.msn, segments.at(-1)?.msn, whole]).toEqual([50, 20, 69, false]);
    expect(window.segment('v720', 58).kind).toBe('found');
    const older = window.segment('v720', 57);
    expect(older.kind === 'stored' && (await older.read())?.length).toBe(segments[37]?.sizeBytes);
    expect(window.part('v720', 57, 0).kind).toBe('gone');
    expect(segments.map((one) => one.parts.length)).toEqual([...Array(20).fill(0), ...Array(30).fill(10)]);
    expect(window.mpd(plan.anchorMs)).toContain('timeShiftBufferDepth="PT100S"');
  });

  it('lists everything when viewers may go back to the beginning', () => {
    const { packager, window } = createLiveWindow({ stores: true, dvrWindowS: Number.POSITIVE_INFINITY });
    new Encoder(packager).parts(702);
    expect(timelineOf(packager, 'v720').segments.length).toBe(70);
    expect(window.mpd(plan.anchorMs)).not.toContain('timeShiftBufferDepth');
  });

  it('goes back to memory when the store fails: the window begins after what is lost', () => {
    const { packager } = createLiveWindow();
    const encoder = new Encoder(packager);
    encoder.parts(101);
    for (const name of ['v720', 'v360', 'a1']) for (let msn = 0; msn < 8; msn++) packager.markStored(name, msn);
    encoder.parts(300);
    expect(timelineOf(packager, 'v720').segments[0]?.msn).toBe(10);
    expect(timelineOf(packager, 'a1').segments[0]?.msn).toBe(10);
  });
});

describe('any sequence of parts, restarts and ends', () => {
  const step = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ kind: fc.constant('parts' as const), count: fc.integer({ min: 1, max: 25 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), pauseMs: fc.nat(30_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), pauseMs: fc.nat(30_000) }) },
  );

  it('keeps the rules of a playlist', () => {
    const gops = fc.constantFrom(1_000, 2_000, 4_000);
    const stays = fc.record({ stores: fc.boolean(), dvrWindowS: fc.constantFrom(30, 60, 7_200) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), gops, stays, (steps, gopMs, options) => {
        let live = createLiveWindow(options);
        const stored = new Map<string, Buffer>();
        const lines: RecordEntry[] = [];
        let clockMs = 0;
        let encoder = new Encoder(live.packager, 0, gopMs, { ...plan, gopMs });
        let lastMsn = -1;
        for (const one of steps) {
          if (one.kind === 'parts') {
            encoder.parts(one.count);
            clockMs += one.count * 200;
          } else {
            if (one.kind === 'kill') {
              lines.push(...live.record.map((entry) => JSON.parse(JSON.stringify(entry)) as RecordEntry));
              for (const [key, bytes] of live.stored) stored.set(key, bytes);
              // Without a store nothing of an earlier process is there to go on with.
              const record = foldRecord(options.stores ? lines : []);
              live = createLiveWindow({
                ...options,
                restored: { record, atMs: plan.anchorMs + clockMs + one.pauseMs + 1_000, complete: false },
              });
              if (!options.stores) lastMsn = -1;
            } else live.packager.endRun();
            clockMs += one.pauseMs + 1_000;
            encoder = new Encoder(live.packager, clockMs, gopMs, { ...plan, gopMs });
          }
          const all = new Map([...stored, ...live.stored]);
          lastMsn = checkRules(live, lastMsn, (name, msn) => all.has(`${name}/${msn}.m4s`));
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** Consecutive numbers, no overlong segment, increasing wall-clock time, every listed object there or in the store. */
function checkRules(
  { packager, window }: ReturnType<typeof createLiveWindow>,
  lastMsn: number,
  isStored: (name: string, msn: number) => boolean,
): number {
  let newest = lastMsn;
  const firsts = new Set<number>();
  for (const [name, { timeline }] of packager.tracks) {
    const { segments, targetDurationS, timescale } = timeline;
    if (segments[0]) firsts.add(segments[0].msn);
    for (const [i, segment] of segments.entries()) {
      const previous = segments[i - 1];
      if (previous) {
        expect(segment.msn).toBe(previous.msn + 1);
        expect(segment.programDateTimeMs).toBeGreaterThanOrEqual(previous.programDateTimeMs);
      }
      expect(Math.round(segment.durationTicks / timescale)).toBeLessThanOrEqual(targetDurationS);
      const { kind } = window.segment(name, segment.msn);
      expect(kind === 'stored' ? isStored(name, segment.msn) : kind).toBe(
        kind === 'stored' ? true : segment.gap ? 'hole' : 'found',
      );
    }
    expect(timeline.nextMsn - 1).toBeGreaterThanOrEqual(lastMsn - 1);
    newest = Math.max(newest, timeline.nextMsn - 1);
  }
  expect(firsts.size).toBeLessThanOrEqual(1);
  return newest;
}
