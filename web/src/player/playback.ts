/** What the player is doing with the media that it was given. */
export type Playback = 'none' | 'loading' | 'playing' | 'paused' | 'stalled' | 'failed' | 'finished';

/** What the player tells the state of its page. */
export type PlayerEvent =
  | { readonly type: 'unsupported' }
  | { readonly type: 'mounted'; readonly broadcast: string | null }
  | { readonly type: 'playback'; readonly playback: Exclude<Playback, 'failed' | 'none'> }
  | { readonly type: 'media-failed'; readonly code: string }
  /** Nothing new is listed for longer than it may take, or there is again. */
  | { readonly type: 'edge'; readonly isStill: boolean };
