import type { Answer } from './api.ts';
import { type ListPage, withFirstPage, withMore } from './known-items.ts';

/** One item on the page. */
export interface Row<T> {
  readonly element: HTMLElement;
  fill(item: T): void;
}

/** Where a list is shown and what it shows. */
export interface ListParts<T> {
  readonly body: HTMLElement;
  /** Shown instead of nothing. */
  readonly empty: HTMLElement;
  readonly more: HTMLButtonElement;
  fetchPage(cursor: string): Promise<Answer<ListPage<T>>>;
  keyOf(item: T): string;
  draw(): Row<T>;
  trouble(sentence: string): void;
}

/** A list that the API pages. Items that stay keep their element, and with it the focus. */
export interface List {
  /** Reads the first page anew. */
  reload(): Promise<void>;
  /** Forgets everything: another channel was chosen. */
  clear(): void;
}

/** A list in its place on the page. */
export function createList<T>(parts: ListParts<T>): List {
  const { body, empty, more, keyOf } = parts;
  const rows = new Map<string, Row<T>>();
  let known: ListPage<T> = { items: [], next: null };
  // An answer for a channel that is no longer chosen is dropped.
  let generation = 0;
  const show = () => {
    const keys = new Set(known.items.map(keyOf));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      rows.delete(key);
    }
    for (const [at, item] of known.items.entries()) {
      const row = rows.get(keyOf(item)) ?? parts.draw();
      rows.set(keyOf(item), row);
      row.fill(item);
      if (body.children[at] !== row.element) body.insertBefore(row.element, body.children[at] ?? null);
    }
    more.hidden = known.next === null;
  };
  const read = async (cursor: string, join: typeof withFirstPage<T>) => {
    const mine = generation;
    const answer = await parts.fetchPage(cursor);
    if (mine !== generation) return;
    body.setAttribute('aria-busy', 'false');
    if (!answer.ok) return parts.trouble(answer.sentence);
    known = join(known, answer.body, keyOf);
    show();
    empty.hidden = known.items.length > 0;
  };
  more.addEventListener('click', () => void read(known.next ?? '', withMore));
  return {
    reload: () => read('', withFirstPage),
    clear() {
      generation++;
      known = { items: [], next: null };
      show();
      empty.hidden = true;
      body.setAttribute('aria-busy', 'true');
    },
  };
}
