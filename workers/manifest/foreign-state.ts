import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import { attributeValue, readAttributes } from './hls/attributes.ts';
import { splitLines } from './hls/lines.ts';

/** What the text of a playlist tells about lifetimes and blocking. */
export interface ForeignPlaylist {
  /** Seconds; null for a multivariant playlist. */
  readonly targetDurationS: number | null;
  readonly ended: boolean;
  /** Where its live edge is; null unless its server holds blocking requests (CAN-BLOCK-RELOAD). */
  readonly state: PlaylistState | null;
}

/** Reads a playlist of a server that does not send its state beside it (rfc8216bis 4.4.3, 4.4.4). */
export function readForeignPlaylist(text: string): ForeignPlaylist {
  let targetDurationS: number | null = null;
  let partTargetS = 0;
  let first = 0;
  let segments = 0;
  let parts = 0;
  let lastParts = 0;
  let ended = false;
  let blocks = false;
  for (const { name, valueFrom, to } of splitLines(text)) {
    const number = () => Number(text.slice(valueFrom, to)) || 0;
    const attribute = (key: string) => attributeValue(readAttributes(text, valueFrom), key);
    if (name === 'TARGETDURATION') targetDurationS = number();
    else if (name === 'MEDIA-SEQUENCE') first = number();
    else if (name === 'PART-INF') partTargetS = Number(attribute('PART-TARGET')) || 0;
    else if (name === 'SERVER-CONTROL') blocks = attribute('CAN-BLOCK-RELOAD') === 'YES';
    else if (name === 'SKIP') segments += Number(attribute('SKIPPED-SEGMENTS')) || 0;
    else if (name === 'ENDLIST') ended = true;
    else if (name === 'PART') parts++;
    else if (name === 'URI') {
      segments++;
      lastParts = parts;
      parts = 0;
    }
  }
  if (targetDurationS === null || !blocks) return { targetDurationS, ended, state: null };
  const complete = parts === 0;
  const msn = Math.max(0, complete ? first + segments - 1 : first + segments);
  const part = (complete ? lastParts : parts) - 1;
  return { targetDurationS, ended, state: { msn, part, complete, targetDurationS, partTargetS, ended } };
}
