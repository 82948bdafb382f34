import { ingestLimits } from '#shared/limits/ingest.ts';

/** The limits of `#shared/limits/ingest.ts` as plain numbers, so that tests can run with small ones. */
export type IngestLimits = { readonly [Name in keyof typeof ingestLimits]: number };

/** The limits in force: the project's own, with the given ones in their place. */
export function resolveIngestLimits(overrides: Partial<IngestLimits> = {}): IngestLimits {
  return { ...ingestLimits, ...overrides };
}
