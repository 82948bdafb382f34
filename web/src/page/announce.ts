import { byId, setText } from './element.ts';

/** Says a sentence once through the page's polite live region. */
export function announce(sentence: string): void {
  setText(byId('announcer', HTMLElement), sentence);
}
