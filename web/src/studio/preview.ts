import { createPlayer } from '../player/player.ts';

/** The small picture without sound. */
export interface Preview {
  /** Plays this address, or nothing; cheap to call often. */
  show(url: string | null, broadcast: string): void;
}

/** A preview on one video element; the engine's script is loaded with the first picture. */
export function createPreview(video: HTMLVideoElement): Preview {
  const play = () => {
    video.muted = true;
    void video.play().catch(() => undefined);
  };
  // Nobody can pause it: when it stands, a load on the way has cut the playing short.
  video.addEventListener('canplay', play);
  const player = createPlayer(video, 'hls', () => null, {
    dispatch: () => {},
    onReady: play,
    onLevels: () => {},
  });
  return {
    show(url, broadcast) {
      video.hidden = url === null;
      player.want(url === null ? null : { broadcast, url, flowing: true });
    },
  };
}
