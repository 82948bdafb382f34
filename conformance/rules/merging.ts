import type { Exchange } from '../http/exchange.ts';
import { apartMs, apartMsMax, oddOne } from '../observe/crowd-probes.ts';
import type { Observation } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { probesOf } from './seen.ts';

/** Rule 25, as far as it can be seen from outside. */
export const mergingChecks: readonly Check<Observation>[] = [
  {
    ...{
      id: 'rule-25',
      severity: 'SHOULD',
      section: 'rfc8216bis B.1 (derived)',
      title: 'Who waits for the same gets the same, together',
    },
    asks: 'Blocking reloads of one kind, or requests for one segment in the making, that are held at once are answered at once, with the same bytes.',
    judge: (seen, evidence) => {
      const crowds = Map.groupBy(probesOf(seen, 'crowd', 'next-segment'), ({ exchange }) => exchange.url);
      // A second crowd was sent only because the first was not answered alike.
      const last = [...crowds.values()].at(-1) ?? [];
      const exchanges = last.map(({ exchange }) => exchange);
      if (exchanges.some(({ status }) => status === 200)) judgeCrowd(exchanges, evidence);
      else evidence.say('nothing that a crowd waits for is held here');
    },
  },
];

function judgeCrowd(exchanges: readonly Exchange[], evidence: Evidence): void {
  evidence.look(exchanges.length);
  const [first] = exchanges;
  const odd = oddOne(exchanges);
  if (odd) {
    const said = odd.status === first?.status ? 'another body' : statusSeen(odd);
    evidence.should(at(odd), `${said} for one of ${exchanges.length} who asked at once`);
  }
  const spanMs = apartMs(exchanges);
  if (first && spanMs > apartMsMax)
    evidence.should(at(first), `the last had it ${secondsSeen(spanMs / 1000)} after the first`);
}
