import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { videoEncoder } from './encoders.ts';

/** What counts of a rung when its cost is estimated. */
export interface CostedRung {
  readonly mode: 'copy' | 'encode';
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly encoder: string;
}

/** What counts of a source: its pixels are decoded once, and read once for every scaled rung. */
export type CostedSource = Pick<CostedRung, 'width' | 'height' | 'frameRate'>;

// Measured in CPU time against x264 superfast on the same pixels (720p30 at 4 Mb/s, ffmpeg 5.1): decoding 0.43, and
// scaling about 0.15 of the source's pixels per rung.
const decodeShare = 0.43;
const scaleShare = 0.15;

/** Cost of a ladder in pixels per second as x264 encodes them; 0 when nothing is encoded, for then nothing is decoded either. */
export function ladderCost(rungs: readonly CostedRung[], source: CostedSource | null): number {
  const encoded = rungs.filter((rung) => rung.mode === 'encode');
  if (encoded.length === 0) return 0;
  const sourcePixels = source ? pixelsPerSecond(source) : 0;
  return encoded.reduce(
    (sum, rung) => sum + encoding(rung) + sourcePixels * (sameSize(rung, source) ? 0 : scaleShare),
    sourcePixels * decodeShare,
  );
}

/** What may still be spent: the encoders' share of the machine minus what runs already, pixels per second. */
export function budget(capacity: { readonly pixelsPerSecond: number; readonly inUse: number }): number {
  return capacity.pixelsPerSecond * transcoderLimits.capacityShareMax - capacity.inUse;
}

function encoding(rung: CostedRung): number {
  return pixelsPerSecond(rung) * videoEncoder(rung.encoder).cost;
}

function pixelsPerSecond(picture: CostedSource): number {
  return picture.width * picture.height * picture.frameRate;
}

function sameSize(rung: CostedRung, source: CostedSource | null): boolean {
  return source !== null && rung.width === source.width && rung.height === source.height;
}
