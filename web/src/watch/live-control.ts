import { byId, setText } from '../page/element.ts';
import type { Engine } from '../player/engine.ts';
import { liveBadge } from './live-badge.ts';

/** The badge in the bar and the button that jumps to live. */
export interface LiveControl {
  update(engine: Engine | null, live: boolean): void;
}

/** The badge of watch.html. */
export function createLiveControl(onGoLive: () => void): LiveControl {
  const badge = byId('live-badge', HTMLElement);
  const button = byId('go-live', HTMLButtonElement);
  button.addEventListener('click', onGoLive);
  return {
    update(engine, live) {
      const { behind, text, label } = liveBadge(
        engine?.latencySeconds() ?? null,
        engine?.targetLatencySeconds() ?? null,
      );
      badge.hidden = !live;
      badge.classList.toggle('behind', behind);
      setText(badge, text);
      badge.setAttribute('aria-label', label);
      button.hidden = !live || !behind;
    },
  };
}
