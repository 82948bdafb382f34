import { make } from '../page/element.ts';

const svg = 'http://www.w3.org/2000/svg';

/** An SVG element. */
export function makeSvg(tag: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(svg, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** One of the page's symbols, for the eye only. */
export function icon(name: string): SVGElement {
  const element = makeSvg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' });
  element.append(makeSvg('use', { href: `#icon-${name}` }));
  return element;
}

interface ButtonOptions {
  readonly className?: string;
  readonly symbol?: string;
  readonly needs?: Needed;
}

/** Whom a control is of use to: whoever signed in with less does not see it (`style/studio.css`). */
export type Needed = 'owner' | 'admin';

/** A button with a label, and a symbol where one is named. */
export function makeButton(
  label: string,
  onClick: () => void,
  { className = 'button', symbol = '', needs }: ButtonOptions = {},
): HTMLButtonElement {
  const button = make('button', className, [...(symbol ? [icon(symbol)] : []), make('span', '', label)]);
  button.type = 'button';
  if (needs) button.dataset.needs = needs;
  button.addEventListener('click', onClick);
  return button;
}

/** A link that looks like a button. */
export function makeLink(label: string, className = 'button', symbol = ''): HTMLAnchorElement {
  return make('a', className, [...(symbol ? [icon(symbol)] : []), make('span', '', label)]);
}

/** Fills a list of terms; writes only what differs. */
export function fillTerms(list: HTMLElement, lines: readonly (readonly [term: string, text: string])[]): void {
  const text = JSON.stringify(lines);
  if (list.dataset.lines === text) return;
  list.dataset.lines = text;
  list.replaceChildren(...lines.flatMap(([term, value]) => [make('dt', '', term), make('dd', '', value)]));
}

/** Keeps a control from being pressed twice while its work is under way. */
export async function whileBusy(control: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
  if (control.disabled) return;
  control.disabled = true;
  control.setAttribute('aria-busy', 'true');
  try {
    await work();
  } finally {
    control.disabled = false;
    control.removeAttribute('aria-busy');
  }
}
