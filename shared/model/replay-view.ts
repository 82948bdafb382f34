import type { ShownReplayState } from './replay-status.ts';

/** `GET /api/v1/watch-replay/<broadcast>`: what the replay page needs to know. Times in ms since the Unix epoch. */
export interface ReplayView {
  readonly broadcast: string;
  readonly channel: string;
  readonly title: string;
  readonly state: ShownReplayState;
  readonly startedMs: number;
  readonly endedMs: number | null;
  /** Length of the media, seconds; null while it is not known. */
  readonly durationS: number | null;
  /** Paths on this PoP. A poster or thumbnails need not be there. */
  readonly hls: string;
  readonly dash: string;
  readonly poster: string;
  readonly thumbs: string;
  /** Name of the PoP that answered. */
  readonly pop: string;
  /** The PoP's clock, ms since the Unix epoch. */
  readonly nowMs: number;
}

/** A replay in the list of its channel. */
export type ReplayCard = Pick<
  ReplayView,
  'broadcast' | 'title' | 'state' | 'startedMs' | 'endedMs' | 'durationS' | 'poster'
>;

/** `GET /api/v1/watch/<channel>/replays`: newest first. */
export interface ReplayList {
  readonly replays: readonly ReplayCard[];
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
}
