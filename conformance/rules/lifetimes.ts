import { cacheControlSeen, cacheDirectives, sharedLifetimeS } from '../http/cache-control.ts';
import type { Exchange } from '../http/exchange.ts';
import type { HlsObservation } from '../observe/observation.ts';
import { at, type Check, type Evidence, isRefusal } from './check.ts';
import { isServed, probesOf } from './seen.ts';

const section = 'rfc8216bis B.1';

function targetS(seen: HlsObservation): number {
  return seen.renditions[0]?.snapshots[0]?.playlist.targetDurationS || 2;
}

/** A lifetime that is not stated is one that caches choose for themselves. */
function expectAtMost(exchange: Exchange, maxS: number, evidence: Evidence): void {
  evidence.look();
  const lifetimeS = sharedLifetimeS(exchange);
  if (lifetimeS !== null && lifetimeS <= maxS) return;
  evidence.should(at(exchange), `${exchange.status} with ${cacheControlSeen(exchange)}; at most ${maxS} s asked`);
}

function refusals(exchanges: readonly Exchange[]): Exchange[] {
  return exchanges.filter(isRefusal);
}

/** Rules 16 to 21 and 23: how long caches may keep playlists, media and errors. */
export const lifetimeChecks: readonly Check<HlsObservation>[] = [
  {
    ...{ id: 'rule-16', severity: 'SHOULD', section, title: 'Blocking playlists are kept for six target durations' },
    asks: 'A 200 to a blocking reload may be cached for six target durations.',
    judge: (seen, evidence) => {
      const wantedS = 6 * targetS(seen);
      for (const { playlist, exchange, asked } of seen.renditions.flatMap(({ snapshots }) => snapshots)) {
        if (!asked || playlist.ended) continue;
        evidence.look();
        const lifetimeS = sharedLifetimeS(exchange);
        if (lifetimeS !== null && Math.abs(lifetimeS - wantedS) <= 1) continue;
        evidence.should(at(exchange), `${cacheControlSeen(exchange)}; ${wantedS} s asked`);
      }
    },
  },
  {
    ...{
      id: 'rule-17',
      severity: 'SHOULD',
      section,
      title: 'A failed blocking reload is forgotten within four target durations',
    },
    asks: 'A 404 to a blocking reload is cached for at most four target durations.',
    judge: (seen, evidence) => {
      const failed = refusals(probesOf(seen, 'missing-playlist-blocking').map(({ exchange }) => exchange));
      for (const exchange of failed) expectAtMost(exchange, 4 * targetS(seen), evidence);
    },
  },
  {
    ...{ id: 'rule-18', severity: 'SHOULD', section, title: 'Plain playlists are kept for half a target duration' },
    asks: 'A 200 to a plain reload of a live playlist is cached for at most half a target duration.',
    judge: (seen, evidence) => {
      // Caches count whole seconds, so a target of one second cannot be halved.
      const maxS = Math.max(1, targetS(seen) / 2);
      for (const { playlist, exchange, asked } of seen.renditions.flatMap(({ snapshots }) => snapshots)) {
        if (!asked && !playlist.ended && playlist.type !== 'VOD') expectAtMost(exchange, maxS, evidence);
      }
    },
  },
  {
    ...{
      id: 'rule-19',
      severity: 'SHOULD',
      section,
      title: 'A failed plain reload is forgotten within a target duration',
    },
    asks: 'A 404 to a plain reload is cached for at most one target duration.',
    judge: (seen, evidence) => {
      const failed = refusals(probesOf(seen, 'missing-playlist').map(({ exchange }) => exchange));
      for (const exchange of failed) expectAtMost(exchange, targetS(seen), evidence);
    },
  },
  {
    ...{ id: 'rule-20', severity: 'SHOULD', section, title: 'Media that was waited for is kept, its failures are not' },
    asks: 'A hinted part is cached for at least six target durations; a failed media request for at most one.',
    judge: (seen, evidence) => {
      const wantedS = 6 * targetS(seen);
      for (const { hinted, exchange } of seen.renditions.flatMap(({ objects }) => [...objects.values()])) {
        if (!hinted || !isServed({ exchange })) continue;
        evidence.look();
        const lifetimeS = sharedLifetimeS(exchange);
        if (lifetimeS !== null && lifetimeS >= wantedS) continue;
        evidence.should(at(exchange), `${cacheControlSeen(exchange)}; at least ${wantedS} s asked`);
      }
      const failed = refusals(probesOf(seen, 'missing-media').map(({ exchange }) => exchange));
      for (const exchange of failed) expectAtMost(exchange, targetS(seen), evidence);
    },
  },
  {
    ...{
      id: 'rule-21',
      severity: 'SHOULD',
      section: `${section} (derived)`,
      title: 'Refused directives carry a short lifetime',
    },
    asks: '400 and 503 answers to directives state a lifetime, of at most one second.',
    judge: (seen, evidence) => {
      const names = ['part-without-msn', 'msn-too-far', 'part-too-far', 'bad-directive'] as const;
      const refused = probesOf(seen, ...names).map(({ exchange }) => exchange);
      const held = seen.exchanges.filter(({ purpose }) => purpose === 'blocking-playlist');
      for (const exchange of [...refused, ...held]) {
        if (exchange.status === 400 || exchange.status === 503) expectAtMost(exchange, 1, evidence);
      }
    },
  },
  {
    ...{ id: 'rule-23', severity: 'SHOULD', section: 'RFC 5861 4 (derived)', title: 'Stale playlists have a bound' },
    asks: 'stale-if-error of a live playlist, where it is stated, is at most three target durations.',
    judge: (seen, evidence) => {
      const maxS = 3 * targetS(seen);
      for (const { playlist, exchange } of seen.renditions.flatMap(({ snapshots }) => snapshots)) {
        const stated = cacheDirectives(exchange).get('stale-if-error');
        if (stated === undefined || playlist.ended) continue;
        evidence.look();
        if (!(Number(stated) <= maxS))
          evidence.should(at(exchange), `${cacheControlSeen(exchange)}; at most ${maxS} s asked`);
      }
      if (evidence.looked === 0) evidence.say('no answer states stale-if-error');
    },
  },
];
