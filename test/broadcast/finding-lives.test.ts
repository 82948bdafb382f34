import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { recordLimits } from '#shared/limits/store.ts';
import { paceLimits } from '#shared/limits/transcoder.ts';
import { type FindingCode, findingCodes } from '#shared/model/finding.ts';
import type { RecordFill } from '#shared/model/record-pack.ts';
import type { SourceDescription } from '#shared/model/source.ts';
import { Archive } from '../../origin/broadcast/archive.ts';
import { Findings } from '../../origin/broadcast/findings.ts';
import { PaceKeeper } from '../../origin/broadcast/pace-keeper.ts';
import { RecordWatch } from '../../origin/broadcast/record-verdict.ts';
import { SourceHealth } from '../../origin/broadcast/source-health.ts';
import { planSource } from '../../origin/broadcast/source-plan.ts';
import { markStorage } from '../../origin/broadcast/storage-findings.ts';
import { healthyStorage, judgeStorage } from '../../origin/broadcast/storage-verdict.ts';
import { createSanitiser, sanitise } from '../../origin/ingest/sanitiser.ts';
import { createWatch, watchTag } from '../../origin/ingest/source-watch.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { StoreError } from '../../origin/store/object-store.ts';
import { defaultLadderWish, planLadder } from '../../origin/transcoder/ladder.ts';
import { silentLog } from '../support/log.ts';
import { ampleCapacity, sourceOf } from '../transcoder/sources.ts';
import { createLoneBroadcast } from './lone-broadcast.ts';

/** Each finding, from what raises it to what ends it: whether it is open before, while it holds, and afterwards. */

beforeEach(() => vi.useFakeTimers({ now: 1_790_000_000_000 }));
afterEach(() => vi.useRealTimers());

type Life = readonly boolean[];

/** A look at a fit source, at one with something wrong, and at a fit one again. */
function planned(code: FindingCode, wrong: SourceDescription): Life {
  return [sourceOf(), wrong, sourceOf()].map((source) => {
    const holds = planSource(source, ampleCapacity, defaultLadderWish, null).findings.get(code) ?? false;
    return holds !== false;
  });
}

/** What tells of a moment is over when it does not come back. */
function ofAMoment(code: FindingCode, happened: boolean): Life {
  const findings = new Findings(() => {});
  const before = findings.has(code);
  if (happened) findings.raise(code, 0);
  vi.advanceTimersByTime(broadcastLimits.findingCalmMs - 1);
  const during = findings.has(code);
  vi.advanceTimersByTime(1);
  return [before, during, findings.has(code)];
}

/** A step of the source's clock. */
function stepped(code: FindingCode, timesMs: readonly number[]): Life {
  let state = createSanitiser();
  const told: (string | undefined)[] = [];
  for (const timestampMs of timesMs) {
    const clean = sanitise(state, { type: 'video', timestampMs });
    state = clean.state;
    told.push(clean.event?.code);
  }
  return ofAMoment(code, told.includes(code));
}

interface Sent {
  readonly arrivalOf?: (ms: number) => number;
  readonly sizeOf?: (ms: number) => number;
  readonly soundOf?: (ms: number) => number;
}

/** Three minutes of 25 pictures and 50 sounds a second; what is wrong is wrong in the second half minute. */
function sent(code: FindingCode, { arrivalOf = (ms) => ms, sizeOf = () => 20_000, soundOf = (ms) => ms }: Sent): Life {
  const told: boolean[] = [false];
  const health = new SourceHealth((about, holds) => about === code && told.push(holds));
  health.describe(sourceOf().video);
  const startMs = Date.now();
  for (let ms = 0; ms < 180_000; ms += 20) {
    const arrivalMs = startMs + arrivalOf(ms);
    health.tag({ type: 'audio', timestampMs: soundOf(ms), arrivalMs, body: Buffer.from('af01bb', 'hex') });
    if (ms % 40 !== 0) continue;
    const body = Buffer.alloc(sizeOf(ms));
    body.writeUInt8(ms % 2_000 === 0 ? 0x17 : 0x27, 0);
    body.writeUInt8(1, 1);
    health.tag({ type: 'video', timestampMs: ms, arrivalMs, body });
  }
  return told;
}

const wrongNow = (ms: number) => ms >= 30_000 && ms < 60_000;
const sized = (wrong: (ms: number) => number) => (ms: number) => (wrongNow(ms) ? wrong(ms) : 20_000);
const blocks = (ms: number) => (wrongNow(ms) ? Math.ceil((ms + 1) / 1_500) * 1_500 : ms);
/** Twice as fast for half a minute: from then on it arrives fifteen seconds early. */
const hasty = (ms: number) => (ms < 30_000 ? ms : Math.max(30_000 + (ms - 30_000) / 2, ms - 15_000));
/** Two in a hundred too slow; then at its place again. */
const sluggish = (ms: number) => (wrongNow(ms) ? ms - Math.round((ms - 30_000) * 0.02) : ms);

/** An encoder that swallows everything for a while. */
function paced(code: 'slow' | 'late'): Life {
  const states = { slow: false, late: false };
  const keeper = new PaceKeeper({
    now: Date.now,
    onDecision: () => {},
    onSlow: (slow) => Object.assign(states, { slow }),
    onLate: (late) => Object.assign(states, { late }),
    onReport: () => {},
  });
  keeper.beginRun(planLadder(sourceOf(), ampleCapacity, { ...defaultLadderWish, encodeRungsMax: 0 }));
  let ms = 0;
  const feed = (forMs: number, delayMs: number) => {
    for (const untilMs = ms + forMs; ms < untilMs; ms += 100) {
      vi.advanceTimersByTime(100);
      keeper.fed(ms, Date.now());
      keeper.announced({ rendition: 'v1080', endMs: ms - delayMs, capturedAtMs: Date.now() });
    }
    return states[code];
  };
  const life = [feed(paceLimits.settleMs + 6_000, 100), feed(8_000, 4_000), feed(30_000, 100)];
  keeper.endRun();
  return life;
}

/** A source of which nothing is known but its encoder's death. */
function told(
  change: (broadcast: ReturnType<typeof createLoneBroadcast>) => readonly (() => void)[],
  code: FindingCode,
) {
  const lone = createLoneBroadcast();
  const life = [() => {}, ...change(lone)].map((step) => {
    step();
    return lone.codes().includes(code);
  });
  lone.broadcast.end('over');
  return life;
}

const storage = (oldestWaitingMs: number, freeBytes = 1e9) => {
  return { atMs: 0, freeBytes, usedBytes: 1e9, oldestWaitingMs, refused: false };
};

/** Looks at the storage of broadcasts whose records name so much, or are cut. */
function recorded(code: FindingCode, looks: readonly (readonly [RecordWatch, RecordFill])[]): Life {
  const findings = new Findings(() => {});
  return looks.map(([watch, fill]) => {
    watch.note(fill, 0);
    markStorage(findings, healthyStorage, watch.verdict, 0);
    return findings.has(code);
  });
}

async function unstorable(): Promise<Life> {
  const memory = createMemoryStore();
  let full = false;
  const trouble = [false];
  const put: typeof memory.put = async (...object) => {
    if (full) throw new StoreError('store_full', 'There is no room.');
    return memory.put(...object);
  };
  const archive = new Archive({
    ...{ broadcast: 'b_0000000000abcdefghjk', store: { ...memory, put }, log: silentLog },
    ...{ append: () => {}, onPut: () => {}, onStored: () => {}, onTrouble: (why) => trouble.push(why !== null) },
  });
  for (const [msn, isFull] of [true, false].entries()) {
    full = isFull;
    const times = { startTicks: msn, durationTicks: 1, programDateTimeMs: msn };
    const rest = { sizeBytes: 1, keyframeBytes: 0, discontinuity: false, initNumber: 0, gap: false };
    archive.record({ kind: 'segment', rendition: 'a1', segment: { msn, ...times, ...rest } }, [Buffer.from('x')]);
    await archive.settled();
  }
  return trouble;
}

const keyframe = (timestampMs: number) => {
  return { type: 'video', timestampMs, arrivalMs: 0, body: Buffer.from('17010000000000', 'hex') } as const;
};

function irregular(): Life {
  let state = createWatch(sourceOf());
  const kinds = [0, 2_000, 3_000].flatMap((ms) => {
    const watched = watchTag(state, keyframe(ms));
    state = watched.state;
    return watched.events.map((event) => event.kind);
  });
  return ofAMoment('video.gop_irregular', kinds.includes('gop'));
}

const unknownSound = { codec: 'unsupported', sampleRate: 0, channels: 0, bitrate: 0 } as const;
const sound = (sampleRate: number) => ({ codec: 'aac', sampleRate, channels: 2, bitrate: 128_000 }) as const;

const lives: Readonly<Record<FindingCode, () => Life | Promise<Life>>> = {
  'ingest.starved': () =>
    told(
      ({ sink }) => [
        () => {
          sink.tag({ type: 'script', timestampMs: 0, arrivalMs: Date.now(), body: Buffer.alloc(1) });
          vi.advanceTimersByTime(broadcastLimits.starvedMs);
        },
        () => sink.tag({ type: 'script', timestampMs: 0, arrivalMs: Date.now(), body: Buffer.alloc(1) }),
      ],
      'ingest.starved',
    ),
  'ingest.faster_than_realtime': () => sent('ingest.faster_than_realtime', { arrivalOf: hasty }),
  'ingest.jitter': () => sent('ingest.jitter', { arrivalOf: blocks }),
  'video.none': () => planned('video.none', sourceOf(null)),
  'video.codec_unsupported': () => planned('video.codec_unsupported', sourceOf({ codec: 'hevc' })),
  'video.gop_long': () => planned('video.gop_long', sourceOf({ gopMs: 10_000 })),
  'video.gop_irregular': irregular,
  'video.open_gop': () => planned('video.open_gop', sourceOf({ openGop: true })),
  'video.bitrate_high': () => sent('video.bitrate_high', { sizeOf: sized(() => 100_000) }),
  'video.bitrate_low': () => sent('video.bitrate_low', { sizeOf: sized(() => 500) }),
  'video.bitrate_unstable': () =>
    sent('video.bitrate_unstable', { sizeOf: sized((ms) => (ms % 4_000 < 2_000 ? 2_000 : 40_000)) }),
  'video.fps_mismatch': () => planned('video.fps_mismatch', sourceOf({ frameRateConstant: false })),
  'video.changed_midstream': () => ofAMoment('video.changed_midstream', true),
  'video.interlaced': () => planned('video.interlaced', sourceOf({ interlaced: true })),
  'video.resolution_over_limit': () =>
    planned('video.resolution_over_limit', sourceOf({ width: 7_680, height: 4_320 })),
  'audio.none': () => planned('audio.none', sourceOf({}, null)),
  'audio.codec_unsupported': () => planned('audio.codec_unsupported', sourceOf({}, unknownSound)),
  'audio.silent': () => {
    const life: boolean[] = [false];
    const health = new SourceHealth((_, holds) => life.push(holds));
    for (const silent of [true, true, false, false]) health.hear({ silent });
    return life;
  },
  'audio.sample_rate': () => planned('audio.sample_rate', sourceOf({}, sound(44_100))),
  'av.drift': () => sent('av.drift', { soundOf: sluggish }),
  'ts.jump': () => stepped('ts.jump', [0, 40, 86_400_000]),
  'ts.backwards': () => stepped('ts.backwards', [9_000, 9_040, 5_000]),
  'ts.wrap_handled': () => stepped('ts.wrap_handled', [2 ** 32 - 40, 0]),
  'transcode.slow': () => paced('slow'),
  'transcode.restarted': () => ofAMoment('transcode.restarted', true),
  'segment.late': () => paced('late'),
  'disk.low': () => {
    const rooms = [1e9, 1e6, 1e9].map((freeBytes) => storage(0, freeBytes));
    return rooms.map((sample) => judgeStorage([sample], healthyStorage).diskLow !== null);
  },
  'storage.backlog': () => {
    const waits = [0, 61_000, 0].map((oldestWaitingMs) => storage(oldestWaitingMs));
    return waits.map((sample) => judgeStorage([sample], healthyStorage).backlog);
  },
  'storage.refused': () => {
    const answers = [false, true, false].map((refused) => ({ ...storage(0), refused }));
    return answers.map((sample) => judgeStorage([sample], healthyStorage).refused);
  },
  'storage.failed': unstorable,
  'replay.long': () => {
    const watch = new RecordWatch(null);
    const fills = [0.5, 0.95, 1].map((share) => ({ segments: share * recordLimits.segmentsMax, isCut: share === 1 }));
    return recorded(
      'replay.long',
      fills.map((fill) => [watch, fill]),
    );
  },
  // Over with its broadcast: the next one has a record of its own.
  'replay.cut': () => {
    const fills = [false, true, false].map((isCut) => ({ segments: 1, isCut }));
    return recorded(
      'replay.cut',
      fills.map((fill) => [new RecordWatch(null), fill]),
    );
  },
  'edge.stale': () =>
    told(({ broadcast }) => [true, false].map((stale) => () => broadcast.note('edge.stale', stale)), 'edge.stale'),
  'ingest.backup': () =>
    told(
      ({ broadcast }) => [true, false].map((there) => () => broadcast.note('ingest.backup', there)),
      'ingest.backup',
    ),
};

it.each(findingCodes.map((code) => [code]))('%s opens when it holds, and closes when it is over', async (code) => {
  expect(await lives[code]()).toEqual([false, true, false]);
});
