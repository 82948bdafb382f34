/** A page of a list that the API pages. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Cursor of the following page; null on the last. */
  readonly next: string | null;
}

/**
 * What is known after the first page was read anew: that page, and behind it what earlier reads found further down. When the
 * page does not reach what was known, what is further down is forgotten.
 */
export function withFirstPage<T>(known: ListPage<T>, page: ListPage<T>, keyOf: (item: T) => string): ListPage<T> {
  const last = page.items.at(-1);
  if (page.next === null || last === undefined) return page;
  const at = known.items.findIndex((item) => keyOf(item) === keyOf(last));
  const further = at < 0 ? [] : known.items.slice(at + 1);
  if (further.length === 0) return page;
  return { items: [...page.items, ...further], next: known.next };
}

/** What is known after one more page. */
export function withMore<T>(known: ListPage<T>, page: ListPage<T>, keyOf: (item: T) => string): ListPage<T> {
  const keys = new Set(known.items.map(keyOf));
  return { items: [...known.items, ...page.items.filter((item) => !keys.has(keyOf(item)))], next: page.next };
}
