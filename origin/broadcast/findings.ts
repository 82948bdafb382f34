import { broadcastLimits } from '#shared/limits/origin.ts';
import type { Finding, FindingCode, FindingSeverity } from '#shared/model/finding.ts';
import { describeFinding } from './finding-words.ts';

/** Findings that tell of a moment: they close by themselves when it does not come back. */
const momentary: ReadonlySet<FindingCode> = new Set([
  'video.gop_irregular',
  'video.changed_midstream',
  'ts.jump',
  'ts.backwards',
  'ts.wrap_handled',
  'transcode.restarted',
]);

/** What may be said beyond the code. */
export interface FindingDetails {
  /** When what it warns of is to be expected, ms since the Unix epoch. */
  readonly expectedMs?: number | null;
  /** Which of its words are meant; the usual ones otherwise. */
  readonly severity?: FindingSeverity | null;
}

/** Open findings, one per code, oldest first. */
export class Findings {
  readonly #open = new Map<FindingCode, Finding>();
  readonly #timers = new Map<FindingCode, NodeJS.Timeout>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /**
   * Opens a finding; a second time only puts off the end of a momentary one, and says anew how bad it is and when
   * something is expected.
   */
  raise(code: FindingCode, nowMs: number, details: FindingDetails = {}): void {
    const { expectedMs = null, severity = null } = details;
    if (momentary.has(code)) this.#closeWhenCalm(code);
    const known = this.#open.get(code);
    const finding = describeFinding(code, known?.openedMs ?? nowMs, severity);
    this.#open.set(code, { ...finding, ...(expectedMs !== null && { expectedMs }) });
    if (known?.severity !== finding.severity) this.#onChange();
  }

  /** Opens a finding at a severity, or at its usual one, or closes it. */
  mark(code: FindingCode, holds: FindingSeverity | boolean, nowMs: number): void {
    if (holds === false) this.clear(code);
    else this.raise(code, nowMs, { severity: holds === true ? null : holds });
  }

  clear(code: FindingCode): void {
    clearTimeout(this.#timers.get(code));
    this.#timers.delete(code);
    if (this.#open.delete(code)) this.#onChange();
  }

  /** Forgets what was to be closed later. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  has(code: FindingCode): boolean {
    return this.#open.has(code);
  }

  list(): Finding[] {
    return [...this.#open.values()];
  }

  #closeWhenCalm(code: FindingCode): void {
    clearTimeout(this.#timers.get(code));
    this.#timers.set(
      code,
      setTimeout(() => this.clear(code), broadcastLimits.findingCalmMs),
    );
  }
}
