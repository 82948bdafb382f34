import { byId, make, setText } from '../page/element.ts';
import type { Engine } from './engine.ts';
import { autoName, levelChoices } from './level-names.ts';

/** The quality button and its menu. */
export interface QualityMenu {
  /** Follows the engine: levels, choice, height on the screen. Cheap to call often. */
  update(engine: Engine | null, height: number): void;
}

/** The menu of the page; a choice goes straight to the engine. */
export function createQualityMenu(): QualityMenu {
  const button = byId('quality', HTMLButtonElement);
  const menu = byId('quality-menu', HTMLElement);
  let engine: Engine | null = null;
  let drawn = '';
  const close = (refocus: boolean) => {
    if (menu.hidden) return;
    menu.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    if (refocus) button.focus();
  };
  const open = () => {
    menu.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    menu.querySelector<HTMLElement>('[aria-checked="true"]')?.focus();
  };
  const update = (next: Engine | null, height: number) => {
    engine = next;
    const levels = next?.levels() ?? [];
    button.hidden = levels.length === 0;
    if (button.hidden) return close(false);
    const chosen = next?.chosenLevel() ?? null;
    const shown = height || (next?.currentLevel()?.height ?? null);
    const choices = levelChoices(levels, chosen === null ? shown : null);
    const current = choices.find((choice) => choice.id === chosen)?.name ?? autoName(shown);
    setText(button, current);
    // On a phone there is room for the height only.
    button.dataset.short = shown ? `${shown}p` : 'Auto';
    button.setAttribute('aria-label', `Quality: ${current}`);
    const picture = JSON.stringify([choices, chosen]);
    if (picture === drawn) return;
    drawn = picture;
    draw(choices, chosen);
  };
  const draw = (choices: ReturnType<typeof levelChoices>, chosen: number | null) => {
    const focused = [...menu.children].indexOf(document.activeElement as Element);
    menu.replaceChildren(
      ...choices.map(({ id, name }) => {
        const item = make('button', 'menu-item', name);
        item.type = 'button';
        item.setAttribute('role', 'menuitemradio');
        item.setAttribute('aria-checked', String(id === chosen));
        item.tabIndex = -1;
        item.addEventListener('click', () => {
          engine?.setLevel(id);
          close(true);
        });
        return item;
      }),
    );
    if (focused >= 0) (menu.children[Math.min(focused, menu.children.length - 1)] as HTMLElement).focus();
  };
  button.addEventListener('click', () => (menu.hidden ? open() : close(true)));
  menu.addEventListener('keydown', (event) => onMenuKey(event, menu, close));
  document.addEventListener('pointerdown', (event) => {
    const inside = event.target instanceof Node && (menu.contains(event.target) || button.contains(event.target));
    if (!inside) close(false);
  });
  return { update };
}

function onMenuKey(event: KeyboardEvent, menu: HTMLElement, close: (refocus: boolean) => void): void {
  const items = [...menu.children] as HTMLElement[];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === 'Tab' || event.key === 'Escape') close(event.key === 'Escape');
  if (to !== undefined) items[to % items.length]?.focus();
  if (to !== undefined || event.key === 'Escape') event.preventDefault();
  // Keys of the menu are not also keys of the page.
  event.stopPropagation();
}
