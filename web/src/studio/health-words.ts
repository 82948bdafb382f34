import { studioLimits } from '#shared/limits/page.ts';
import type { BroadcastHealth, Dwell, StageDwell } from '#shared/model/broadcast.ts';
import { bitrateText } from '../page/duration.ts';
import { stageWords, worstFirst } from './live-words.ts';
import type { Facts } from './studio.ts';

/** One line that says how things are. */
export interface Verdict {
  readonly tone: 'good' | 'warning' | 'bad' | 'off';
  readonly headline: string;
  readonly sentence: string;
}

/** How the broadcast is doing; the worst finding decides. */
export function verdictOf(facts: Facts): Verdict {
  const { stage, headline, sentence } = stageWords(facts);
  if (stage === 'interrupted') return { tone: 'bad', headline, sentence };
  if (stage === 'starting') return { tone: 'off', headline, sentence };
  if (stage !== 'live') {
    return { tone: 'off', headline: 'Offline', sentence: 'Nothing is on air; figures stand where they were.' };
  }
  const worst = worstFirst(facts.broadcast?.report?.findings ?? []).find(({ severity }) => severity !== 'info');
  const speed = facts.broadcast?.report?.health?.speed ?? 1;
  if (!worst && speed < studioLimits.speedMin) {
    const words = `The picture is encoded at ${speed.toFixed(2)} × real time. If that lasts, viewers fall behind: look at your uplink, or send a smaller picture.`;
    return { tone: 'warning', headline: 'Slower than real time', sentence: words };
  }
  if (!worst)
    return { tone: 'good', headline: 'All is well', sentence: 'The encoder is steady and viewers get it all.' };
  const isBad = worst.severity === 'error';
  return {
    tone: isBad ? 'bad' : 'warning',
    headline: isBad ? 'Something is wrong' : 'Live, with something to mend',
    sentence: worst.sentence,
  };
}

/** Figures of the encoder on the server, line by line; empty while it does not run. */
export function healthLines(health: BroadcastHealth | null): [term: string, text: string][] {
  if (!health) return [];
  const { fps, speed, bitrate, droppedFrames, restarts, shedRungs = 0 } = health;
  return [
    ['Frames', `${fps.toFixed(1)} per second`],
    ['Speed', `${speed.toFixed(2)} × real time`],
    ['Bitrate', bitrateText(bitrate)],
    ['Frames dropped', String(droppedFrames)],
    ['Restarts', String(restarts)],
    ['Rungs left out', shedRungs === 0 ? 'none' : `${shedRungs}, the server is too slow for them`],
  ];
}

const stages: readonly (readonly [keyof Dwell, string])[] = [
  ['ingest', 'Arrival'],
  ['transcoder', 'Encoding'],
  ['packager', 'Packaging'],
  ['total', 'In all'],
];

/** How long media stays in each stage: name, median, 95th percentile. */
export function dwellRows(dwell: Dwell | undefined): [stage: string, p50: string, p95: string][] {
  return stages.map(([stage, name]) => {
    const measured: StageDwell | null = dwell?.[stage] ?? null;
    if (!measured) return [name, '–', '–'];
    return [name, `${Math.round(measured.p50Ms)} ms`, `${Math.round(measured.p95Ms)} ms`];
  });
}
