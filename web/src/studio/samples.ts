import { studioLimits } from '#shared/limits/page.ts';
import type { Facts } from './studio.ts';

/** One measurement of the encoder on the server. */
export interface Sample {
  /** When its origin said so, ms since the Unix epoch. */
  readonly atMs: number;
  readonly bitrate: number;
  readonly speed: number;
  readonly fps: number;
}

/** The samples with a new one, the oldest leaving; nothing is added while the broadcast is not live: the strip stands still. */
export function withSample(samples: readonly Sample[], { broadcast }: Facts): readonly Sample[] {
  const health = broadcast?.report?.health;
  if (!health || broadcast.state !== 'live') return samples;
  const atMs = broadcast.updatedMs;
  if (atMs <= (samples.at(-1)?.atMs ?? 0)) return samples;
  const { bitrate, speed, fps } = health;
  return [...samples, { atMs, bitrate, speed, fps }].slice(-studioLimits.samplesKeptMax);
}

/** The size of a strip, in its own units. */
export interface StripSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Path data of a strip: one line, broken where measurements are missing.
 * @param top value at the upper edge
 */
export function stripPath(
  samples: readonly Sample[],
  value: (sample: Sample) => number,
  top: number,
  { width, height }: StripSize,
): string {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return '';
  const spanMs = Math.max(1, last.atMs - first.atMs);
  return samples
    .map((sample, at) => {
      const before = samples[at - 1];
      const isJoined = before && sample.atMs - before.atMs <= studioLimits.sampleGapMsMax;
      const x = ((sample.atMs - first.atMs) / spanMs) * width;
      const y = height - Math.min(1, Math.max(0, value(sample) / top)) * height;
      // A line without length is drawn as a dot, so that a lonely measurement is seen.
      return isJoined ? `L${x.toFixed(1)} ${y.toFixed(1)}` : `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
    })
    .join('');
}

/** A round value at or above all of these. */
export function roundTop(values: readonly number[]): number {
  const most = Math.max(0, ...values);
  if (most === 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  return (Math.ceil((most / unit) * 2) / 2) * unit;
}
