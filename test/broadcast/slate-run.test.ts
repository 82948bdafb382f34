import { expect, it, onTestFinished } from 'vitest';
import { slateLimits } from '#shared/limits/transcoder.ts';
import type { AudioRendition } from '#shared/model/rendition.ts';
import { SlateRun, type SlateRunOptions } from '../../origin/broadcast/slate-run.ts';
import type { RunPlan } from '../../origin/packager/packager.ts';
import { startReceiver } from '../../origin/packager/receiver.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';
import { silentLog } from '../support/log.ts';
import { pollUntil } from '../support/poll.ts';

const picture = new URL('../../origin/transcoder/slate.png', import.meta.url).pathname;
const rendition = { name: 'v360', kind: 'video', frameRate: 30, bitrate: 400_000, passthrough: false } as const;
const broadcast = 'b_0123456789abcdefghjk';
const anchorMs = Date.now() - 60_000;

/** A packager after a run of one rendition, and a slate for it. */
async function stage(options: Partial<SlateRunOptions> = {}) {
  const media: boolean[] = [];
  const { packager, window, record } = createLiveWindow({ events: { onMedia: (_, part) => media.push(part.slate) } });
  const first = {
    renditions: [rendition],
    keyframes: 2_000,
    gopMs: 2_000,
    partTargetMs: 200,
    anchorMs,
  } satisfies RunPlan;
  const track = packager.openTrack(packager.beginRun(first), 'v360');
  track?.data(initSegment('video'));
  track?.data(chunk({ startTicks: 900_000, durationsTicks: Array(6).fill(3_000), independent: true }));
  packager.endRun();
  const receiver = await startReceiver((_, run, name) => packager.openTrack(run, name), silentLog);
  const events: string[] = [];
  const log = {
    ...{ info: () => {}, error: () => {} },
    warn: (fields: object) => events.push(`${'why' in fields ? fields.why : ''}`),
  };
  let failed = 0;
  const slate = new SlateRun({
    ...{ broadcast, ffmpegPath: 'ffmpeg', image: picture, wish: defaultLadderWish, packager, anchorMs },
    sinkUrl: (run, name) => receiver.url(broadcast, run, name),
    freeFromMs: () => 200,
    after: Promise.resolve(),
    onFailed: () => failed++,
    ...{ log: log as never, now: Date.now },
    ...options,
  });
  onTestFinished(async () => {
    await slate.stop();
    await receiver.close();
  });
  return { slate, packager, window, record, media, events, failures: () => failed };
}

it('goes on under the same names, as a run that the record calls a slate', async () => {
  const { slate, packager, window, record, media } = await stage();
  await pollUntil(() => media.filter(Boolean).length > 3, 'media of the slate', 20_000);
  await slate.stop();
  packager.endRun();
  const runs = record.filter((entry) => entry.kind === 'run');
  expect(runs.map(({ number, slate: isSlate }) => [number, isSlate ?? false])).toEqual([
    [0, false],
    [1, true],
  ]);
  const text = window.playlist('v360', false)?.text ?? '';
  expect(text).toContain('#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-1.mp4"');
  // So much of it as is allowed lies in the past; its dates are true.
  const [, date = ''] = [...text.matchAll(/#EXT-X-PROGRAM-DATE-TIME:(\S+)/g)].at(1) ?? [];
  expect(Math.abs(Date.parse(date) + slateLimits.burstMsMax - Date.now())).toBeLessThan(15_000);
});

it.each<[string, Partial<SlateRunOptions>]>([
  ['exited', { image: '/none.png' }],
  ['not_started', { ffmpegPath: '/none/ffmpeg' }],
  ['nothing_to_continue', { packager: { current: [], beginRun: () => 0 } }],
])('is given up once when it cannot be made: %s', async (why, options) => {
  const { slate, events, failures } = await stage(options);
  await pollUntil(() => failures() > 0, 'the end of it', 20_000);
  await slate.stop();
  expect([events, failures()]).toEqual([[why], 1]);
});

it('is given up when it falls behind', async () => {
  const { slate, media, events, failures } = await stage();
  await pollUntil(() => media.some(Boolean), 'media of the slate', 20_000);
  slate.announced(Date.now() - anchorMs - slateLimits.behindMsMax + 2_000);
  expect(failures()).toBe(0);
  slate.announced(Date.now() - anchorMs - slateLimits.behindMsMax - 1);
  slate.announced(0);
  expect([events, failures()]).toEqual([['behind'], 1]);
});

it('never begins when the publisher is back before the last media came out', async () => {
  const drained = Promise.withResolvers<void>();
  const { slate, packager, media, failures } = await stage({ after: drained.promise });
  const stopped = slate.stop();
  drained.resolve();
  await stopped;
  expect([slate.plan, media.some(Boolean), failures()]).toEqual([null, false, 0]);
  expect(packager.runs).toHaveLength(1);
});

it('knows of sound alone', async () => {
  const sound: AudioRendition = {
    ...{ kind: 'audio', name: 'a1', codec: 'mp4a.40.2' },
    channels: 2,
    sampleRate: 48_000,
    bitrate: 1,
  };
  const begun: RunPlan[] = [];
  const packager = { current: [{ rendition: sound }] as never, beginRun: (plan: RunPlan) => begun.push(plan) };
  await stage({ packager });
  await pollUntil(() => begun.length > 0, 'a run', 10_000);
  expect(begun).toMatchObject([{ slate: true, renditions: [{ name: 'a1', kind: 'audio' }] }]);
});
