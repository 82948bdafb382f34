import type { List } from './list.ts';
import type { Section, Studio } from './studio.ts';

/** A section that is a list: it forgets what it showed when another channel is chosen. @param secrets told once, and gone by then */
export function createOpener(studio: Studio, list: List, secrets: readonly HTMLElement[]): Section {
  let shownFor = '';
  return {
    open() {
      if (shownFor !== studio.channel()) {
        list.clear();
        for (const secret of secrets) {
          secret.replaceChildren();
          secret.hidden = true;
        }
      }
      shownFor = studio.channel();
      void list.reload();
    },
    reload: () => void list.reload(),
  };
}
