import type { PublishAccepted } from '#shared/wire/control.ts';
import { BroadcastMedia } from '../../origin/broadcast/broadcast-media.ts';
import type { Journal, JournalEntry } from '../../origin/broadcast/journal.ts';
import type { Sending } from '../../origin/broadcast/record-keeper.ts';
import type { ObjectStore } from '../../origin/store/object-store.ts';
import { createPictureMaker } from '../../origin/transcoder/picture.ts';
import { chunk, initSegment } from './fmp4.ts';
import { silentLog } from './log.ts';

const renditions = [
  { name: 'v360', kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false },
  { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false },
] as const;

/** When every made-up broadcast began, ms since the Unix epoch. */
export const madeUpAnchorMs = Date.UTC(2026, 10, 21, 12);

export interface MadeUpBroadcastOptions {
  readonly broadcast: string;
  readonly store: ObjectStore;
  readonly journal: Journal;
  /** How far it was in a process before this one. */
  readonly restored?: JournalEntry | null;
  readonly upload?: (key: string) => void;
  /** Null: there is no bucket. */
  readonly sending?: Sending | null;
  readonly now?: () => number;
  /** Of one video sample; thirty make a second. */
  readonly sampleBytes?: number;
}

/** Into a bucket that has everything at once. */
export const sentAtOnce: Sending = { isUploaded: () => true, uploaded: async () => {}, keepBack: () => {} };

/** What the control plane said of it. */
export function acceptedOf(broadcast: string): PublishAccepted {
  const wishes = { resumed: false, latency: 'low', reconnectWindowMs: 60_000, slate: false } as const;
  return { accepted: true, channel: 'demo', broadcast, ...wishes };
}

/** An origin's media of one broadcast, from packager to store and record, over made-up samples that come when asked for. */
export class MadeUpBroadcast {
  readonly media: BroadcastMedia;
  readonly troubles: (string | null)[] = [];
  readonly #sampleBytes: number;
  readonly #sinks: readonly ({ data(bytes: Buffer): void } | null)[];
  #ms = 0;

  constructor({
    broadcast,
    store,
    journal,
    upload = () => {},
    sending = null,
    restored = null,
    now = Date.now,
    sampleBytes = 500,
  }: MadeUpBroadcastOptions) {
    this.#sampleBytes = sampleBytes;
    this.media = new BroadcastMedia({
      accepted: acceptedOf(broadcast),
      restored,
      ...{
        journal,
        store,
        upload,
        sending,
        uploadPart: () => {},
        dvrWindowS: 7_200,
        log: silentLog,
        now,
        lastSignMs: Date.now,
      },
      pictures: createPictureMaker('ffmpeg'),
      // No decoder could read these pictures.
      isBusy: () => true,
      events: { onMedia: () => {}, onMisaligned: () => {} },
      onTrouble: (why) => this.troubles.push(why?.code ?? null),
    });
    const { packager } = this.media;
    // Media time goes on after what there is, on the grid of segments.
    const nextMsn = Math.max(0, ...[...packager.tracks.values()].map(({ timeline }) => timeline.nextMsn));
    this.#ms = nextMsn * 2_000;
    const times = { keyframes: 2_000, gopMs: 2_000, partTargetMs: 200, anchorMs: madeUpAnchorMs };
    const run = packager.beginRun({ renditions, ...times });
    this.#sinks = renditions.map(({ name, kind }) => {
      const sink = packager.openTrack(run, name);
      sink?.data(initSegment(kind));
      return sink;
    });
  }

  /** Makes so many segments of two seconds and waits until they are stored or given up. */
  async play(segments: number): Promise<void> {
    const [video, audio] = this.#sinks;
    for (const endMs = this.#ms + segments * 2_000; this.#ms < endMs; this.#ms += 200) {
      const independent = this.#ms % 2_000 === 0;
      const durationsTicks = Array(6).fill(3_000);
      const startTicks = 900_000 + this.#ms * 90;
      video?.data(chunk({ startTicks, durationsTicks, independent, sampleBytes: this.#sampleBytes }));
      const sound = { startTicks: 480_000 + this.#ms * 48, durationsTicks: Array(10).fill(960), independent: true };
      audio?.data(chunk(sound));
    }
    await this.media.settled();
  }
}
