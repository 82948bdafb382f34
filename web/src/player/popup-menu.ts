import { make, setText } from '../page/element.ts';

/** A line of a menu. */
export interface MenuChoice<Id> {
  readonly id: Id;
  readonly name: string;
}

/** A button and the menu that it opens, in which one line is chosen. */
export interface PopupMenu<Id> {
  /** Draws the lines when they changed; cheap to call often. */
  update(choices: readonly MenuChoice<Id>[], chosen: Id): void;
  close(): void;
}

/** Joins a button and a menu of the page; keyboard as the ARIA menu button pattern has it. */
export function createPopupMenu<Id>(
  button: HTMLButtonElement,
  menu: HTMLElement,
  onChoose: (id: Id) => void,
): PopupMenu<Id> {
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
  const draw = (choices: readonly MenuChoice<Id>[], chosen: Id) => {
    const focused = [...menu.children].indexOf(document.activeElement as Element);
    menu.replaceChildren(
      ...choices.map(({ id, name }) => {
        const item = make('button', 'menu-item', name);
        item.type = 'button';
        item.setAttribute('role', 'menuitemradio');
        item.setAttribute('aria-checked', String(id === chosen));
        item.tabIndex = -1;
        item.addEventListener('click', () => {
          onChoose(id);
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
  return {
    update(choices, chosen) {
      const picture = JSON.stringify([choices, chosen]);
      if (picture === drawn) return;
      drawn = picture;
      draw(choices, chosen);
    },
    close: () => close(false),
  };
}

/** Writes the button's words: what is seen, what is seen on a phone, and what a screen reader says. */
export function labelMenuButton(button: HTMLButtonElement, name: string, current: string, short: string): void {
  setText(button, current);
  button.dataset.short = short;
  button.setAttribute('aria-label', `${name}: ${current}`);
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
