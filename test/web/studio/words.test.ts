import { describe, expect, it } from 'vitest';
import type { Delivery } from '#shared/api/shapes.ts';
import { eventTypes } from '#shared/model/event-type.ts';
import { clipFacts } from '../../../web/src/studio/clip-words.ts';
import { dateText, sizeText } from '../../../web/src/studio/dates.ts';
import { keysSentence, serverAddresses } from '../../../web/src/studio/encoder-words.ts';
import { fileTrouble, importName, importWords, isOver } from '../../../web/src/studio/import-words.ts';
import { keyWords } from '../../../web/src/studio/key-words.ts';
import { linkWish, linkWords } from '../../../web/src/studio/link-words.ts';
import { formatPlace, parsePlace, sectionNames } from '../../../web/src/studio/place.ts';
import { replayWords } from '../../../web/src/studio/replay-words.ts';
import { isTokenLike } from '../../../web/src/studio/session.ts';
import { changeOf, formOf } from '../../../web/src/studio/settings-form.ts';
import { troubleSentence } from '../../../web/src/studio/trouble.ts';
import { deliveryRow, eventWords, outcomeText, webhookWords } from '../../../web/src/studio/webhook-words.ts';
import { channelOf, clipOf, importOf, ingestOf, keyOf, linkOf, nowMs, replayOf, webhookOf } from './facts.ts';

const dayMs = 86_400_000;

describe('place', () => {
  it.each(sectionNames)('%s is found again', (section) => {
    for (const channel of [null, 'news']) {
      expect(parsePlace(formatPlace({ section, channel }))).toEqual({ section, channel });
    }
  });

  it.each(['', '#', '#/nothing', '#/live/No%20channel', '#live', '#/live/a/b'])('%s is Go live', (hash) =>
    expect(parsePlace(hash)).toEqual({ section: 'live', channel: null }),
  );
});

describe('connecting an encoder', () => {
  it('gives servers without the place of the key, in the order of the API', () => {
    const far = ingestOf({
      _id: 'iad-1',
      name: 'Ashburn',
      availability: 0,
      distance_km: null,
      url_template_secure: null,
    });
    expect(serverAddresses([ingestOf(), far])).toEqual([
      {
        id: 'fra-1',
        name: 'Frankfurt, 424 km away',
        rtmp: 'rtmp://fra-1.example.com:1935/live',
        rtmps: 'rtmps://fra-1.example.com:1936/live',
      },
      { id: 'iad-1', name: 'Ashburn, full', rtmp: 'rtmp://fra-1.example.com:1935/live', rtmps: null },
    ]);
  });

  it('tells which key was used last', () => {
    expect(keysSentence([], nowMs)).toBe('This channel has no stream key yet.');
    const unused = keyOf({ lastUsedMs: null });
    expect(keysSentence([unused], nowMs)).toContain('One stream key exists, not used yet.');
    const keys = [keyOf({ label: 'Old', lastUsedMs: nowMs - dayMs }), keyOf(), unused];
    expect(keysSentence(keys, nowMs)).toContain('3 stream keys exist; last used 12 min ago (OBS at home).');
  });

  it('names a key and its last use', () => {
    expect(keyWords(keyOf(), nowMs)).toEqual({
      title: 'OBS at home',
      facts: 'Made 1 d ago · last used 12 min ago by OBS 31.0 from 203.0.113.7',
    });
    const bare = keyOf({ label: '', lastUsedMs: null, lastUsedIp: null, lastUsedEncoder: null });
    expect(keyWords(bare, nowMs)).toEqual({ title: 'Without a name', facts: 'Made 1 d ago · never used' });
  });
});

describe('links', () => {
  it('asks for no more than the form says', () => {
    const form = { preset: 'until-end', opens: ' ', uses: ' ', sites: '', label: ' Press ' };
    expect(linkWish('news', form)).toEqual({ channel: 'news', preset: 'until-end', label: 'Press' });
    const full = { preset: 'x', opens: '', uses: '10', sites: 'https://Example.com/page, *.example.org\n', label: '' };
    expect(linkWish('news', full)).toEqual({
      ...{ channel: 'news', preset: '24h', uses: 10, label: '' },
      sites: ['example.com', '*.example.org'],
    });
    const [replay, clip] = ['b_01jd5m3k8q2wxyz01234', 'cl_01jd5m3k8q2wxyz01234'];
    const wish = (opens: string) => linkWish('news', { ...form, opens });
    for (const opens of [clip, `https://pop.example/clip/${clip}?t=5`, `/embed/clip/${clip}`]) {
      expect(wish(opens)).toMatchObject({ channel: 'news', clip });
    }
    for (const opens of [replay, ` https://pop.example/replay/${replay}#x`]) {
      expect(wish(opens)).toMatchObject({ channel: 'news', broadcast: replay });
    }
    expect(wish('what')).toMatchObject({ broadcast: 'what' });
  });

  it.each([
    [{}, ['Good', 'in 1 d', '3 of 10, last 2 min ago', true]],
    [{ state: 'expired', expiresMs: nowMs - 300_000 }, ['Expired', '5 min ago', '3 of 10, last 2 min ago', false]],
    [{ usesMax: null, uses: 0, lastUseMs: null }, ['Good', 'in 1 d', '0', true]],
  ] as const)('%o is told', (different, [state, ends, uses, isOpen]) =>
    expect(linkWords(linkOf(different), nowMs)).toMatchObject({ state, ends, uses, isOpen }),
  );

  it('has words for every state, and says where a link holds and who made it', () => {
    const states = ['active', 'expired', 'used_up', 'ended', 'revoked'] as const;
    const words = states.map((state) => linkWords(linkOf({ state }), nowMs).state);
    expect(words).toEqual(['Good', 'Expired', 'Used up', 'Broadcast over', 'Revoked']);
    expect(linkWords(linkOf(), nowMs).scope).toBe('The channel, on example.com · made by administrator');
    expect(linkWords(linkOf({ broadcast: 'b_1', settings: {} }), nowMs).scope).toBe(
      'One broadcast · made by administrator',
    );
  });
});

describe('replays and clips', () => {
  const unheard = { uploaded: 0, sizeBytes: 0, durationMs: 0 };
  it.each([
    [{ state: 'ready' }, 'Ready', 'good', true],
    [{ state: 'uploading', uploaded: 0.426 }, 'Uploading, 42 %', 'busy', true],
    [{ state: 'partial', gapMs: 12_400 }, 'Ready, with 12 s missing', 'bad', true],
    [{ state: 'failed' }, 'Failed: nothing was stored', 'bad', false],
    [{ state: 'uploading', ...unheard }, 'Waits for its origin to store it', 'busy', true],
    [{ state: 'failed', ...unheard }, 'Nothing was stored: its origin has no bucket, or is gone', 'bad', false],
  ] as const)('%o is told', (different, state, tone, isPlayable) =>
    expect(replayWords(replayOf(different))).toMatchObject({ state, tone, isPlayable }),
  );

  it('tells length, size and day', () => {
    const words = replayWords(replayOf(), 'en-GB', 'UTC');
    expect(words).toMatchObject({ title: '20 Nov 2026, 11:00', length: '1:02:05', facts: '1.4 GB' });
    expect(replayWords(replayOf({ durationMs: 0, sizeBytes: 0 }))).toMatchObject({ length: '', facts: '' });
    expect(clipFacts(clipOf(), 'en-GB', 'UTC')).toBe('0:30 · 21 Nov 2026, 11:00 · public');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [12_345, '12.3 kB'],
    [123_456_789, '123 MB'],
    [9e15, '9000 TB'],
  ])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

  it('writes days in the language asked for', () => expect(dateText(0, 'de', 'UTC')).toBe('01.01.1970, 00:00'));
});

describe('imports', () => {
  const here = { sentBytes: 4, waits: '' };
  const waiting = 'Uploaded, waits for an origin';
  it.each([
    [{ share: 0.429 }, null, '42 % uploaded, this page sends nothing', 'off', 0.429],
    [{}, here, 'Uploading, 40 %', 'busy', 0.4],
    [{}, { ...here, waits: 'Broken.' }, 'Upload waits at 40 %: Broken.', 'bad', 0.4],
    [{ state: 'queued' }, null, waiting, 'busy', null],
    [{ state: 'queued', waits: 'soon' }, null, `${waiting}: one takes it on in a moment`, 'busy', null],
    [{ state: 'queued', waits: 'origins_busy' }, null, `${waiting}: all are busy with broadcasts`, 'busy', null],
    [{ state: 'queued', waits: 'no_origin' }, null, `${waiting}: none is running`, 'bad', null],
    [
      { state: 'encoding', share: 0.4, waits: 'no_origin' },
      null,
      'Broke off, waits for an origin: none is running',
      'bad',
      null,
    ],
    [{ state: 'encoding', share: 0.426 }, null, 'Encoding, 42 %', 'busy', 0.426],
    [{ state: 'uploading', share: 1 }, null, 'Storing, 100 %', 'busy', 1],
    [{ state: 'ready', share: 1 }, null, 'Ready', 'good', null],
    [
      { state: 'failed', problem: { code: 'file_too_short', detail: 'Too short.' } },
      null,
      'Failed: Too short.',
      'bad',
      null,
    ],
    [{ state: 'cancelled' }, null, 'Cancelled', 'off', null],
  ] as const)('%o is told', (different, upload, state, tone, share) => {
    expect(importWords(importOf(different), upload)).toMatchObject({ state, tone, share });
    expect(isOver(importOf(different))).toBe(/^(?:Ready|Failed|Cancelled)/.test(state));
  });

  it('are called as they were asked to be, or by their file', () => {
    const words = (title: string | null) => importWords(importOf({ title, sizeBytes: 1e9 }), null, 'en-GB', 'UTC');
    expect(words('Finals')).toMatchObject({ title: 'Finals', facts: 'Match.mp4 · 1.0 GB · 21 Nov 2026, 11:00' });
    expect(words(null)).toMatchObject({ title: 'Match.mp4', facts: '1.0 GB · 21 Nov 2026, 11:00' });
    expect(importName(' Cafe\u0301.mp4')).toBe('Café.mp4');
    expect(importName('x'.repeat(300)).length).toBe(200);
  });

  it('are of files that are not empty and not endless', () => {
    expect([1, 2 ** 35].map((size) => fileTrouble({ size }))).toEqual(['', '']);
    expect([0, 2 ** 35 + 1].map((size) => fileTrouble({ size }))).toEqual([
      'This file is empty.',
      'This file is larger than 34.4 GB.',
    ]);
  });
});

describe('webhooks', () => {
  it('knows every event that can be asked for', () => {
    expect(Object.keys(eventWords)).toEqual(eventTypes.filter((type) => type !== 'webhook.test'));
  });

  it('tells what a webhook is about and why it is off', () => {
    expect(webhookWords(webhookOf())).toEqual({ title: 'Newsroom', facts: 'Channel news · Live, Ended', trouble: '' });
    const off = webhookOf({ label: '', channel: null, types: [], waiting: 3, disabledMs: 1, disabledWhy: '410' });
    expect(webhookWords(off)).toEqual({
      title: 'https://example.com/hook',
      facts: 'All channels · all events · 3 waiting',
      trouble: 'Switched off: 410',
    });
  });

  it('tells what came of a delivery', () => {
    expect(outcomeText({ status: null, error: 'timeout', tookMs: 10_000 })).toBe('no answer (timeout)');
    const delivery: Delivery = {
      event: 1,
      type: 'channel.live',
      atMs: nowMs,
      attempt: 2,
      status: 204,
      error: null,
      tookMs: 84.6,
    };
    expect(deliveryRow(delivery, 'en-GB', 'UTC')).toEqual(['12:00:00', 'channel.live', '2', '204 after 85 ms']);
  });
});

describe('trouble', () => {
  it.each([
    [0, null, /does not answer/],
    [409, { detail: 'There is a channel news already.' }, /^There is a channel news already\.$/],
    [502, '<html>', /failed on this \(502\)/],
    [418, {}, /refused this \(418\)/],
  ])('%i with %o is a sentence', (status, problem, words) => expect(troubleSentence(status, problem)).toMatch(words));

  it.each([
    ['abc-DEF_123~', true],
    ['', false],
    ['two words', false],
    ['ümlaut', false],
    ['line\nbreak', false],
  ])('%j as a token: %s', (text, isOne) => expect(isTokenLike(text)).toBe(isOne));
});

describe('settings', () => {
  it('of a channel change its sites when they were changed, and nothing else', () => {
    for (const sites of [null, ['a.example', '*.b.example']]) {
      const channel = channelOf({ sites });
      expect(changeOf(channel, formOf(channel))).toEqual({});
      const form = { ...formOf(channel), sites: ' https://C.example/page, *.d.example ' };
      expect(changeOf(channel, form)).toEqual({ sites: ['c.example', '*.d.example'] });
    }
    const some = channelOf({ sites: ['a.example'] });
    expect(changeOf(some, { ...formOf(some), sites: ' ' })).toEqual({ sites: null });
  });
});
