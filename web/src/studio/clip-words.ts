import type { Clip } from '#shared/api/shapes.ts';
import { positionText } from '../player/media-range.ts';
import { dateText } from './dates.ts';

/** `0:30 · 21 Nov 2026, 18:05 · unlisted` */
export function clipFacts(clip: Clip, locale?: string, timeZone?: string): string {
  const { durationS, createdMs, visibility } = clip;
  return [positionText(Math.round(durationS)), dateText(createdMs, locale, timeZone), visibility].join(' · ');
}
