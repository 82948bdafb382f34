import MediaController from 'media-chrome/dist/media-controller.js';
import { announce } from '../page/announce.ts';
import { byId, setText } from '../page/element.ts';
import type { Scene } from './screen.ts';

/** The words over the picture. */
export interface Stage {
  /** Shows what the state asks for; a change of state is announced once. */
  show(scene: Scene): void;
}

/** The stage of the page; `onRetry` hears the button that tries again. */
export function createStage(onRetry: () => void): Stage {
  const stage = byId('stage', HTMLElement);
  const controller = byId('player', MediaController);
  const screen = byId('screen', HTMLElement);
  const icon = byId('screen-icon', SVGUseElement);
  const headline = byId('screen-headline', HTMLElement);
  const sentence = byId('screen-sentence', HTMLElement);
  const countdown = byId('screen-countdown', HTMLElement);
  const button = byId('screen-retry', HTMLButtonElement);
  const link = byId('screen-link', HTMLAnchorElement);
  let announced: string | null = null;
  // The words and menus beside the controller go to full screen with it.
  controller.fullscreenElement = stage;
  button.addEventListener('click', onRetry);
  const draw = ({ state, screen: words }: Scene) => {
    stage.dataset.state = state;
    stage.classList.toggle('has-picture', words === null);
    // Controls without a picture are nothing to tab through.
    controller.inert = words !== null;
    screen.hidden = words === null;
    if (!words) return;
    icon.setAttribute('href', `#icon-${words.icon}`);
    setText(headline, words.headline);
    setText(sentence, words.sentence);
    const { action } = words;
    button.hidden = action?.kind !== 'retry';
    link.hidden = action?.kind !== 'link';
    if (action?.kind === 'link') link.href = action.href;
    setText(action?.kind === 'link' ? link : button, action?.label ?? '');
  };
  return {
    show(scene) {
      draw(scene);
      if (scene.state !== announced && scene.announcement) announce(scene.announcement);
      announced = scene.state;
      countdown.hidden = scene.countdown === null;
      setText(countdown, scene.countdown ?? '');
    },
  };
}
