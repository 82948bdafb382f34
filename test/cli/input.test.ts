import { expect, it } from 'vitest';
import { clipWish } from '../../cli/commands/clip.ts';
import { linkRequest } from '../../cli/commands/link.ts';
import { startArguments } from '../../cli/commands/up.ts';
import { parseCount } from '../../cli/input/count.ts';
import { parseDuration, parsePlace, parseTime } from '../../cli/input/duration.ts';

const nowMs = Date.UTC(2026, 10, 21, 12);
/** Bodies as they are sent: without what is undefined. */
const sent = (body: object) => JSON.parse(JSON.stringify(body));

it.each([
  ['30s', 30_000],
  ['30', 30_000],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['5min', 300_000],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
])('the duration %s', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));

it.each(['', '0s', 'soon', '-5s', '1h bad', '5 m'])('"%s" is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('is not a duration');
});

it.each([
  ['90', 90],
  ['90.5', 90.5],
  ['1m30s', 90],
  ['1:30', 90],
  ['1:02:03.5', 3_723.5],
  ['0', 0],
  ['2026-11-21T12:00:00Z', '2026-11-21T12:00:00Z'],
  ['2026-11-21T13:00:00.250+01:00', '2026-11-21T13:00:00.250+01:00'],
])('the place %s', (text, place) => expect(parsePlace(text)).toBe(place));

it.each(['noon', '2026-11-21T12:00:00', '2026-11-21', '1:2:3:4'])('"%s" is no place', (text) => {
  expect(() => parsePlace(text)).toThrow('is no place');
});

it('reads times with a zone only', () => {
  expect(parseTime('2026-11-21T13:00:00+01:00')).toBe(nowMs);
  expect(() => parseTime('2026-11-21T13:00:00')).toThrow('is not a time');
});

it.each(['0', '-1', '1.5', 'ten', ''])('"%s" is no count', (text) => expect(() => parseCount(text)).toThrow());

it('asks for a clip of the last seconds, or of a range', () => {
  expect(sent(clipWish({ channel: 'news', last: 30_000, title: 'Goal' }))).toEqual({
    channel: 'news',
    title: 'Goal',
    lastS: 30,
  });
  expect(sent(clipWish({ broadcast: 'b_1', start: 60, end: 90.5 }))).toEqual({
    broadcast: 'b_1',
    start: 60,
    end: 90.5,
  });
});

it.each([
  [{ last: 1_000 }, 'Of what?'],
  [{ channel: 'news' }, 'Which piece?'],
  [{ channel: 'news', start: 1 }, 'Which piece?'],
  [{ channel: 'news', start: 1, end: '2026-11-21T12:00:00Z' }, 'two kinds'],
  [{ channel: 'news', start: 90, end: 60 }, 'after --start'],
])('refuses the clip %o', (options, words) => expect(() => clipWish(options)).toThrow(words));

it('asks for a link by preset, duration or time', () => {
  expect(sent(linkRequest({ channel: 'news' }, nowMs))).toEqual({ channel: 'news', preset: '24h' });
  expect(sent(linkRequest({ channel: 'news', for: 'until-end' }, nowMs))).toEqual({
    channel: 'news',
    preset: 'until-end',
  });
  expect(sent(linkRequest({ broadcast: 'b_1', for: '2d' }, nowMs))).toEqual({
    broadcast: 'b_1',
    expiresMs: nowMs + 172_800_000,
  });
  const limits = {
    uses: 3,
    site: ['a.example'],
    country: ['DE', '!US'],
    scope: ['live'] as const,
    maxStreams: 2,
    viewer: 'ada',
  };
  expect(sent(linkRequest({ clip: 'c_1', expires: nowMs + 1, ...limits }, nowMs))).toEqual({
    clip: 'c_1',
    expiresMs: nowMs + 1,
    uses: 3,
    sites: ['a.example'],
    countries: ['DE', '!US'],
    scopes: ['live'],
    maxStreams: 2,
    viewer: 'ada',
  });
});

it.each([
  [{}, 'What does it open?'],
  [{ channel: 'news', maxStreams: 2 }, 'one viewer'],
  [{ channel: 'news', expires: 1 }, 'in the past'],
  [{ channel: 'news', for: 'ever' }, 'is not a duration'],
])('refuses the link %o', (options, words) => expect(() => linkRequest(options, nowMs)).toThrow(words));

it('hands the options of up on to the stack', () => {
  const usual = { data: '.headwater', testCard: true, setup: true };
  const folders = { cwd: '/somewhere', root: '/clone' };
  expect(startArguments(usual, folders)).toEqual(['--data', '/clone/.headwater']);
  const all = {
    ...usual,
    pops: 'fra',
    port: '0',
    rtmpPort: '0',
    rtmpsPort: '0',
    data: 'mine',
    testCard: false,
    quiet: true,
    setup: false,
  };
  expect(startArguments(all, folders).join(' ')).toBe(
    '--pops fra --port 0 --rtmp-port 0 --rtmps-port 0 --data /somewhere/mine --no-test-card --quiet --no-setup',
  );
});
