import { lengthText } from '../page/duration.ts';
import type { MediaItem } from './media-item.ts';

/** The line below the title: when, and how long. */
export function factsLine({ dateMs, durationS }: MediaItem, locale?: string): string {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(dateMs);
  return durationS === null ? date : `${date} · ${lengthText(durationS)}`;
}
