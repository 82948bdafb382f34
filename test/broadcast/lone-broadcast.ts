import type { BroadcastReport, PublishAccepted } from '#shared/wire/control.ts';
import type { JournalEntry } from '../../origin/broadcast/journal.ts';
import { LiveBroadcast } from '../../origin/broadcast/live-broadcast.ts';
import type { BroadcastSurroundings } from '../../origin/broadcast/surroundings.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { createPictureMaker } from '../../origin/transcoder/picture.ts';
import { silentLog } from '../support/log.ts';

/**
 * A broadcast with nothing around it, and one that publishes to it.
 * @param restored how far it was in a process before this one
 */
export function createLoneBroadcast(ffmpegPath = 'ffmpeg', restored: JournalEntry | null = null) {
  const reports: BroadcastReport[] = [];
  const accepted: PublishAccepted = {
    accepted: true,
    channel: 'demo',
    broadcast: 'b_0000000000abcdefghjk',
    resumed: false,
    latency: 'low',
    reconnectWindowMs: 600_000,
    slate: false,
  };
  const around: BroadcastSurroundings = {
    originId: 'o1',
    ffmpegPath,
    ladder: defaultLadderWish,
    slateImage: '/none.png',
    capacity: () => ({ pixelsPerSecond: 1e8, inUse: 0 }),
    sinkUrl: () => 'http://127.0.0.1:9/',
    report: (report) => reports.push(report),
    journal: {
      save: () => {},
      append: () => {},
      pack: async (_, toBytes) => ({ fromBytes: toBytes, toBytes }),
      read: async () => Buffer.alloc(0),
      forget: () => {},
    },
    upload: () => {},
    sending: null,
    uploadPart: () => {},
    store: createMemoryStore(),
    dvrWindowS: 7_200,
    pictures: createPictureMaker('ffmpeg'),
    onEnded: () => {},
    log: silentLog,
    now: Date.now,
    random01: () => 0.5,
  };
  const broadcast = new LiveBroadcast(accepted, around, restored);
  const sink = broadcast.join({ session: 's1', close: () => {} }, accepted);
  /** Open findings. */
  const codes = () => reports.at(-1)?.findings.map((finding) => finding.code) ?? [];
  return { broadcast, sink, codes };
}
