import { sharedLifetimeS } from '../http/cache-control.ts';
import type { Observation, Probe } from '../observe/observation.ts';
import { at, type Check, type Evidence, type Place, secondsSeen, statusSeen } from './check.ts';
import { probesOf } from './seen.ts';

/** Where the manifest names none (rfc8216bis 7.1), s. */
const ttlSDefault = 300;

/** Rule 43: the steering manifest that a manifest announces. */
export const steeringChecks: readonly Check<Observation>[] = [
  {
    ...{
      id: 'rule-43',
      severity: 'MUST',
      section: 'rfc8216bis 7.1; ETSI TS 103 998',
      title: 'Steering that is announced is there, and valid',
    },
    asks: 'The steering manifest and its RELOAD-URI are answered 200 with JSON: VERSION 1, a TTL, PATHWAY-PRIORITY of pathways that there are, whole clones. Caches keep it no longer than its TTL, and one viewer does not get another’s.',
    judge: (seen, evidence) => {
      const probes = probesOf(seen, 'steering');
      for (const probe of probes) judgeManifest(probe, pathwaysOf(seen), evidence);
      for (const { exchange, against } of probes) {
        if (!against || against.digest === exchange.digest || sharedLifetimeS(exchange) === 0) continue;
        evidence.must(at(exchange), 'another for another viewer, and caches may share it');
      }
      if (evidence.looked === 0) evidence.say('no manifest announces steering');
    },
  },
];

function pathwaysOf(seen: Observation): readonly string[] {
  if (seen.kind === 'dash') return seen.snapshots.flatMap(({ mpd }) => mpd.serviceLocations);
  return seen.multivariant?.variants.map(({ pathway }) => pathway) ?? [];
}

type Json = Readonly<Record<string, unknown>>;

function judgeManifest({ exchange, text }: Probe, pathways: readonly string[], evidence: Evidence): void {
  evidence.look();
  const place = at(exchange);
  if (exchange.status !== 200) {
    evidence.must(place, statusSeen(exchange));
    return;
  }
  const manifest = parsed(text);
  if (!manifest) {
    evidence.must(place, `no JSON object: ${text.slice(0, 40)}`);
    return;
  }
  if (manifest.VERSION !== 1) evidence.must(place, `VERSION is ${JSON.stringify(manifest.VERSION)}`);
  judgeTtl(manifest.TTL, sharedLifetimeS(exchange), place, evidence);
  const reload = manifest['RELOAD-URI'];
  if (reload !== undefined && (typeof reload !== 'string' || !URL.canParse(reload, exchange.finalUrl)))
    evidence.must(place, `RELOAD-URI is ${JSON.stringify(reload)}`);
  const clones = judgeClones(manifest['PATHWAY-CLONES'], pathways, place, evidence);
  judgePriority(manifest['PATHWAY-PRIORITY'], [...pathways, ...clones], place, evidence);
}

function parsed(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
  } catch {
    return null;
  }
}

function judgeTtl(ttl: unknown, lifetimeS: number | null, place: Place, evidence: Evidence): void {
  const isNumber = typeof ttl === 'number' && ttl > 0;
  if (ttl === undefined) evidence.should(place, 'no TTL');
  else if (!isNumber) evidence.must(place, `TTL is ${JSON.stringify(ttl)}`);
  const ttlS = isNumber ? ttl : ttlSDefault;
  if (lifetimeS !== null && lifetimeS > ttlS)
    evidence.should(place, `caches may keep it for ${secondsSeen(lifetimeS)}, its TTL is ${secondsSeen(ttlS)}`);
}

function judgePriority(priority: unknown, known: readonly string[], place: Place, evidence: Evidence): void {
  if (!isNames(priority) || priority.length === 0 || new Set(priority).size < priority.length) {
    evidence.must(place, `PATHWAY-PRIORITY is ${JSON.stringify(priority)}`);
    return;
  }
  const strangers = priority.filter((id) => !known.includes(id));
  if (strangers.length === priority.length) evidence.must(place, `the manifest has none of ${strangers.join(', ')}`);
  else if (strangers.length > 0) evidence.should(place, `the manifest has no ${strangers.join(', ')}`);
}

/** @returns the names of the clones */
function judgeClones(clones: unknown, pathways: readonly string[], place: Place, evidence: Evidence): string[] {
  if (clones === undefined) return [];
  if (!Array.isArray(clones)) {
    evidence.must(place, 'PATHWAY-CLONES is no list');
    return [];
  }
  const names: string[] = [];
  for (const clone of clones as readonly (Json | null)[]) {
    const { ID: id, 'BASE-ID': base, 'URI-REPLACEMENT': replacement } = clone ?? {};
    const isWhole = typeof id === 'string' && typeof base === 'string' && typeof replacement === 'object';
    if (!isWhole || replacement === null) evidence.must(place, `a clone without ID, BASE-ID or URI-REPLACEMENT`);
    else if (![...pathways, ...names].includes(base))
      evidence.should(place, `clone ${id} of ${base}, which is nowhere`);
    if (typeof id === 'string') names.push(id);
  }
  return names;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
