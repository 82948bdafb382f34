/** How a recorder writes, and what the server is told of it. */
export interface RecordingFormat {
  readonly mimeType: string;
  readonly container: 'webm' | 'mp4';
  /** H.264 is passed on by the server as it is, everything else is encoded again. */
  readonly picture: 'h264' | 'other';
}

// WebM first where both are there: some browsers hold MP4 back until the next keyframe.
const formats: readonly RecordingFormat[] = [
  { mimeType: 'video/webm;codecs=h264,opus', container: 'webm', picture: 'h264' },
  { mimeType: 'video/mp4;codecs=avc1.64001F,mp4a.40.2', container: 'mp4', picture: 'h264' },
  { mimeType: 'video/mp4;codecs=avc1.42E01F,mp4a.40.2', container: 'mp4', picture: 'h264' },
  { mimeType: 'video/webm;codecs=vp8,opus', container: 'webm', picture: 'other' },
  { mimeType: 'video/webm;codecs=vp9,opus', container: 'webm', picture: 'other' },
];

/** The best format that a browser records; null when it has none that the server reads. */
export function chooseFormat(isSupported: (mimeType: string) => boolean): RecordingFormat | null {
  return formats.find(({ mimeType }) => isSupported(mimeType)) ?? null;
}

/** Bits per second for a picture of this height, before a slow connection has lowered it. */
export function bitrateFor(height: number): number {
  if (height > 720) return 4_500_000;
  if (height > 480) return 2_500_000;
  return height > 360 ? 1_500_000 : 900_000;
}
