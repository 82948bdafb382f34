import type { Observation } from '../observe/observation.ts';
import { dashGroups, deliveryGroup, type Group, hlsGroups } from '../rules/all.ts';
import { type Check, Evidence, type Finding, type Severity, type Verdict } from '../rules/check.ts';

/** What one check came to. */
export interface Result {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly section: string;
  readonly severity: Severity;
  readonly asks: string;
  readonly verdict: Verdict;
  /** How many things were looked at. */
  readonly looked: number;
  readonly note: string;
  readonly findings: readonly Finding[];
  /** Findings beyond those that are kept. */
  readonly more: number;
}

/** Judges an observation by every check that its kind has. */
export function judgeAll(observation: Observation): Result[] {
  const own =
    observation.kind === 'hls'
      ? hlsGroups.flatMap((group) => judgeGroup(group, observation))
      : dashGroups.flatMap((group) => judgeGroup(group, observation));
  return [...own, ...judgeGroup(deliveryGroup, observation)];
}

function judgeGroup<O>({ title, checks }: Group<O>, observation: O): Result[] {
  return checks.map((check) => judgeOne(check, title, observation));
}

function judgeOne<O>(check: Check<O>, group: string, observation: O): Result {
  const evidence = new Evidence();
  check.judge(observation, evidence);
  const { id, title, section, severity, asks } = check;
  const { looked, note, findings, dropped: more } = evidence;
  return { id, title, group, section, severity, asks, verdict: verdictOf(evidence), looked, note, findings, more };
}

function verdictOf({ findings, looked }: Evidence): Verdict {
  if (findings.some(({ severity }) => severity === 'MUST')) return 'fail';
  if (findings.length > 0) return 'warn';
  return looked > 0 ? 'pass' : 'not-applicable';
}
