/** A part of the media on a video element, seconds of its own time. */
export interface MediaRange {
  readonly startS: number;
  readonly endS: number;
}

/** What can be played now: the window while live, everything afterwards. Null before anything is known. */
export function playableRange({
  seekable,
  duration,
}: Pick<HTMLVideoElement, 'seekable' | 'duration'>): MediaRange | null {
  if (seekable.length > 0) return { startS: seekable.start(0), endS: seekable.end(seekable.length - 1) };
  return Number.isFinite(duration) && duration > 0 ? { startS: 0, endS: duration } : null;
}

/** A time inside a range. */
export function clamp(timeS: number, { startS, endS }: MediaRange): number {
  return Math.min(endS, Math.max(startS, timeS));
}

/** `0:07`, `12:05`, `1:02:05`: a position, cut down to the second. */
export function positionText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds + 1e-3));
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
