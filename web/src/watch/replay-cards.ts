import type { ReplayCard } from '#shared/model/replay-view.ts';
import { positionText } from '../player/media-range.ts';

/** The words on a card of the list of replays. */
export interface CardWords {
  readonly href: string;
  readonly title: string;
  readonly date: string;
  /** Empty while the length is not known. */
  readonly length: string;
  /** What a screen reader says for the card. */
  readonly label: string;
}

/** A card's words; dates in the viewer's language unless another is given. */
export function wordsOf(replay: ReplayCard, locale?: string, timeZone?: string): CardWords {
  const { broadcast, title, startedMs, durationS } = replay;
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(startedMs);
  const length = durationS === null ? '' : positionText(durationS);
  const label = [title, date, ...(length ? [`length ${length}`] : [])].join(', ');
  return { href: `/replay/${broadcast}`, title, date, length, label };
}
