import { gzipSync } from 'node:zlib';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { chunk, initSegment } from './fmp4.ts';
import { createLiveWindow } from './live-window.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12, 0, 0);
const renditions = [
  { name: 'v360', kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false },
  { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false },
] as const;

/** Two runs of a broadcast with a break between them, as an origin makes and records them. */
export function makeBroadcast() {
  const live = createLiveWindow({ stores: true });
  for (const startMs of [0, 20_000]) {
    const run = live.packager.beginRun({ renditions, keyframes: 2_000, gopMs: 2_000, partTargetMs: 200, anchorMs });
    const [video, audio] = renditions.map(({ name, kind }) => {
      const sink = live.packager.openTrack(run, name);
      sink?.data(initSegment(kind));
      return sink;
    });
    for (let ms = startMs; ms < startMs + 7_000; ms += 200) {
      const independent = (ms - startMs) % 2_000 === 0;
      video?.data(chunk({ startTicks: 900_000 + ms * 90, durationsTicks: Array(6).fill(3_000), independent }));
      audio?.data(chunk({ startTicks: 480_000 + ms * 48, durationsTicks: Array(10).fill(960), independent: true }));
    }
    live.packager.endRun();
  }
  live.packager.end();
  return live;
}

/** Puts a broadcast into the bucket as an origin does; `end`: its record is whole. */
export async function keepBroadcast(
  store: ObjectStore,
  { record, stored }: ReturnType<typeof makeBroadcast>,
  broadcast: string,
  end: boolean,
): Promise<void> {
  for (const [file, bytes] of stored) await store.put(`b/${broadcast}/${file}`, [bytes]);
  const lines = [...record, ...(end ? [{ kind: 'end' }] : [])].map((entry) => `${JSON.stringify(entry)}\n`).join('');
  await store.put(`b/${broadcast}/record.ndjson.gz`, [gzipSync(lines)]);
}
