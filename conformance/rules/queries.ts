import type { Observation, Probe } from '../observe/observation.ts';
import { at, type Check, type Evidence, statusSeen } from './check.ts';
import { probesOf } from './seen.ts';

/**
 * Judges what a request in another way got; `differs` is told of another answer.
 * One that could be compared with nothing, because the manifest never stood still, is not looked at.
 */
export function judgeBothWays(probe: Probe, evidence: Evidence, differs: (probe: Probe) => void): void {
  const { exchange, against } = probe;
  if (!against) {
    if (evidence.looked === 0) evidence.say('the manifest changes too often to be asked for twice');
    return;
  }
  evidence.look();
  if (exchange.status !== against.status || exchange.digest !== against.digest) differs(probe);
}

/** Rules 14 and 44: what a query has beside the directives makes no difference. */
export const queryChecks: readonly Check<Observation>[] = [
  {
    ...{
      id: 'rule-14',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.5 (derived)',
      title: 'The order of a query and strangers in it change nothing',
    },
    asks: 'A query in another order, with parameters that mean nothing, gets the same answer, not a newer one: it is one object for caches.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'stray')) {
        judgeBothWays(probe, evidence, ({ exchange, against }) => {
          if (exchange.status !== against?.status)
            evidence.must(at(exchange), `${statusSeen(exchange)} instead of ${against?.status}`);
          else evidence.should(at(exchange), 'another body than for the plain query');
        });
      }
    },
  },
  {
    ...{
      id: 'rule-44',
      severity: 'MUST',
      section: 'CTA-5004; RFC 9111 (derived)',
      title: 'Telemetry and campaign parameters change nothing',
    },
    asks: 'With CMCD and utm_… in its query a request gets the same bytes; manifests do not carry them on.',
    judge: (seen, evidence) => {
      for (const probe of probesOf(seen, 'telemetry')) {
        judgeBothWays(probe, evidence, ({ exchange, against }) => {
          if (exchange.status !== against?.status)
            evidence.must(at(exchange), `${statusSeen(exchange)} instead of ${against?.status}`);
          else if (against?.purpose === 'segment') evidence.must(at(exchange), 'another object with CMCD');
          else evidence.should(at(exchange), 'another manifest with CMCD');
        });
      }
    },
  },
];
