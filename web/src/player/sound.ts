import { byId } from '../page/element.ts';
import { startPlaying } from './autoplay.ts';

/** Starting to play, and the large buttons for what the browser refuses. */
export interface Sound {
  /** Starts; offers Unmute or Play when the browser wants a click first. `refused` tells that nothing plays. */
  start(refused: () => void): Promise<void>;
}

/** The Unmute and Play buttons of the page. @param beginsMuted sound waits for a person, also where the browser allows it */
export function createSound(video: HTMLVideoElement, beginsMuted = false): Sound {
  let isFirst = true;
  const unmute = byId('unmute', HTMLButtonElement);
  const play = byId('big-play', HTMLButtonElement);
  unmute.addEventListener('click', () => {
    video.muted = false;
    if (video.volume === 0) video.volume = 0.5;
  });
  play.addEventListener('click', () => void video.play().catch(() => undefined));
  video.addEventListener('volumechange', () => {
    if (!video.muted) unmute.hidden = true;
  });
  video.addEventListener('playing', () => {
    play.hidden = true;
  });
  return {
    async start(refused) {
      const wasMuted = video.muted;
      if (isFirst && beginsMuted) video.muted = true;
      isFirst = false;
      const result = await startPlaying(video);
      unmute.hidden = result !== 'muted' || (wasMuted && unmute.hidden);
      play.hidden = result !== 'refused';
      if (result === 'refused') refused();
    },
  };
}
