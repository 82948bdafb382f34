import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { browserPublishLimits } from '#shared/limits/ingest.ts';
import { BrowserPublisher, type MessageSocket, type RemuxEvents } from '../../origin/ingest/browser-publisher.ts';
import { flvHeader, flvTagBytes } from '../../origin/ingest/flv.ts';
import type { EndReason, FlvTag, PublishRequest } from '../../origin/ingest/server.ts';
import { silentLog } from '../support/log.ts';

/** A browser's end of the connection. */
class FakeSocket implements MessageSocket {
  readonly sent: unknown[] = [];
  closed: number | null = null;
  isPaused = false;
  text: (text: string) => void = () => {};
  bytes: (bytes: Buffer) => void = () => {};
  leave: () => void = () => {};
  onText(take: (text: string) => void): void {
    this.text = take;
  }
  onBytes(take: (bytes: Buffer) => void): void {
    this.bytes = take;
  }
  onClose(take: () => void): void {
    this.leave = take;
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(code: number): void {
    this.closed = code;
  }
  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
  }
}

class FakeRemuxer {
  readonly written: Buffer[] = [];
  readonly taken: (() => void)[] = [];
  waitingBytes = 0;
  did = '';
  events: RemuxEvents | null = null;
  write(bytes: Buffer, onTaken: () => void): void {
    this.written.push(bytes);
    this.taken.push(onTaken);
  }
  end(): void {
    this.did += 'end ';
  }
  stop(): void {
    this.did += 'stop ';
  }
}

const hello = JSON.stringify({ streamKey: 'good', container: 'webm', picture: 'h264' });
const tagged = Buffer.concat([
  flvHeader({ hasAudio: false, hasVideo: true }),
  ...flvTagBytes('video', 40, Buffer.from('picture')),
]);

let socket: FakeSocket;
let remuxer: FakeRemuxer;
let requests: PublishRequest[];
let tags: FlvTag[];
let ended: EndReason[];
let publisher: BrowserPublisher;

beforeEach(() => {
  vi.useFakeTimers();
  [socket, remuxer, requests, tags, ended] = [new FakeSocket(), new FakeRemuxer(), [], [], []];
  publisher = new BrowserPublisher({
    ...{ session: 's1', ip: '192.0.2.7', encoder: 'Chrome 156', socket, log: silentLog, now: () => 1_000 },
    decide: async (request) => {
      requests.push(request);
      if (request.streamKey !== 'good') return { accept: false, code: 'unknown_key', sentence: 'No such key.' };
      return { accept: true, sink: { tag: (tag) => void tags.push(tag), end: (reason) => void ended.push(reason) } };
    },
    startRemuxer: async (_, events) => {
      remuxer.events = events;
      return remuxer;
    },
  });
});
afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);

async function accepted(): Promise<void> {
  socket.text(hello);
  await settle();
  expect(socket.sent).toEqual([{ type: 'accepted' }]);
}

test('a key that holds: what is recorded is published with the time at which it came', async () => {
  await accepted();
  expect(requests).toEqual([{ session: 's1', streamKey: 'good', ip: '192.0.2.7', encoder: 'Chrome 156' }]);
  socket.bytes(Buffer.from('recorded'));
  expect(Buffer.concat(remuxer.written).toString()).toBe('recorded');
  remuxer.events?.onBytes(tagged);
  expect(tags).toEqual([{ type: 'video', timestampMs: 40, arrivalMs: 1_000, body: Buffer.from('picture') }]);
});

test('a wrong key is refused in words, and nothing is started', async () => {
  socket.text(JSON.stringify({ streamKey: 'bad', container: 'webm', picture: 'h264' }));
  await settle();
  expect(socket.sent).toEqual([{ type: 'refused', code: 'unknown_key', sentence: 'No such key.' }]);
  expect([socket.closed, remuxer.events]).toEqual([1008, null]);
});

test.each([
  'no JSON',
  '{}',
  '{"streamKey":"","container":"webm","picture":"h264"}',
  '{"streamKey":"good","container":"avi","picture":"h264"}',
  '{"streamKey":"good","container":"webm","picture":"mjpeg"}',
  `{"streamKey":"${'x'.repeat(300)}","container":"webm","picture":"h264"}`,
  `{"streamKey":"good","container":"webm","picture":"h264","more":"${'x'.repeat(1_024)}"}`,
])('a first message that is none is refused: %s', async (text) => {
  socket.text(text);
  await settle();
  expect([socket.sent, socket.closed, requests]).toMatchObject([[{ type: 'refused', code: 'protocol' }], 1008, []]);
});

test('media before the key is refused', async () => {
  socket.bytes(Buffer.from('recorded'));
  expect(socket.sent).toMatchObject([{ code: 'protocol' }]);
});

test('who says nothing is cut off', async () => {
  await vi.advanceTimersByTimeAsync(browserPublishLimits.helloMsMax);
  expect([socket.sent, socket.closed]).toMatchObject([[{ code: 'protocol' }], 1008]);
});

test('a second hello ends it', async () => {
  await accepted();
  socket.text(hello);
  await settle();
  expect([ended, remuxer.did, socket.closed]).toEqual([['limit'], 'stop ', 1008]);
});

test('a browser that leaves: what it sent is still published, then it is over', async () => {
  await accepted();
  socket.bytes(Buffer.from('recorded'));
  socket.leave();
  expect([remuxer.did, ended]).toEqual(['end ', []]);
  remuxer.events?.onBytes(tagged);
  remuxer.events?.onEnd({ isClean: true, lastLine: '' });
  await settle();
  expect([tags.length, ended]).toEqual([1, ['closed']]);
});

test('a rest that does not come is not waited for', async () => {
  await accepted();
  socket.leave();
  await vi.advanceTimersByTimeAsync(browserPublishLimits.drainMsMax);
  expect([ended, remuxer.did]).toEqual([['closed'], 'end stop ']);
});

test('a browser that stays and sends nothing is idle', async () => {
  await accepted();
  await vi.advanceTimersByTimeAsync(browserPublishLimits.idleMsMax);
  expect([ended, socket.sent.at(-1)]).toMatchObject([['idle'], { type: 'ended', code: 'idle' }]);
});

test('a recording that cannot be read ends in words', async () => {
  await accepted();
  remuxer.events?.onEnd({ isClean: false, lastLine: 'Invalid data' });
  await settle();
  expect([ended, socket.sent.at(-1)]).toMatchObject([['limit'], { type: 'ended', code: 'limit' }]);
});

test('what comes faster than it is read waits in the browser', async () => {
  await accepted();
  remuxer.waitingBytes = browserPublishLimits.queueBytesMax;
  socket.bytes(Buffer.from('more'));
  expect(socket.isPaused).toBe(true);
  remuxer.waitingBytes = 0;
  remuxer.taken.at(-1)?.();
  expect(socket.isPaused).toBe(false);
});

test('one that is taken over hears why, and nothing of it follows', async () => {
  await accepted();
  publisher.close('Another encoder took over.');
  remuxer.events?.onBytes(tagged);
  await settle();
  expect([ended, tags, socket.closed]).toEqual([['kicked'], [], 1000]);
  expect(socket.sent.at(-1)).toMatchObject({ type: 'ended', sentence: 'Another encoder took over.' });
});
