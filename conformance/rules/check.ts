import type { Exchange } from '../http/exchange.ts';
import { runLimits } from '../limits.ts';

export type Severity = 'MUST' | 'SHOULD';
export type Verdict = 'pass' | 'fail' | 'warn' | 'not-applicable';

/** One thing seen that a check does not allow. */
export interface Finding {
  readonly severity: Severity;
  readonly url: string;
  /** Of the manifest at `url`, from 1. */
  readonly line: number | null;
  readonly seen: string;
}

/** Where something was seen. */
export interface Place {
  readonly url: string;
  readonly line?: number | undefined;
}

/** Collects what one check finds. */
export class Evidence {
  readonly findings: Finding[] = [];
  /** Findings beyond those that are kept. */
  dropped = 0;
  /** How many things were looked at; none: not applicable. */
  looked = 0;
  note = '';

  /** Counts something that the check could judge. */
  look(count = 1): void {
    this.looked += count;
  }

  /** Says in the report what was measured, or why nothing was. */
  say(note: string): void {
    this.note = note;
  }

  must(place: Place, seen: string): void {
    this.#add('MUST', place, seen);
  }

  should(place: Place, seen: string): void {
    this.#add('SHOULD', place, seen);
  }

  add(severity: Severity, place: Place, seen: string): void {
    this.#add(severity, place, seen);
  }

  #add(severity: Severity, { url, line = 0 }: Place, seen: string): void {
    if (this.findings.length < runLimits.findingsPerCheckMax) {
      this.findings.push({ severity, url, line: line > 0 ? line : null, seen });
    } else if (severity === 'MUST' && this.findings.every((finding) => finding.severity === 'SHOULD')) {
      this.findings[0] = { severity, url, line: line > 0 ? line : null, seen };
      this.dropped++;
    } else {
      this.dropped++;
    }
  }
}

/** One named check. */
export interface Check<O> {
  /** `rule-05`, `hls-bandwidth`: never changes. */
  readonly id: string;
  readonly title: string;
  /** What the rule asks, as a sentence. */
  readonly asks: string;
  /** Where it is written. */
  readonly section: string;
  /** Of the strongest thing that it may find. */
  readonly severity: Severity;
  judge(observation: O, evidence: Evidence): void;
}

/** The place of an answer. */
export function at(exchange: Exchange, line?: number): Place {
  return { url: exchange.url, line };
}

/** `200`, or why there was no answer. */
export function statusSeen(exchange: Exchange): string {
  return exchange.status === 0 ? `no answer (${exchange.error ?? 'unknown'})` : `status ${exchange.status}`;
}

/** Whether an answer says that something cannot be had for now or for ever. */
export function isRefusal(exchange: Exchange): boolean {
  return exchange.status >= 400 && exchange.status < 500;
}

/** Seconds with up to three decimals. */
export function secondsSeen(valueS: number): string {
  return `${Number(valueS.toFixed(3))} s`;
}
