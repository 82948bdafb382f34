/** What a check found. `skipped`: it could not be made, and `detail` says why. */
export interface Verdict {
  readonly check: string;
  readonly status: 'ok' | 'failed' | 'skipped';
  readonly detail: string;
  /** The way out of a failure. */
  readonly fix: string | null;
}

export function ok(check: string, detail: string): Verdict {
  return { check, status: 'ok', detail, fix: null };
}

export function failed(check: string, detail: string, fix: string): Verdict {
  return { check, status: 'failed', detail, fix };
}

export function skipped(check: string, detail: string): Verdict {
  return { check, status: 'skipped', detail, fix: null };
}
