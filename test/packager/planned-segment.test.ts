import { expect, it } from 'vitest';
import type { Packager, RunPlan, TrackSink } from '../../origin/packager/packager.ts';
import type { LiveWindow } from '../../origin/packager/window.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12, 0, 0);
const video = { name: 'v720', kind: 'video', frameRate: 30, bitrate: 2_500_000 } as const;
const audio = { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false } as const;

interface Source {
  readonly gopMs: number;
  readonly keyframes: RunPlan['keyframes'];
  /** How long after a keyframe its media comes, parts. */
  readonly lagParts: number;
}

/** Feeds video in parts of 200 ms and AAC in parts of ten frames, and calls back after each. */
function play({ gopMs, keyframes, lagParts }: Source, parts: number, onPart: (window: LiveWindow) => void): Packager {
  const { packager, window } = createLiveWindow();
  const renditions = [{ ...video, passthrough: keyframes === 'source' }, audio];
  const run = packager.beginRun({ renditions, keyframes, gopMs, partTargetMs: 201, anchorMs });
  const [v, a] = renditions.map(({ name, kind }) => {
    const sink = packager.openTrack(run, name) as TrackSink;
    sink.data(initSegment(kind));
    return sink;
  });
  let audioTicks = 480_000 - 1_024;
  let seenMs = -gopMs;
  for (let part = 0; part < parts; part++) {
    const atMs = part * 200;
    for (; seenMs + gopMs <= atMs + lagParts * 200; seenMs += gopMs) packager.keyframe(seenMs + gopMs);
    const durationsTicks = Array(6).fill(3_000);
    v?.data(chunk({ startTicks: 900_000 + atMs * 90, durationsTicks, independent: atMs % gopMs === 0 }));
    for (; audioTicks + 10_240 <= 480_000 + (atMs + 200) * 48; audioTicks += 10_240) {
      a?.data(chunk({ startTicks: audioTicks, durationsTicks: Array(10).fill(1_024), independent: true }));
    }
    onPart(window);
  }
  return packager;
}

/** Start and duration of every segment that an MPD lists, by rendition and number. */
function listed(mpd: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name, number, timeline = ''] of mpd.matchAll(
    /<Representation id="(\w+)"[\s\S]*?startNumber="(\d+)"[\s\S]*?<SegmentTimeline>([\s\S]*?)<\/SegmentTimeline>/g,
  )) {
    let msn = Number(number);
    let ticks = 0;
    for (const [, t, d, r] of timeline.matchAll(/<S (?:t="(\d+)" )?d="(\d+)"(?: r="(\d+)")?\/>/g)) {
      ticks = t === undefined ? ticks : Number(t);
      for (let i = 0; i <= Number(r ?? 0); i++, ticks += Number(d)) found.set(`${name}/${msn++}`, `${ticks} ${d}`);
    }
  }
  return found;
}

/** What was listed at the live edge before and is no more. */
function lost(said: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const newest = Math.max(...[...now.keys()].map((name) => Number(name.split('/')[1])));
  return [...said.keys()].filter((name) => !now.has(name) && Number(name.split('/')[1]) > newest - 5);
}

it.each<[string, Source]>([
  ['keyframes seen at ingest before their media', { gopMs: 2_000, keyframes: 'source', lagParts: 2 }],
  ['keyframes every second', { gopMs: 1_000, keyframes: 'source', lagParts: 1 }],
  ['long keyframe intervals', { gopMs: 4_000, keyframes: 'source', lagParts: 1 }],
  ['a fixed grid', { gopMs: 2_000, keyframes: 2_000, lagParts: 0 }],
])('what an MPD says of a segment before it is made comes true: %s', (_, source) => {
  const said = new Map<string, string>();
  let early = 0;
  const packager = play(source, 150, (window) => {
    const now = listed(window.mpd(anchorMs) ?? '');
    expect(lost(said, now)).toEqual([]);
    for (const [name, times] of now) {
      expect(said.get(name) ?? times, name).toBe(times);
      said.set(name, times);
      const [rendition = '', msn] = name.split('/');
      if (window.segment(rendition, Number(msn)).kind !== 'found') early++;
    }
  });
  expect(early).toBeGreaterThan(100);
  for (const [name, { timeline }] of packager.tracks) {
    for (const { msn, startTicks, durationTicks } of timeline.segments) {
      expect(said.get(`${name}/${msn}`)).toBe(`${startTicks} ${durationTicks}`);
    }
  }
});

it('lists the segment in the making from its first part on, and none before', () => {
  const counts: number[] = [];
  play({ gopMs: 2_000, keyframes: 'source', lagParts: 1 }, 20, (window) => {
    counts.push([...listed(window.mpd(anchorMs) ?? '').keys()].filter((name) => name.startsWith('v720')).length);
  });
  expect(counts).toEqual([...Array(9).fill(0), 1, ...Array(9).fill(2), 2]);
});
