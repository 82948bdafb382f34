import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { broadcastLimits } from '#shared/limits.ts';
import { createLoneBroadcast } from './lone-broadcast.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('a publisher that falls silent is told of until it sends again', () => {
<<<<<<< HEAD
  const reports: BroadcastReport[] = [];
  const accepted: PublishAccepted = {
    accepted: true,
    channel: 'demo',
    broadcast: 'b_0000000000abcdefghjk',
    resumed: false,
    latency: 'low',
    reconnectWindowMs: 60_000,
    slate: false,
  };
  const broadcast = new LiveBroadcast(accepted, {
    originId: 'o1',
    ffmpegPath: 'ffmpeg',
    ladder: defaultLadderWish,
    slateImage: '/none.png',
    capacity: () => ({ pixelsPerSecond: 1e8, inUse: 0 }),
    sinkUrl: () => '',
    report: (report) => reports.push(report),
    journal: { save: () => {}, append: () => {}, read: async () => Buffer.alloc(0), forget: () => {} },
    upload: () => {},
    isUploaded: null,
    uploadPart: () => {},
    store: createMemoryStore(),
    dvrWindowS: 7_200,
    pictures: createPictureMaker('ffmpeg'),
    onEnded: () => {},
    log: silentLog,
    now: Date.now,
    random01: () => 0.5,
  });
  const sink = broadcast.join({ session: 's1', close: () => {} }, accepted);
=======
  const { broadcast, sink, codes } = createLoneBroadcast();
>>>>>>> 0880593 (test(findings): the life of each finding, from what raises it to what ends it; docs: at which limits)
  const send = () => sink.tag({ type: 'script', timestampMs: 0, arrivalMs: Date.now(), body: Buffer.alloc(1) });
  send();
  vi.advanceTimersByTime(broadcastLimits.starvedMs - 1);
  send();
  vi.advanceTimersByTime(broadcastLimits.starvedMs - 1);
  expect(codes()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(codes()).toEqual(['ingest.starved']);
  send();
  expect(codes()).toEqual([]);
  vi.advanceTimersByTime(broadcastLimits.starvedMs);
  expect(codes()).toEqual(['ingest.starved']);
  sink.end('idle');
  expect(codes()).toEqual([]);
  broadcast.end('over');
});
