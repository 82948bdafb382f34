import type { CaptionChannel } from './source.ts';

/** The channels once each, CEA-608 first, each kind by its number. */
export function sortCaptions(channels: Iterable<CaptionChannel>): CaptionChannel[] {
  const place = (channel: CaptionChannel) => (channel.startsWith('CC') ? 0 : 100) + Number(/\d+$/.exec(channel)?.[0]);
  return [...new Set(channels)].sort((a, b) => place(a) - place(b));
}
