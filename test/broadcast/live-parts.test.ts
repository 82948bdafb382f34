import { expect, it } from 'vitest';
import { BroadcastMedia } from '../../origin/broadcast/broadcast-media.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { createPictureMaker } from '../../origin/transcoder/picture.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { silentLog } from '../support/log.ts';

const broadcast = 'b_0000000000abcdefghjk';
const renditions = [{ name: 'v360', kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false }] as const;

/** Five seconds of a broadcast: what the playlist lists, and what was handed over to go to the bucket. */
function make(latency: 'low' | 'standard') {
  const uploaded = new Map<string, Buffer>();
  const media = new BroadcastMedia({
    accepted: {
      accepted: true,
      channel: 'demo',
      broadcast,
      resumed: false,
      latency,
      reconnectWindowMs: 0,
      slate: false,
    },
    restored: null,
    journal: {
      save: () => {},
      append: () => {},
      pack: async (_, toBytes) => ({ fromBytes: toBytes, toBytes }),
      read: async () => Buffer.alloc(0),
      forget: () => {},
    },
    store: createMemoryStore(),
    upload: () => {},
    sending: null,
    uploadPart: (key, bytes) => uploaded.set(key, bytes),
    dvrWindowS: 60,
    pictures: createPictureMaker('ffmpeg'),
    isBusy: () => true,
    events: { onMedia: () => {}, onMisaligned: () => {} },
    onTrouble: () => {},
    log: silentLog,
    lastSignMs: () => 0,
    now: () => 0,
  });
  const plan = { renditions, keyframes: 2_000, gopMs: 2_000, partTargetMs: 200, anchorMs: 0 };
  const sink = media.packager.openTrack(media.packager.beginRun(plan), 'v360');
  sink?.data(initSegment('video'));
  for (let ms = 0; ms < 5_000; ms += 200) {
    sink?.data(
      chunk({ startTicks: 900_000 + ms * 90, durationsTicks: Array(6).fill(3_000), independent: ms % 2_000 === 0 }),
    );
  }
  return { media, uploaded, text: media.window.playlist('v360', false)?.text ?? '' };
}

it('hands over each part that a playlist names, under the name that it has there, with its bytes', () => {
  const { media, uploaded, text } = make('low');
  const listed = [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].map(([, file]) => file);
  expect(listed.length).toBe(25);
  expect([...uploaded.keys()]).toEqual(listed.map((file) => `parts/b/${broadcast}/v360/${file}`));
  const bytes = media.packager.tracks.get('v360')?.media.parts(1) ?? [];
  expect(bytes.length).toBe(10);
  expect(bytes.every((part, i) => uploaded.get(`parts/b/${broadcast}/v360/1.${i}.m4s`)?.equals(part))).toBe(true);
});

it('hands over nothing where playlists name no parts', () => {
  expect(make('standard').uploaded.size).toBe(0);
});
