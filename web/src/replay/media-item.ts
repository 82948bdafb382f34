import type { ShownReplayState } from '#shared/model/replay-status.ts';
import type { MediaRange } from '../player/media-range.ts';

/** What the page plays: a replay, a part of one, or a clip. Times in ms since the Unix epoch. */
export interface MediaItem {
  readonly title: string;
  readonly channel: string;
  readonly broadcast: string;
  /** A clip's media is whole from the start. */
  readonly state: ShownReplayState;
  readonly hls: string;
  readonly dash: string;
  /** Exactly what is to be seen of the media; null: all of it. */
  readonly range: MediaRange | null;
  /** Addresses of pictures that need not be there. */
  readonly poster: string | null;
  readonly thumbs: string | null;
  /** Where an MP4 of it would be; whether there is one is asked. Null: nowhere. */
  readonly download: string | null;
  /** When it was broadcast; of a clip, when it was made. */
  readonly dateMs: number;
  readonly durationS: number | null;
  readonly pop: string;
}
