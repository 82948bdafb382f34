import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { arbiterLimits } from '#shared/limits/control.ts';
import { standbyLimits } from '#shared/limits/ingest.ts';
import type { LeaseAnswer, LeaseQuestion } from '#shared/wire/control.ts';
import type { KnownSource } from '../../origin/broadcast/publisher-feed.ts';
import { Standby } from '../../origin/broadcast/standby.ts';
import { StandbyTape } from '../../origin/broadcast/standby-tape.ts';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import { isFrame, isKeyframe, isSequenceHeader } from '../../origin/ingest/flv-body.ts';
import type { PublishDecision } from '../../origin/ingest/publisher.ts';
import { makeFlvFile, picture, readFlvFile, tone } from '../support/flv-file.ts';
import { silentLog } from '../support/log.ts';

const { silentMsMax } = standbyLimits;
const arrivalMs = 1_790_000_000_000;
/** Without the end of sequence, which is no media. */
let tags: FlvTag[];
let other: FlvTag[];

beforeAll(async () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', '-c:a', 'aac'];
  const isMedia = ({ type, body }: FlvTag) => type === 'script' || isSequenceHeader(type, body) || isFrame(type, body);
  const read = (file: Buffer) => readFlvFile(file, arrivalMs).filter(isMedia);
  tags = read(await makeFlvFile(...picture('160x90', '30', 3), ...tone(3), ...x264));
  other = read(await makeFlvFile(...picture('320x180', '30', 3), ...tone(3), ...x264));
});

const isFirst = ({ type, body }: FlvTag) => type === 'video' && !isSequenceHeader(type, body) && isKeyframe(body);

const areSame = (some: readonly FlvTag[], others: readonly FlvTag[]) =>
  some.length === others.length && some.every((tag, at) => tag === others[at]);

describe('what is kept of a publisher that waits', () => {
  it('begins with its newest keyframe, behind all that a decoder needs', () => {
    const tape = new StandbyTape();
    for (const tag of tags) tape.tag(tag);
    const [script, video, audio, ...media] = [...tape.replay()];
    expect([script?.type, video?.type, audio?.type]).toEqual(['script', 'video', 'audio']);
    expect(areSame(media, tags.slice(tags.findLastIndex(isFirst)))).toBe(true);
    const heads = [script, video, audio].map((head) => [head?.timestampMs, head?.arrivalMs]);
    expect(heads).toEqual(Array(3).fill([media[0]?.timestampMs, media[0]?.arrivalMs]));
    expect(tape.source?.description).toMatchObject({ video: { width: 160, gopMs: 1_000 }, audio: { codec: 'aac' } });
  });

  it('is nothing of the picture before another one began', () => {
    const tape = new StandbyTape();
    for (const tag of tags) tape.tag(tag);
    for (const tag of other.slice(0, other.findIndex(isFirst))) tape.tag(tag);
    expect(tape.source).toBeNull();
    expect([...tape.replay()].every((tag) => !isFirst(tag))).toBe(true);
    for (const tag of other) tape.tag(tag);
    expect(tape.source?.description.video).toMatchObject({ width: 320 });
  });

  it('is about a second of sound where there is no picture', () => {
    const tape = new StandbyTape();
    const sound = tags.filter(({ type }) => type === 'audio');
    for (const tag of sound) tape.tag(tag);
    const [head, ...media] = [...tape.replay()];
    expect(head && isSequenceHeader('audio', head.body)).toBe(true);
    expect(areSame(media, sound.slice(-50))).toBe(true);
  });
});

describe('a publisher that waits', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const waits = (leftMs = 10_000): LeaseAnswer => ({ role: 'standby', epoch: 1, standbys: 1, leftMs });
  const active: LeaseAnswer = { role: 'active', epoch: 2, standbys: 0, leftMs: 4_000 };

  function begin() {
    const got: FlvTag[] = [];
    const told: string[] = [];
    const asked: LeaseQuestion[] = [];
    const sink = { tag: (tag: FlvTag) => void got.push(tag), end: (why: string) => void told.push(`end ${why}`) };
    const stage = {
      answer: async (_: LeaseQuestion): Promise<LeaseAnswer> => waits(),
      take: async (_: KnownSource | null): Promise<PublishDecision | 'wait'> => ({ accept: true, sink }),
    };
    const standby = new Standby({
      originId: 'o2',
      channel: 'demo',
      publisher: { session: 's1', close: (sentence) => void told.push(`close ${sentence}`) },
      control: {
        lease: (question) => {
          asked.push(question);
          return stage.answer(question);
        },
      },
      take: (source) => stage.take(source),
      onOver: () => void told.push('over'),
      log: silentLog,
      now: Date.now,
    });
    return { stage, standby, got, told, asked, sink };
  }

  it('gives on nothing until it is its turn, and then what it has and what comes', async () => {
    const { stage, standby, got, told } = begin();
    const taken: (number | undefined)[] = [];
    const sink = { tag: (tag: FlvTag) => void got.push(tag), end: () => {} };
    stage.take = async (source) => {
      taken.push(source?.description.video?.width);
      return { accept: true, sink };
    };
    for (const tag of tags) standby.tag(tag);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([got, told]).toEqual([[], []]);
    stage.answer = async () => active;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['over']);
    expect(taken).toEqual([160]);
    expect(areSame(got.slice(3), tags.slice(tags.findLastIndex(isFirst)))).toBe(true);
    const [next] = other;
    if (next) standby.tag(next);
    expect(got.at(-1)).toBe(next);
  });

  it('asks again as soon as the lease of the active one can have ended', async () => {
    const { stage, asked } = begin();
    stage.answer = async () => waits(300);
    await vi.advanceTimersByTimeAsync(arbiterLimits.renewMs);
    expect(asked).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(330);
    expect(asked).toHaveLength(3);
  });

  it('keeps its lease while it reads what is there of the broadcast', async () => {
    const { stage, asked } = begin();
    stage.answer = async () => active;
    stage.take = () => new Promise(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    const before = asked.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked.length - before).toBe(5);
  });

  it('goes on waiting when it was not its turn after all, and when nobody answers', async () => {
    const { stage, standby, asked, told } = begin();
    const [sound] = tags.filter(({ type, body }) => type === 'audio' && isFrame(type, body));
    const feed = setInterval(() => sound && standby.tag(sound), 500);
    stage.answer = async () => active;
    stage.take = async () => 'wait';
    await vi.advanceTimersByTimeAsync(2_000);
    stage.take = () => Promise.reject(new Error('away'));
    await vi.advanceTimersByTimeAsync(2_000);
    stage.answer = () => Promise.reject(new Error('away'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(asked.length).toBeGreaterThan(5);
    expect(told).toEqual([]);
    clearInterval(feed);
  });

  it('claims nothing while its encoder sends no media, and its place again once it does', async () => {
    const { stage, standby, asked, told } = begin();
    const [config] = tags.filter(({ type, body }) => isSequenceHeader(type, body));
    const [frame] = tags.filter(({ type, body }) => isFrame(type, body));
    if (!config || !frame) throw new Error('there is no media');
    await vi.advanceTimersByTimeAsync(silentMsMax);
    const before = asked.length;
    standby.tag(config);
    stage.answer = async () => active;
    await vi.advanceTimersByTimeAsync(10 * arbiterLimits.renewMs);
    expect([asked.length, told]).toEqual([before, []]);
    standby.tag(frame);
    await vi.advanceTimersByTimeAsync(arbiterLimits.renewMs);
    expect([asked.length, told]).toEqual([before + 1, ['over']]);
  });

  it('that leaves gives its place away', async () => {
    const { standby, asked, told } = begin();
    await vi.advanceTimersByTimeAsync(0);
    standby.end('closed');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked.map(({ wish }) => wish)).toEqual(['claim', 'leave']);
    expect(told).toEqual(['over']);
  });

  it('that leaves while it takes over is not left behind in the broadcast', async () => {
    const { stage, standby, told, sink } = begin();
    stage.answer = async () => active;
    const { promise, resolve } = Promise.withResolvers<PublishDecision>();
    stage.take = () => promise;
    await vi.advanceTimersByTimeAsync(1_000);
    standby.end('idle');
    resolve({ accept: true, sink });
    await vi.advanceTimersByTimeAsync(0);
    expect(told.at(-1)).toBe('end idle');
  });

  it('is told why when the channel does not take it', async () => {
    const { stage, told } = begin();
    stage.answer = async () => active;
    stage.take = async () => ({ accept: false, code: 'channel_disabled', sentence: 'This channel is disabled.' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toContain('close This channel is disabled.');
  });
});
