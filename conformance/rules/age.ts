import type { Exchange } from '../http/exchange.ts';
import type { Observation } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen } from './check.ts';
import { probesOf } from './seen.ts';

const cacheMarks = ['x-cache', 'cf-cache-status', 'x-served-by', 'x-cache-hits', 'via', 'x-proxy-cache'];

/** Age and Date count whole seconds, and each of two may be off by one, ms. */
const roundingMs = 2_000;

/** Rule 24: what the tune-in algorithm of players reckons with. */
export const ageChecks: readonly Check<Observation>[] = [
  {
    ...{
      id: 'rule-24',
      severity: 'SHOULD',
      section: 'RFC 9111 5.1; rfc8216bis C',
      title: 'Cached answers say how old they are, to pages too',
    },
    asks: 'What comes from a cache has an Age that Access-Control-Expose-Headers names. It is true: not less than Date tells, no playlist is older than the media that it lists, and a stored object ages with the clock.',
    judge: (seen, evidence) => {
      const answers = seen.exchanges.filter(({ status, purpose }) => status === 200 && purpose !== 'clock');
      const cached = answers.filter(
        ({ headers }) => headers.age !== undefined || cacheMarks.some((name) => headers[name] !== undefined),
      );
      if (cached.length === 0) evidence.say('no answer shows that a cache made it');
      for (const exchange of cached) judgeHeader(exchange, evidence);
      const offsets = clockOffsets(seen.exchanges);
      for (const exchange of cached) judgeDate(exchange, offsets, evidence);
      judgePlaylists(seen, offsets, evidence);
      for (const { exchange, against } of probesOf(seen, 'again')) judgeAgain(exchange, against, evidence);
    },
  },
];

function judgeHeader(exchange: Exchange, evidence: Evidence): void {
  evidence.look();
  const { age } = exchange.headers;
  const exposed = (exchange.headers['access-control-expose-headers'] ?? '').toLowerCase().split(/\s*,\s*/);
  if (age === undefined) evidence.should(at(exchange), 'it came from a cache, but without Age');
  else if (!/^\d+$/.test(age)) evidence.should(at(exchange), `Age: ${age}`);
  else if (!exposed.includes('age') && !exposed.includes('*'))
    evidence.should(at(exchange), 'Age is not exposed to pages');
}

function ageMs({ headers }: Exchange): number | null {
  return /^\d+$/.test(headers.age ?? '') ? 1_000 * Number(headers.age) : null;
}

/** By how much each server's clock is ahead of ours, ms, at least: its newest Date tells. */
function clockOffsets(exchanges: readonly Exchange[]): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const { finalUrl, headers, headersAtMs } of exchanges) {
    const dateMs = Date.parse(headers.date ?? '');
    const { host } = new URL(finalUrl);
    if (!Number.isNaN(dateMs)) offsets.set(host, Math.max(offsets.get(host) ?? -Infinity, dateMs - headersAtMs));
  }
  return offsets;
}

/** When an answer began to come, by the clock of its server; null where that is not known. */
function serverMs({ finalUrl, headersAtMs }: Exchange, offsets: ReadonlyMap<string, number>): number | null {
  const offsetMs = offsets.get(new URL(finalUrl).host);
  return offsetMs === undefined ? null : headersAtMs + offsetMs;
}

/** A Date from before the request is when the answer was made: its Age is at least that (RFC 9111, 4.2.3). */
function judgeDate(exchange: Exchange, offsets: ReadonlyMap<string, number>, evidence: Evidence): void {
  const [age, now] = [ageMs(exchange), serverMs(exchange, offsets)];
  if (age === null || now === null) return;
  // What was held was made after it was asked for.
  const backMs = now - (exchange.headersAtMs - exchange.requestedAtMs) - Date.parse(exchange.headers.date ?? '');
  if (backMs > age + roundingMs)
    evidence.should(at(exchange), `Age: ${age / 1000}, but its Date lies ${secondsSeen(backMs / 1000)} back`);
}

/** A playlist was made when what it lists was there: the dates of its media bound its age. */
function judgePlaylists(seen: Observation, offsets: ReadonlyMap<string, number>, evidence: Evidence): void {
  if (seen.kind === 'dash') return;
  for (const { playlist, exchange } of seen.renditions.flatMap(({ snapshots }) => snapshots)) {
    const [age, now] = [ageMs(exchange), serverMs(exchange, offsets)];
    let endMs: number | null = null;
    for (const { dateMs, durationS } of playlist.segments) {
      const startMs: number | null = dateMs ?? endMs;
      endMs = startMs === null ? null : startMs + 1_000 * durationS;
    }
    if (age === null || now === null || endMs === null || age <= Math.max(0, now - endMs) + roundingMs) continue;
    evidence.should(at(exchange), `Age: ${age / 1000}, but it lists media of ${secondsSeen((now - endMs) / 1000)} ago`);
  }
}

/** The second time an object is older by the time between, or it was fetched meanwhile and is younger than that. */
function judgeAgain(exchange: Exchange, first: Exchange | null, evidence: Evidence): void {
  const [later, earlier] = [ageMs(exchange), first && ageMs(first)];
  if (!first || later === null || earlier === null) return;
  evidence.look();
  const betweenMs = exchange.headersAtMs - first.headersAtMs;
  if (later <= betweenMs + roundingMs || later >= earlier + betweenMs - roundingMs) return;
  const span = secondsSeen(betweenMs / 1000);
  evidence.should(at(exchange), `Age: ${later / 1000}, and ${earlier / 1000} ${span} earlier`);
}
