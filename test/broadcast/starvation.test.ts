import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { createLoneBroadcast } from './lone-broadcast.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('a publisher that falls silent is told of until it sends again', () => {
  const { broadcast, sink, codes } = createLoneBroadcast();
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
