import type { CrowdViewer } from './crowd.ts';
import type { MachineWait } from './machine-wait.ts';
import type { Publication } from './origin-witness.ts';

/** How near a viewer's buffer came to being empty. */
export interface Slack {
  readonly kind: string;
  /** Seconds by which the tightest object came before it was due; below zero playback stood still. */
  readonly slackS: number;
  /** Seconds of it that are owed to the machine. */
  readonly forgivenS: number;
  readonly file: string;
}

/** Time on its way before an object was announced that the machine may have taken, ms: what was queued then comes first. */
const queueMs = 1_000;

/**
 * Plays what a viewer got of one rendition at normal speed, from the moment when the first of it was there. What the origin
 * announced late may come later by as much, and so may what the machine kept from those who carry it.
 */
export function playThrough(
  { kind, arrivedMs }: Pick<CrowdViewer, 'kind' | 'arrivedMs'>,
  rendition: string,
  published: ReadonlyMap<string, Publication>,
  machine: Pick<MachineWait, 'between'>,
): Slack {
  const lateMs = latenessOf(published, rendition);
  let first: { readonly atMs: number; readonly startS: number; readonly lateMs: number } | null = null;
  let bufferedToS = 0;
  let tightest: Slack = { kind, slackS: Number.POSITIVE_INFINITY, forgivenS: 0, file: `nothing of ${rendition}` };
  for (const [file, atMs] of arrivedMs) {
    if (!file.startsWith(`${rendition}/`)) continue;
    const place = published.get(file);
    if (!place) throw new Error(`the origin never listed ${file}`);
    if (first === null) first = { atMs, startS: place.startS, lateMs: lateMs(place) };
    else {
      // Who fell behind the parts takes whole segments, the beginning of which he has played already.
      const neededS = Math.max(place.startS, bufferedToS);
      const dueMs = first.atMs + 1_000 * (neededS - first.startS) + Math.max(0, lateMs(place) - first.lateMs);
      const forgivenMs = machine.between((place.publishedMs ?? atMs) - queueMs, atMs);
      const slackS = (dueMs + forgivenMs - atMs) / 1_000;
      if (slackS < tightest.slackS) tightest = { kind, slackS, forgivenS: forgivenMs / 1_000, file };
    }
    bufferedToS = Math.max(bufferedToS, place.endS);
  }
  return tightest;
}

/** How much later than its earliest ones an origin announced an object, measured against media time, ms. */
function latenessOf(published: ReadonlyMap<string, Publication>, rendition: string): (place: Publication) => number {
  const clockMs = ({ publishedMs, endS }: Publication) => (publishedMs ?? Number.POSITIVE_INFINITY) - 1_000 * endS;
  const places = [...published].filter(([file]) => file.startsWith(`${rendition}/`)).map(([, place]) => place);
  const earliestMs = Math.min(...places.map(clockMs));
  return (place) => (place.publishedMs === null ? 0 : clockMs(place) - earliestMs);
}
