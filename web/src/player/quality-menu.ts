import { byId } from '../page/element.ts';
import type { Engine } from './engine.ts';
import { autoName, levelChoices } from './level-names.ts';
import { createPopupMenu, labelMenuButton } from './popup-menu.ts';

/** The quality button and its menu. */
export interface QualityMenu {
  /** Follows the engine: levels, choice, height on the screen. Cheap to call often. */
  update(engine: Engine | null, height: number): void;
}

/** The quality menu of the page; a choice goes straight to the engine. */
export function createQualityMenu(): QualityMenu {
  const button = byId('quality', HTMLButtonElement);
  let engine: Engine | null = null;
  const menu = createPopupMenu<number | null>(button, byId('quality-menu', HTMLElement), (id) => engine?.setLevel(id));
  return {
    update(next, height) {
      engine = next;
      const levels = next?.levels() ?? [];
      button.hidden = levels.length === 0;
      if (button.hidden) return menu.close();
      const chosen = next?.chosenLevel() ?? null;
      const shown = height || (next?.currentLevel()?.height ?? null);
      const choices = levelChoices(levels, chosen === null ? shown : null);
      const current = choices.find((choice) => choice.id === chosen)?.name ?? autoName(shown);
      labelMenuButton(button, 'Quality', current, shown ? `${shown}p` : 'Auto');
      menu.update(choices, chosen);
    },
  };
}
