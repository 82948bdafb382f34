/** What stays of a channel's ended broadcasts. What a clip needs stays in any case. */
export type Retention =
  | { readonly keep: 'all' }
  /** Those that ended at most `days` ago. */
  | { readonly keep: 'days'; readonly days: number }
  /** The newest `count`. */
  | { readonly keep: 'last'; readonly count: number };

/** The columns of a policy; null: the policy does not say so. */
export interface RetentionColumns {
  readonly keepDays: number | null;
  readonly keepLast: number | null;
}

export function retentionColumns(retention: Retention): RetentionColumns {
  return {
    keepDays: retention.keep === 'days' ? retention.days : null,
    keepLast: retention.keep === 'last' ? retention.count : null,
  };
}

/** The inverse of {@link retentionColumns}. */
export function retentionOf({ keepDays, keepLast }: RetentionColumns): Retention {
  if (keepDays !== null) return { keep: 'days', days: keepDays };
  return keepLast === null ? { keep: 'all' } : { keep: 'last', count: keepLast };
}
