import { judgeBlocking } from '#shared/hls/directives.ts';
import { edgeOf, type MediaPlaylist } from '../../conformance/hls/model.ts';
import type { LiveWindow } from '../../origin/packager/window.ts';

/** Whether the store has an object, by its path below the broadcast. */
export type IsStored = (path: string) => boolean;

type BlockingState = Parameters<typeof judgeBlocking>[0];

/** Where a delta update says something else of what it lists than the whole playlist. */
export function deltaFaults(whole: MediaPlaylist, delta: MediaPlaylist): string[] {
  const from = delta.skipped?.segments ?? 0;
  const seen = (playlist: MediaPlaylist, since: number) => {
    // Lines, and what was skipped with its tags, are the delta's own.
    const own = { line: 0, run: 0, map: null, parts: [] };
    const listed = playlist.segments.slice(since).map((segment) => ({ ...segment, ...own }));
    return JSON.stringify([listed, edgeOf(playlist)]);
  };
  const isSame = seen(whole, from) === seen(delta, 0);
  return isSame ? [] : [`delta: ${delta.url} says something else than the whole playlist`];
}

/** What is listed and cannot be had, and hints that are not waited for. */
export function servedFaults(
  window: LiveWindow,
  name: string,
  { segments, openParts, hints }: MediaPlaylist,
  isStored: IsStored,
): string[] {
  const faults: string[] = [];
  const note = (path: string, kind: string, ...fit: readonly string[]) => {
    const isThere = kind === 'stored' ? isStored(`${name}/${path}`) : fit.includes(kind);
    if (!isThere) faults.push(`served: ${name}/${path} is ${kind}`);
  };
  for (const { msn, uri, gap, parts, map } of segments) {
    const { kind } = window.segment(name, msn);
    if (!gap) note(uri, kind, 'found');
    else if (kind === 'found') faults.push(`served: ${name}/${uri} is there, but listed as a gap`);
    const init = map?.url.split('/').at(-1) ?? '';
    if (map) note(init, window.init(name, Number(/\d+/.exec(init)?.[0])).kind, 'found');
    for (const part of parts) note(part.uri, window.part(name, part.msn, part.index).kind, 'found');
  }
  for (const part of openParts) note(part.uri, window.part(name, part.msn, part.index).kind, 'found');
  for (const { uri } of hints) {
    const [msn = -1, part = -1] = uri.split('.').map(Number);
    note(uri, window.part(name, msn, part).kind, 'wait');
  }
  return faults;
}

/** Blocking requests near the edge that are not let go when, and only when, the text has what they wait for (rules 2 to 7). */
export function blockingFaults(state: BlockingState, playlist: MediaPlaylist): string[] {
  const { msn: next, part: last } = edgeOf(playlist);
  const parts = playlist.segments.at(-1)?.parts.length ?? 0;
  const faults: string[] = [];
  const note = (msn: number, part: number | null, due: string) => {
    const verdict = judgeBlocking(state, { msn, part, skip: null });
    if (verdict !== due) faults.push(`blocking: ${playlist.url} ${msn}.${part}: ${verdict} instead of ${due}`);
  };
  if (playlist.ended) {
    note(next + 9, null, 'now');
    return faults;
  }
  for (const msn of [next - 1, next, next + 1]) note(msn, null, msn < next ? 'now' : 'hold');
  for (const part of [last, last + 1, last + 2]) if (part >= 0) note(next, part, part <= last ? 'now' : 'hold');
  if (parts > 0) {
    note(next - 1, parts - 1, 'now');
    // Past the last part of a complete segment lies part 0 of the next one.
    note(next - 1, parts, last >= 0 ? 'now' : 'hold');
  }
  note(next + 3, null, 'too_far');
  return faults;
}
