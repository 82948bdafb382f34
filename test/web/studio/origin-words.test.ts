import { describe, expect, it } from 'vitest';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { joinWords } from '../../../web/src/studio/join-words.ts';
import {
  drainSentence,
  originLines,
  originTrouble,
  originWords,
  removeSentence,
} from '../../../web/src/studio/origin-words.ts';
import { joinTokenOf, nowMs, originOf } from './facts.ts';

const words = (different: Parameters<typeof originOf>[0] = {}) =>
  originWords(originOf(different), nowMs, 'en-GB', 'UTC');

describe('an origin', () => {
  const gone = { dead: true, seenMs: nowMs - 5_400_000 };
  it.each([
    [{}, 'Takes publishers', 'good', false],
    [{ broadcasts: broadcastLimits.broadcastsMax }, 'Full', 'busy', false],
    [{ draining: true }, 'Draining, 3 to go', 'busy', false],
    [{ draining: true, broadcasts: 0 }, 'Drained: it can be stopped', 'off', true],
    [gone, 'Not heard since 21 Nov 2026, 10:30', 'bad', true],
    [{ ...gone, draining: true }, 'Not heard since 21 Nov 2026, 10:30, and drained', 'bad', true],
  ] as const)('%o is told', (different, state, tone, isRemovable) =>
    expect(words(different)).toMatchObject({ state, tone, isRemovable }),
  );

  it('has figures, a place and addresses', () => {
    expect(words()).toMatchObject({
      place: 'Frankfurt · eu-central',
      figures: { 'On air': '3 broadcasts', Load: '43 %', Encodes: '4.5 × 720p30', Heard: '2 s ago', Version: '0.1.0' },
      unlisted: '',
      rtmp: 'rtmp://fra-1.example.com:1935/live',
      rtmps: 'rtmps://fra-1.example.com:1936/live',
    });
    const one = words({ ...gone, broadcasts: 1 });
    expect(one.figures).toMatchObject({ 'On air': '1 broadcast', Load: '–', Heard: '1 h 30 min ago' });
  });

  it('may say little of itself', () => {
    const bare = words({ ingest: null, region: null, capacity: null, broadcasts: 0, seenMs: nowMs + 400 });
    expect(bare).toMatchObject({ place: '', rtmp: null, rtmps: null });
    expect(bare.figures).toMatchObject({ 'On air': 'no broadcasts', Encodes: '–', Heard: '0 s ago' });
    expect(bare.unlisted).toContain('HEADWATER_INGEST_HOST');
  });
});

describe('draining and removing', () => {
  it('warns before nobody can go live any more', () => {
    const warning = 'No other origin takes publishers now: nobody can go live until one does.';
    const busy = [{ dead: true }, { draining: true }].map((more) => originOf({ id: 'ams-1', ...more }));
    expect(drainSentence('fra-1', [originOf(), ...busy])).toContain(warning);
    const sentence = drainSentence('fra-1', [originOf(), originOf({ id: 'ams-1' })]);
    expect(sentence).not.toContain(warning);
    expect(sentence).toContain('a backup encoder at another origin waits for move there');
  });

  it('tells what brings a removed one back', () => {
    expect(removeSentence(originOf())).toContain('it takes another join token to come back');
    expect(removeSentence(originOf({ key: null }))).toContain('back in this list with its next heartbeat');
  });
});

describe('a new origin', () => {
  const form = { id: 'fra-2', url: ' https://fra-2.example.com ', ingestHost: '', region: ' ' };

  it('gets the lines of its environment, and none that would be empty', () => {
    expect(originLines(form, 'https://live.example.com', 'jt_1_secret').split('\n')).toEqual([
      'HEADWATER_ORIGIN_ID=fra-2',
      'HEADWATER_CONTROL_URL=https://live.example.com',
      'HEADWATER_JOIN_TOKEN=jt_1_secret',
      'HEADWATER_PUBLIC_URL=https://fra-2.example.com',
    ]);
    const more = originLines(
      { ...form, ingestHost: 'fra-2.example.com', region: 'eu' },
      'https://live.example.com',
      '',
    );
    expect(more.split('\n').slice(-2)).toEqual(['HEADWATER_INGEST_HOST=fra-2.example.com', 'HEADWATER_REGION=eu']);
  });

  it('may have the id of one that is gone, and of none that is at work', () => {
    const known = [originOf(), originOf({ id: 'iad-1', dead: true })];
    expect(['fra-1', 'iad-1', 'fra-2'].map((id) => originTrouble(id, known) !== '')).toEqual([true, false, false]);
  });
});

describe('a join token', () => {
  it('has words for every state', () => {
    const states = ['good', 'used_up', 'expired', 'revoked'] as const;
    const told = states.map((state) => joinWords(joinTokenOf({ state }), nowMs));
    expect(told.map(({ state }) => state)).toEqual(['Good', 'Used up', 'Expired', 'Revoked']);
    expect(told.map(({ isOpen }) => isOpen)).toEqual([true, false, false, false]);
  });

  it('says whom it lets in, until when, and how often it did', () => {
    expect(joinWords(joinTokenOf(), nowMs)).toMatchObject({
      ...{ name: 'fra-2', scope: 'Any new origin · made by administrator', ends: 'in 59 min', uses: '0 of 1' },
    });
    const used = joinTokenOf({ label: '', origin: 'fra-2', uses: 1, lastUsedMs: nowMs - 120_000, expiresMs: nowMs });
    expect(joinWords(used, nowMs)).toMatchObject({
      ...{ name: 'Without a name', scope: 'fra-2 alone · made by administrator' },
      ...{ ends: 'less than a minute ago', uses: '1 of 1, last 2 min ago' },
    });
  });
});
