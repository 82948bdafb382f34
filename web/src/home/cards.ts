import type { LiveChannel } from '#shared/model/view.ts';
import { durationText } from '../page/duration.ts';

/** The words on one card. */
export interface Card {
  readonly channel: string;
  readonly href: string;
  readonly title: string;
  readonly badge: 'LIVE' | 'BACK SOON';
  /** `1080p · 12 min` */
  readonly facts: string;
  /** Hue of the card's own colour, degrees; the same for a channel on every visit. */
  readonly hue: number;
}

/**
 * A card's words.
 * @param popNowMs the PoP's clock
 */
export function cardOf(live: LiveChannel, popNowMs: number): Card {
  const height = live.height === null ? [] : [`${live.height}p`];
  return {
    channel: live.channel,
    href: `/watch/${encodeURIComponent(live.channel)}`,
    title: live.title.trim() || live.channel,
    badge: live.state === 'interrupted' ? 'BACK SOON' : 'LIVE',
    facts: [...height, `live for ${durationText(popNowMs - live.startedMs)}`].join(' · '),
    hue: hueOf(live.channel),
  };
}

function hueOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 3_600;
  return hash / 10;
}
