import { Agent, get, request } from 'node:http';
import type { RecordEntry } from '#shared/model/record.ts';
import { importWireKey, signatureHeader } from '#shared/wire/signature.ts';
import { startOriginHttp } from '../origin/http/server.ts';
import type { RunPlan } from '../origin/packager/packager.ts';
import { startReceiver } from '../origin/packager/receiver.ts';
import { chunk, initSegment } from '../test/support/fmp4.ts';
import { createLiveWindow } from '../test/support/live-window.ts';
import { silentLog } from '../test/support/log.ts';
import { signAnew } from '../test/support/sign-anew.ts';

/**
 * What the packager costs: bytes and chunks per second of one core; what it adds between the encoder's write and the
 * part in the hands of a PoP that waits for it, over real HTTP on loopback; manifests of a two-hour window.
 * The media is synthetic: 30 pictures a second, 0.2 s parts, 2.5 Mb/s.
 */

type Live = ReturnType<typeof createLiveWindow>;

const broadcast = 'b_0000000000abcdefghjk';
const partMs = 200;
const gopMs = 2_000;
const windowParts = (2 * 3_600_000) / partMs;

const plan: RunPlan = {
  renditions: [
    { name: 'v720', kind: 'video', frameRate: 30, bitrate: 2_500_000, passthrough: false },
    { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false },
  ],
  keyframes: gopMs,
  gopMs,
  partTargetMs: partMs,
  anchorMs: Date.UTC(2026, 10, 21),
};

function videoPart(index: number): Buffer {
  const startMs = index * partMs;
  const durationsTicks = Array(6).fill(3_000);
  const independent = startMs % gopMs === 0;
  return chunk({ startTicks: 900_000 + startMs * 90, durationsTicks, independent, sampleBytes: 10_400 });
}

/** As long as the video part, so that both tracks move together. */
function audioPart(index: number): Buffer {
  const startTicks = 480_000 - 1_024 + index * 9_600;
  return chunk({ startTicks, durationsTicks: Array(10).fill(960), independent: true, sampleBytes: 330 });
}

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(58)} ${value.padStart(14)}\n`);
}

/** Feeds a whole window as fast as it goes; parts are made beforehand, in portions, and not counted. */
function measureThroughput() {
  // Taken for stored, and not kept: two hours do not fit into memory.
  const onRecord = (entry: RecordEntry) => {
    if (entry.kind === 'segment') live.packager.markStored(entry.rendition, entry.segment.msn);
  };
  const live: Live = createLiveWindow({ events: { onRecord } });
  const run = live.packager.beginRun(plan);
  const video = live.packager.openTrack(run, 'v720');
  const audio = live.packager.openTrack(run, 'a1');
  video?.data(initSegment('video'));
  audio?.data(initSegment('audio'));
  let cpuUs = 0;
  let sizeBytes = 0;
  for (let at = 0; at < windowParts; at += 500) {
    const portion = Array.from({ length: 500 }, (_, i) => [videoPart(at + i), audioPart(at + i)] as const);
    const before = process.cpuUsage();
    for (const [picture, sound] of portion) {
      video?.data(picture);
      audio?.data(sound);
      sizeBytes += picture.length + sound.length;
    }
    const { user, system } = process.cpuUsage(before);
    cpuUs += user + system;
  }
  print('packaging, MB per second of one core', (sizeBytes / cpuUs).toFixed(0));
  print('packaging, chunks per second of one core', ((2 * windowParts * 1e6) / cpuUs).toFixed(0));
  return { live, video };
}

/** Median CPU of one rendering after a new part, µs. */
function measureRendering({ live, video }: ReturnType<typeof measureThroughput>): void {
  const { window } = live;
  let next = windowParts;
  const rows: readonly (readonly [string, () => string | undefined])[] = [
    ['media playlist of the window', () => window.playlist('v720', false)?.text],
    ['the same as a delta update', () => window.playlist('v720', true)?.text],
    ['MPD of the window', () => window.mpd(Date.now()) ?? undefined],
  ];
  for (const [name, render] of rows) {
    const timesUs: number[] = [];
    let chars = 0;
    for (let i = 0; i < 51; i++) {
      video?.data(videoPart(next++));
      const started = performance.now();
      chars = render()?.length ?? 0;
      timesUs.push((performance.now() - started) * 1_000);
    }
    timesUs.sort((a, b) => a - b);
    print(`${name}, µs (${(chars / 1_000).toFixed(0)} kB)`, (timesUs[25] ?? 0).toFixed(0));
  }
}

/** From the encoder's write to the last byte of the part at a client that had asked for it before. */
async function measureAdded(): Promise<void> {
  const live = createLiveWindow();
  const key = await importWireKey('bench', 'a-secret-of-at-least-thirty-two-characters');
  const single = { ...plan, renditions: plan.renditions.slice(0, 1) };
  const run = live.packager.beginRun(single);
  const receiver = await startReceiver((_, number, name) => live.packager.openTrack(number, name), silentLog);
  const find = () => live.window;
  const http = await startOriginHttp({ bind: '127.0.0.1', port: 0, keys: [key], find, log: silentLog, now: Date.now });
  const agent = new Agent({ keepAlive: true });
  const encoder = request(receiver.url(broadcast, run, 'v720'), { method: 'PUT' });
  encoder.on('error', () => {}); // it is destroyed at the end
  encoder.write(initSegment('video'));
  encoder.write(videoPart(0));
  while (!live.packager.ready) await new Promise((resolve) => setTimeout(resolve, 10));
  const ask = async (part: number) => {
    const target = `/b/${broadcast}/v720/${Math.floor(part / 10)}.${part % 10}.m4s`;
    const signed = { audience: 'origin', method: 'GET', target, body: null } as const;
    const headers = { [signatureHeader]: await signAnew(key, signed, Date.now()) };
    const { promise, resolve } = Promise.withResolvers<number>();
    get(`http://127.0.0.1:${http.port}${target}`, { agent, headers }, (response) => {
      response.resume().on('end', () => resolve(performance.now()));
    });
    return promise;
  };
  const timesMs: number[] = [];
  for (let part = 1; part < 400; part++) {
    const served = ask(part);
    const bytes = videoPart(part);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const written = performance.now();
    encoder.write(bytes);
    timesMs.push((await served) - written);
  }
  timesMs.sort((a, b) => a - b);
  const at = (share: number) => ((timesMs[Math.floor(timesMs.length * share)] ?? 0) * 1_000).toFixed(0);
  print('added per 62 kB part, write to served, µs, p50', at(0.5));
  print('added per 62 kB part, write to served, µs, p95', at(0.95));
  encoder.destroy();
  agent.destroy();
  await Promise.all([receiver.close(), http.close()]);
}

measureRendering(measureThroughput());
await measureAdded();
