import { createPlayer } from '../player/player.ts';

/** The small picture without sound. */
export interface Preview {
  /** Plays this address, or nothing; cheap to call often. */
  show(url: string | null, broadcast: string): void;
}

/** A preview on one video element; the engine's script is loaded with the first picture. */
export function createPreview(video: HTMLVideoElement): Preview {
  const player = createPlayer(video, 'hls', () => null, {
    dispatch: () => {},
    onReady() {
      video.muted = true;
      void video.play().catch(() => undefined);
    },
    onLevels: () => {},
  });
  return {
    show(url, broadcast) {
      video.hidden = url === null;
      player.want(url === null ? null : { broadcast, url, flowing: true });
    },
  };
}
