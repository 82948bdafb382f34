/** How playing began: with sound, without (the browser refused sound), or not at all (it wants a click). */
export type PlayResult = 'sound' | 'muted' | 'refused';

/** The part of a video element that autoplay needs. */
export interface Playable {
  muted: boolean;
  play(): Promise<void>;
}

/** Plays with sound where the browser allows it, else muted. Never rejects. */
export async function startPlaying(video: Playable): Promise<PlayResult> {
  if (await attempt(video)) return video.muted ? 'muted' : 'sound';
  if (video.muted) return 'refused';
  video.muted = true;
  if (await attempt(video)) return 'muted';
  video.muted = false;
  return 'refused';
}

async function attempt(video: Playable): Promise<boolean> {
  try {
    await video.play();
    return true;
  } catch (error) {
    // An attempt that was overtaken (another load, a pause) is not a refusal.
    return !(error instanceof DOMException && error.name === 'NotAllowedError');
  }
}
