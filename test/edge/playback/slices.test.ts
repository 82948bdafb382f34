import { expect, test, vi } from 'vitest';
import { noDirectives } from '#shared/hls/directives.ts';
import { parseRecord } from '#shared/model/record.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import { type Answer, refusal, type TierRequest } from '../../../workers/cache/answer.ts';
import { rewriteMpd } from '../../../workers/manifest/mpd/rewrite.ts';
import { splitMpd } from '../../../workers/manifest/mpd/template.ts';
import { isInRange } from '../../../workers/playback/listed.ts';
import { answerRewritten, readRewriting } from '../../../workers/playback/rewrite.ts';
import type { Visit } from '../../../workers/playback/visit.ts';
import { Replay } from '../../../workers/shield/replay.ts';
import { noLimits } from '../../../workers/token/claims.ts';
import { makeBroadcast } from '../../support/finished-broadcast.ts';
import { between } from '../../support/manifests.ts';

const zeroMs = Date.UTC(2026, 10, 21, 12);
const at = (second: number) => new Date(zeroMs + 1_000 * second).toISOString();

/** Segments of two seconds, the first of all at 12:00:00. */
function playlist(first: number, last: number, ended: boolean): Answer {
  const lines = ['#EXTM3U', '#EXT-X-TARGETDURATION:2', `#EXT-X-MEDIA-SEQUENCE:${first}`];
  for (let msn = first; msn <= last; msn++) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${at(2 * msn)}`, '#EXTINF:2.00000,', `${msn}.m4s`);
  }
  const text = [...lines, ...(ended ? ['#EXT-X-ENDLIST'] : []), ''].join('\n');
  const state = { msn: last, part: -1, complete: true, targetDurationS: 2, partTargetS: 0, ended };
  return {
    ...{ status: 200, state, bornMs: Date.now(), from: 'origin' as const },
    body: new TextEncoder().encode(text).buffer as ArrayBuffer,
  };
}

const failure = (code: 'upstream_failed' | 'blocked_too_long') => refusal(code, 'away', Date.now(), 'origin');

let broadcasts = 0;
const newRoute = () => {
  const broadcast = `b_${String(broadcasts++).padStart(20, '0')}`;
  return { kind: 'media-playlist', broadcast, rendition: 'v720' } as const;
};

interface Upstream {
  readonly live: Answer;
  readonly record: Answer;
  /** What a blocking reload gets. */
  readonly reload?: Answer;
}

/** What a viewer of a slice gets: status, segments, and whether it is over. */
async function slice(startS: number, endS: number, upstream: Upstream, msn: number | null = null) {
  const { live, record, reload = live } = upstream;
  const route = newRoute();
  const rewriting = readRewriting(route.kind, `start=${at(startS)}&end=${at(endS)}`);
  if (!rewriting || 'fault' in rewriting) throw new Error('no range');
  const ask = async ({ path, directives }: TierRequest) =>
    path.endsWith('?stored') ? record : directives.msn === null ? live : reload;
  const request = { route, path: formatPlaybackPath(route), directives: { ...noDirectives, msn } };
  const { status, body } = await answerRewritten(request, rewriting, { upstream: ask, waitUntil: () => {} });
  const text = new TextDecoder().decode(body);
  const segments = (text.match(/^\d+(?=\.m4s$)/gm) ?? []).map(Number);
  return [status, segments[0], segments.at(-1), text.includes('#EXT-X-ENDLIST')];
}

test('while its end lies ahead a slice is not over because the origin is away; one that ends in the record is played', async () => {
  const away = { live: failure('upstream_failed'), record: playlist(0, 9, true) };
  expect(await slice(2, 60, away)).toEqual([502, undefined, undefined, false]);
  expect(await slice(2, 6, away)).toEqual([200, 1, 2, true]);
  const stuck = { live: playlist(0, 9, false), record: playlist(0, 8, true), reload: failure('blocked_too_long') };
  expect(await slice(2, 60, stuck, 10)).toEqual([503, undefined, undefined, false]);
  expect(await slice(2, 60, stuck)).toEqual([200, 1, 9, false]);
});

test('a slice whose beginning has left the window comes from the record once that has its end', async () => {
  const live = playlist(5, 20, false);
  expect(await slice(4, 30, { live, record: playlist(0, 10, true) })).toEqual([200, 5, 14, true]);
  expect(await slice(4, 30, { live, record: playlist(0, 14, true) })).toEqual([200, 2, 14, true]);
  const late = playlist(15, 20, false);
  expect(await slice(24, 28, { live: late, record: playlist(0, 12, true) })).toEqual([
    410,
    undefined,
    undefined,
    false,
  ]);
  expect(await slice(24, 28, { live: late, record: playlist(0, 13, true) })).toEqual([200, 12, 13, true]);
});

test('the MPD of a record reaches what its media or a later period does, and nothing after its end', () => {
  const lines = makeBroadcast().record.map((entry) => `${JSON.stringify(entry)}\n`);
  const template = splitMpd(new Replay(parseRecord(lines.join(''))).mpd(zeroMs) ?? '');
  // Media to 7 s, and from 20 s to 27 s, whose last segment was promised to last to 28 s.
  const reached = [5, 7, 15, 22, 27, 30, 3_600].map((endS) => {
    const made = rewriteMpd(template, between(1, endS), zeroMs);
    return typeof made !== 'string' && made.reached;
  });
  expect(reached).toEqual([true, true, true, true, true, false, false]);
});

test('what was listed in a token’s range costs no other look at the playlist, however many ask for its media', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { broadcast, rendition } = newRoute();
  const asked: TierRequest[] = [];
  let live = playlist(0, 20, false);
  const answer = async (request: TierRequest) => {
    asked.push(request);
    const { bornMs: _, ...rest } = live;
    return { ...rest, stream: null, ageMs: 0, counts: null };
  };
  const SHIELD = { idFromName: (name: string) => name, get: () => ({ answer }) };
  const ctx = { waitUntil: () => {} };
  const visit = { request: new Request('http://pop.example/'), env: { SHIELD }, ctx } as unknown as Visit;
  const allows = (msn: number, endS: number) => {
    const limits = { ...noLimits, startMs: zeroMs + 4_000, endMs: zeroMs + 1_000 * endS };
    return isInRange(visit, { kind: 'segment', broadcast, rendition, msn }, limits);
  };
  try {
    for (let msn = 2; msn <= 21; msn++) {
      expect([msn, await allows(msn, 60)]).toEqual([msn, true]);
      vi.advanceTimersByTime(5_000);
    }
    expect(asked).toHaveLength(1);
    expect([await allows(1, 60), await allows(23, 60)]).toEqual([false, false]);
    // The window has moved on, and the range has ended.
    live = playlist(15, 40, false);
    vi.advanceTimersByTime(5_000);
    expect(await Promise.all([29, 2, 30, 31].map((msn) => allows(msn, 60)))).toEqual([true, true, false, false]);
    // Another range is another matter.
    expect([await allows(16, 36), await allows(18, 36)]).toEqual([true, false]);
  } finally {
    vi.useRealTimers();
  }
});
