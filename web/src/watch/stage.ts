import MediaController from 'media-chrome/dist/media-controller.js';
import { announce } from '../page/announce.ts';
import { byId, setText } from '../page/element.ts';
import { announcementFor, countdownText, screenFor } from './screens.ts';
import { type PageState, pageStateOf, type WatchState } from './state.ts';

/** The words over the picture. */
export interface Stage {
  /** Shows what the state asks for; a change of state is announced once. */
  show(state: WatchState, retryInMs: number | null): void;
}

/** The stage of watch.html; `onRetry` hears the button that tries again. */
export function createStage(onRetry: () => void): Stage {
  const stage = byId('stage', HTMLElement);
  const controller = byId('player', MediaController);
  const screen = byId('screen', HTMLElement);
  const icon = byId('screen-icon', SVGUseElement);
  const headline = byId('screen-headline', HTMLElement);
  const sentence = byId('screen-sentence', HTMLElement);
  const countdown = byId('screen-countdown', HTMLElement);
  const button = byId('screen-retry', HTMLButtonElement);
  const link = byId('screen-home', HTMLAnchorElement);
  let shown: PageState | null = null;
  // The words and menus beside the controller go to full screen with it.
  controller.fullscreenElement = stage;
  button.addEventListener('click', onRetry);
  const draw = (page: PageState) => {
    const words = screenFor(page);
    stage.dataset.state = page;
    // Controls without a picture are nothing to tab through.
    controller.inert = page !== 'live';
    screen.hidden = words === null;
    if (!words) return;
    icon.setAttribute('href', `#icon-${words.icon}`);
    setText(headline, words.headline);
    setText(sentence, words.sentence);
    button.hidden = words.action?.kind !== 'retry';
    link.hidden = words.action?.kind !== 'home';
    setText(words.action?.kind === 'home' ? link : button, words.action?.label ?? '');
  };
  return {
    show(state, retryInMs) {
      const page = pageStateOf(state);
      if (page !== shown) {
        draw(page);
        const words = announcementFor(page);
        if (words) announce(words);
        shown = page;
      }
      const text = countdownText(page, state, Date.now(), retryInMs);
      countdown.hidden = text === null;
      setText(countdown, text ?? '');
    },
  };
}
