import { isUnheard, unheardWords } from '#shared/model/replay-status.ts';
import type { ReplayItem } from '#shared/model/view.ts';
import { durationText } from '../page/duration.ts';
import { positionText } from '../player/media-range.ts';
import { dateText, sizeText } from './dates.ts';

/** The words of one replay. */
export interface ReplayWords {
  readonly title: string;
  /** `12:05`; empty while it is not known. */
  readonly length: string;
  readonly state: string;
  readonly tone: 'good' | 'busy' | 'bad';
  readonly facts: string;
  /** There is something to play. */
  readonly isPlayable: boolean;
}

/** A replay as the studio names it; dates in the reader's language unless another is given. */
export function replayWords(replay: ReplayItem, locale?: string, timeZone?: string): ReplayWords {
  const { startedMs, durationMs, sizeBytes, state } = replay;
  return {
    title: dateText(startedMs, locale, timeZone),
    length: durationMs > 0 ? positionText(durationMs / 1_000) : '',
    ...stateWords(replay),
    facts: sizeBytes > 0 ? sizeText(sizeBytes) : '',
    isPlayable: state !== 'failed',
  };
}

function stateWords(replay: ReplayItem): Pick<ReplayWords, 'state' | 'tone'> {
  const { state, uploaded, gapMs } = replay;
  if (isUnheard(replay)) {
    return state === 'failed'
      ? { state: `Nothing was stored: ${unheardWords}`, tone: 'bad' }
      : { state: 'Waits for its origin to store it', tone: 'busy' };
  }
  switch (state) {
    case 'ready':
      return { state: 'Ready', tone: 'good' };
    case 'partial':
      return { state: `Ready, with ${holeText(gapMs)} missing`, tone: 'bad' };
    case 'failed':
      return { state: 'Failed: nothing was stored', tone: 'bad' };
    default:
      return { state: `Uploading, ${Math.floor(100 * uploaded)} %`, tone: 'busy' };
  }
}

function holeText(gapMs: number): string {
  return gapMs < 60_000 ? `${Math.max(1, Math.round(gapMs / 1_000))} s` : durationText(gapMs);
}
