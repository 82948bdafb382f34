import { describe, expect, it } from 'vitest';
import { type BlockingState, formatDirectives, judgeBlocking, parseDirectives } from '#shared/hls/directives.ts';
import { formatPlaylistState, parsePlaylistState } from '#shared/wire/playlist-state.ts';

const parse = (query: string) => parseDirectives(new URLSearchParams(query));
const open: BlockingState = { msn: 10, part: 3, complete: false, partTargetS: 0.2, ended: false };
const complete: BlockingState = { ...open, part: 9, complete: true };
const ask = (msn: number, part: number | null = null) => ({ msn, part, skip: null });

describe('delivery directives', () => {
  it.each([
    ['', { msn: null, part: null, skip: null }],
    ['_HLS_msn=10', { msn: 10, part: null, skip: null }],
    ['_HLS_part=0&_HLS_msn=10&_HLS_skip=v2&x=1', { msn: 10, part: 0, skip: 'v2' }],
    ['_HLS_part=1', 'part_without_msn'],
    ['_HLS_msn=-1', 'not_an_integer'],
    ['_HLS_msn=1e3', 'not_an_integer'],
    ['_HLS_msn=99999999999999999999', 'not_an_integer'],
    ['_HLS_msn=1&_HLS_part=NaN', 'not_an_integer'],
    ['_HLS_msn=1&_HLS_msn=2', 'repeated'],
    ['_HLS_skip=no', 'bad_skip'],
  ])('%s', (query, expected) => {
    expect(parse(query)).toEqual(expected);
  });

  it('have one canonical form', () => {
    expect(formatDirectives({ msn: 1, part: 2, skip: 'YES' })).toBe('?_HLS_msn=1&_HLS_part=2&_HLS_skip=YES');
    expect(formatDirectives({ msn: null, part: null, skip: null })).toBe('');
  });
});

describe('blocking requests (rules 2, 3, 5, 6, 7, 9)', () => {
  it.each<[string, BlockingState, { msn: number; part: number | null }, string]>([
    ['a listed segment', open, ask(9), 'now'],
    ['a listed part', open, ask(10, 3), 'now'],
    ['the next part', open, ask(10, 4), 'hold'],
    ['the open segment as a whole', open, ask(10), 'hold'],
    ['the complete segment as a whole', complete, ask(10), 'now'],
    ['a part past the final one is the next segment’s first', complete, ask(10, 10), 'hold'],
    ['the next segment', open, ask(11), 'hold'],
    ['two ahead', open, ask(12), 'hold'],
    ['three ahead', open, ask(13), 'too_far'],
    ['parts within the advance limit', open, ask(10, 18), 'hold'],
    ['parts past the advance limit', open, ask(10, 19), 'too_far'],
    ['parts of the coming segment within the limit', complete, ask(11, 14), 'hold'],
    ['parts of the coming segment past the limit', complete, ask(11, 15), 'too_far'],
    ['anything of an ended broadcast', { ...open, ended: true }, ask(99), 'now'],
  ])('%s', (_, state, asked, verdict) => {
    expect(judgeBlocking(state, { ...asked, skip: null })).toBe(verdict);
  });
});

it('the playlist state header is read back as it was written', () => {
  const state = { msn: 12, part: -1, complete: true, targetDurationS: 2, partTargetS: 0.21334, ended: false };
  expect(formatPlaylistState(state)).toBe('msn=12;part=-1;complete=1;td=2;pt=0.21334;ended=0');
  expect(parsePlaylistState(formatPlaylistState(state))).toEqual(state);
  expect(parsePlaylistState('msn=;part=1')).toBeNull();
  expect(parsePlaylistState(null)).toBeNull();
});
