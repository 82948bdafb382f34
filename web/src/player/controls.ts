import type { Engine } from './engine.ts';
import type { KeyCommand } from './keyboard.ts';
import { type MediaRange, playableRange } from './media-range.ts';

/** The parts of the page that commands act on. */
export interface Controlled {
  readonly video: HTMLVideoElement;
  engine(): Engine | null;
  toggleFullscreen(): void;
  toggleStats(): void;
  toggleCaptions(): void;
  toggleClip(): void;
  /** Where the speed can be changed. */
  turnSpeed?(by: 1 | -1): void;
  /** A part that is kept to; null: all that can be played. */
  limit?(): MediaRange | null;
  showHelp(): void;
}

const actions: Readonly<Record<KeyCommand, (page: Controlled) => void>> = {
  'toggle-play': (page) => togglePlay(page.video),
  'back-10': (page) => seekBy(page, -10),
  'forward-10': (page) => seekBy(page, 10),
  'back-5': (page) => seekBy(page, -5),
  'forward-5': (page) => seekBy(page, 5),
  louder: (page) => turnVolume(page.video, 0.05),
  quieter: (page) => turnVolume(page.video, -0.05),
  'toggle-mute': ({ video }) => {
    video.muted = !video.muted;
  },
  'toggle-fullscreen': (page) => page.toggleFullscreen(),
  'toggle-stats': (page) => page.toggleStats(),
  'go-live': goLive,
  'toggle-captions': (page) => page.toggleCaptions(),
  clip: (page) => page.toggleClip(),
  faster: (page) => page.turnSpeed?.(1),
  slower: (page) => page.turnSpeed?.(-1),
  help: (page) => page.showHelp(),
};

/** Carries out one command. */
export function carryOut(command: KeyCommand, page: Controlled): void {
  actions[command](page);
}

/** Jumps to the live edge and plays; in a replay, to its end. */
export function goLive(page: Pick<Controlled, 'video' | 'engine' | 'limit'>): void {
  const end = page.limit?.()?.endS;
  if (end !== undefined) {
    page.video.currentTime = end;
    return;
  }
  page.engine()?.goLive();
  if (page.video.paused) play(page.video);
}

function togglePlay(video: HTMLVideoElement): void {
  if (video.readyState === HTMLMediaElement.HAVE_NOTHING) return;
  if (video.paused) play(video);
  else video.pause();
}

function play(video: HTMLVideoElement): void {
  // A refusal leaves the video paused, which the page shows.
  video.play().catch(() => undefined);
}

/** Moves inside what can be played, never past the position that counts as live. */
function seekBy(page: Controlled, seconds: number): void {
  const { video } = page;
  const { currentTime } = video;
  const playable = page.limit?.() ?? playableRange(video);
  if (!playable) return;
  const edge = page.engine()?.liveSyncPosition() ?? playable.endS;
  const target = Math.max(playable.startS, currentTime + seconds);
  // Near the edge the live position can lie a little behind us: going forward must not go back.
  video.currentTime = seconds > 0 ? Math.max(currentTime, Math.min(target, edge)) : target;
}

function turnVolume(video: HTMLVideoElement, by: number): void {
  video.volume = Math.min(1, Math.max(0, Math.round((video.volume + by) * 100) / 100));
  if (by > 0) video.muted = false;
}
