import { pageLimits } from '#shared/limits/page.ts';
import { byId, setText } from './element.ts';

let again: ReturnType<typeof setTimeout> | undefined;

/** Says a sentence once through the page's polite live region, also when it is the one that was said last. */
export function announce(sentence: string): void {
  const region = byId('announcer', HTMLElement);
  clearTimeout(again);
  const isAgain = region.textContent === sentence;
  // A text that stays as it is is no change, and nobody is told.
  setText(region, isAgain ? '' : sentence);
  if (isAgain) again = setTimeout(() => setText(region, sentence), pageLimits.announceAgainMs);
}
