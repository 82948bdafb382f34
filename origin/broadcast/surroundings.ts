import type { BroadcastReport } from '#shared/wire/control.ts';
import type { Capacity, LadderWish } from '../transcoder/ladder.ts';
import type { BroadcastMediaOptions } from './broadcast-media.ts';

/** What a broadcast needs from the origin around it. */
export interface BroadcastSurroundings
  extends Pick<
    BroadcastMediaOptions,
    'journal' | 'store' | 'upload' | 'sending' | 'uploadPart' | 'dvrWindowS' | 'pictures' | 'log' | 'now'
  > {
  readonly originId: string;
  readonly ffmpegPath: string;
  readonly ladder: LadderWish;
  /** The slate's picture, an absolute path. */
  readonly slateImage: string;
  readonly capacity: () => Capacity;
  readonly sinkUrl: (broadcast: string, run: number, rendition: string) => string;
  readonly report: (report: BroadcastReport) => void;
  readonly onEnded: () => void;
  readonly random01: () => number;
  /** A shed rung may come back after this much calm, ms; a minute unless told. */
  readonly calmMsMin?: number | undefined;
}
