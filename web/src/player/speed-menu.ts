import { byId } from '../page/element.ts';
import { createPopupMenu, labelMenuButton } from './popup-menu.ts';

const speeds = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** The speed button and its menu. */
export interface SpeedMenu {
  /** One step faster (1) or slower (−1). */
  turn(by: 1 | -1): void;
}

/** The speed menu of the page; a new engine keeps the speed. */
export function createSpeedMenu(video: HTMLVideoElement): SpeedMenu {
  const button = byId('speed', HTMLButtonElement);
  const set = (speed: number) => {
    // The default is what a new source begins with.
    video.defaultPlaybackRate = speed;
    video.playbackRate = speed;
  };
  const menu = createPopupMenu<number>(button, byId('speed-menu', HTMLElement), set);
  const draw = () => {
    const speed = video.playbackRate;
    labelMenuButton(button, 'Speed', nameOf(speed), nameOf(speed));
    menu.update(
      speeds.map((one) => ({ id: one, name: nameOf(one) })),
      speed,
    );
  };
  video.addEventListener('ratechange', draw);
  draw();
  return { turn: (by) => set(nextSpeed(video.playbackRate, by)) };
}

/** The next faster or slower speed of the menu; the same at its ends. */
export function nextSpeed(speed: number, by: 1 | -1): number {
  const next = by > 0 ? speeds.find((one) => one > speed) : speeds.findLast((one) => one < speed);
  return next ?? speed;
}

function nameOf(speed: number): string {
  return `${speed}×`;
}
