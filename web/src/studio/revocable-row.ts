import { make, setText } from '../page/element.ts';
import { makeButton } from './dom.ts';
import type { Row } from './list.ts';

/** The words of something that was handed out for a time and some uses, and can be revoked. */
export interface RevocableWords {
  readonly name: string;
  /** What it is for, where it holds and who made it. */
  readonly scope: string;
  readonly state: string;
  readonly ends: string;
  readonly uses: string;
  readonly isOpen: boolean;
}

interface RevocableOptions<Item> {
  /** Heads of the columns, which stand beside the cells on a phone. */
  readonly labels: { readonly ends: string; readonly uses: string };
  readonly needs?: 'owner';
  wordsOf(item: Item): RevocableWords;
  /** What the button is called for who does not see the row. */
  deed(name: string): string;
  revoke(item: Item): Promise<void>;
}

/** A row of a table of those. */
export function drawRevocable<Item>({ labels, needs, wordsOf, deed, revoke }: RevocableOptions<Item>): Row<Item> {
  let item: Item;
  const [name, scope] = [make('span', 'row-title'), make('span', 'quiet small')];
  const [state, ends, uses] = [make('span', 'state'), make('td', ''), make('td', '')];
  ends.dataset.label = labels.ends;
  uses.dataset.label = labels.uses;
  const button = makeButton('Revoke', () => void revoke(item), { className: 'button small', ...(needs && { needs }) });
  const element = make('tr', '', [
    make('td', 'cell-name', [name, scope]),
    make('td', 'cell-state', [state]),
    ends,
    uses,
    make('td', 'cell-actions', [button]),
  ]);
  return {
    element,
    fill(next) {
      item = next;
      const words = wordsOf(next);
      setText(name, words.name);
      setText(scope, words.scope);
      setText(state, words.state);
      state.dataset.tone = words.isOpen ? 'good' : 'off';
      setText(ends, words.ends);
      setText(uses, words.uses);
      button.hidden = !words.isOpen;
      button.setAttribute('aria-label', deed(words.name));
    },
  };
}
