import type { Origin } from '#shared/api/shapes.ts';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { durationText } from '../page/duration.ts';
import { dateText } from './dates.ts';

/** What a figure of an origin is called, in the order in which they are shown. */
export const originFigures = ['On air', 'Load', 'Encodes', 'Heard', 'Version'] as const;

/** The words of one origin. */
export interface OriginWords {
  /** `Frankfurt · eu-central`; empty: its operator says neither. */
  readonly place: string;
  readonly state: string;
  readonly tone: 'good' | 'busy' | 'off' | 'bad';
  readonly figures: Readonly<Record<(typeof originFigures)[number], string>>;
  /** Why encoders are not sent to it; empty: they are. */
  readonly unlisted: string;
  readonly rtmp: string | null;
  readonly rtmps: string | null;
  /** What is left to do with it once nobody needs it. */
  readonly isRemovable: boolean;
}

/** @param nowMs the server's clock */
export function originWords(origin: Origin, nowMs: number, locale?: string, timeZone?: string): OriginWords {
  const { region, broadcasts, load, capacity, seenMs, version, ingest, dead, draining } = origin;
  return {
    place: [ingest?.place?.name, region].filter(Boolean).join(' · '),
    ...stateWords(origin, locale, timeZone),
    figures: {
      'On air': broadcasts === 1 ? '1 broadcast' : `${broadcasts === 0 ? 'no' : broadcasts} broadcasts`,
      Load: dead ? '–' : `${Math.round(load * 100)} %`,
      Encodes: capacity === null ? '–' : `${(capacity / measuredPixels).toFixed(1)} × 720p30`,
      Heard: agoText(nowMs - seenMs),
      Version: version,
    },
    unlisted: ingest
      ? ''
      : 'In no list of ingests: nothing says at which host encoders reach it (HEADWATER_INGEST_HOST).',
    rtmp: ingest?.rtmpUrl ?? null,
    rtmps: ingest?.rtmpsUrl ?? null,
    isRemovable: dead || (draining && broadcasts === 0),
  };
}

/** Pixels a second of the picture that machines are measured with. */
const measuredPixels = 1_280 * 720 * 30;

function stateWords(origin: Origin, locale?: string, timeZone?: string): Pick<OriginWords, 'state' | 'tone'> {
  const { dead, draining, broadcasts, seenMs } = origin;
  if (dead) {
    const since = `Not heard since ${dateText(seenMs, locale, timeZone)}`;
    return { state: draining ? `${since}, and drained` : since, tone: 'bad' };
  }
  if (draining && broadcasts > 0) return { state: `Draining, ${broadcasts} to go`, tone: 'busy' };
  if (draining) return { state: 'Drained: it can be stopped', tone: 'off' };
  if (broadcasts >= broadcastLimits.broadcastsMax) return { state: 'Full', tone: 'busy' };
  return { state: 'Takes publishers', tone: 'good' };
}

/** `2 s ago`, `12 min ago`: an origin is heard every two seconds. */
function agoText(agoMs: number): string {
  const seconds = Math.max(0, Math.round(agoMs / 1_000));
  return `${seconds < 60 ? `${seconds} s` : durationText(agoMs)} ago`;
}

/** What draining does, in the sentences of the question before it. @param others the other origins, as far as they are known */
export function drainSentence(id: string, others: readonly Origin[]): string {
  const does = [
    'Nobody new can publish here, and no list of ingests names it.',
    'Broadcasts that a backup encoder at another origin waits for move there within seconds; the others stay until they end.',
  ];
  const isOnly = !others.some((other) => other.id !== id && !other.dead && !other.draining);
  if (isOnly) does.push('No other origin takes publishers now: nobody can go live until one does.');
  return does.join(' ');
}

/** What removing does. An origin with the deployment's keys has none that could be taken back. */
export function removeSentence({ key }: Pick<Origin, 'key'>): string {
  const back =
    key === null
      ? 'It signs with the deployment’s own keys: when it runs, it is back in this list with its next heartbeat.'
      : 'Its key is taken back: it takes another join token to come back.';
  return `${back} Replays that it made stay; those that are still uploading may be in its folder alone.`;
}

/** What the form of a new origin says. */
export interface OriginForm {
  readonly id: string;
  readonly url: string;
  readonly ingestHost: string;
  readonly region: string;
}

/** What is wrong with the form; the rest is judged by API and origin. @param origins as far as they are known */
export function originTrouble(id: string, origins: readonly Origin[]): string {
  const isTaken = origins.some((origin) => origin.id === id && !origin.dead);
  return isTaken ? `There is an origin ${id} already, and it is at work. Choose another id.` : '';
}

/** Lines for the environment of a new origin: docs/operate/origin.md. @param controlUrl address of a PoP */
export function originLines({ id, url, ingestHost, region }: OriginForm, controlUrl: string, token: string): string {
  const lines = [
    ['ORIGIN_ID', id],
    ['CONTROL_URL', controlUrl],
    ['JOIN_TOKEN', token],
    ['PUBLIC_URL', url.trim()],
    ['INGEST_HOST', ingestHost.trim()],
    ['REGION', region.trim()],
  ] as const;
  return lines.flatMap(([name, value]) => (value ? [`HEADWATER_${name}=${value}`] : [])).join('\n');
}
