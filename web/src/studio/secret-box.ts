import { announce } from '../page/announce.ts';
import { make, setText } from '../page/element.ts';
import { copyText } from '../player/share.ts';
import { makeButton } from './dom.ts';

/** Something that is told once. */
export interface Secret {
  /** `Stream key` */
  readonly label: string;
  readonly value: string;
  /** Of a text of several lines: what is shown of it while it is masked. */
  readonly masked?: string;
}

/** Shows what is told once: masked, to be copied or shown, and gone from the page with `Done`. */
export function showSecrets(place: HTMLElement, note: string, secrets: readonly Secret[]): void {
  const done = makeButton('Done', () => {
    place.replaceChildren();
    place.hidden = true;
  });
  const head = make('div', 'secret-head', [make('p', '', note), done]);
  place.replaceChildren(head, ...secrets.map(secretLine));
  place.hidden = false;
  announce(note);
  place.querySelector<HTMLButtonElement>('button.copy')?.focus();
}

function secretLine({ label, value, masked }: Secret): HTMLElement {
  const { field, show } = masked === undefined ? maskedLine(value) : maskedLines(value, masked);
  field.readOnly = true;
  field.autocomplete = 'off';
  field.setAttribute('aria-label', label);
  let isShown = false;
  const reveal = makeButton('Show', () => {
    isShown = !isShown;
    show(isShown);
    reveal.setAttribute('aria-label', `${isShown ? 'Hide' : 'Show'} ${label}`);
    const words = reveal.querySelector('span');
    if (words) setText(words, isShown ? 'Hide' : 'Show');
  });
  reveal.setAttribute('aria-label', `Show ${label}`);
  return make('div', 'value-line', [make('span', 'value-label', label), field, copyButton(label, () => value), reveal]);
}

function maskedLine(value: string) {
  const field = make('input', 'field mono');
  field.type = 'password';
  field.value = value;
  return {
    field,
    show(isShown: boolean) {
      field.type = isShown ? 'text' : 'password';
    },
  };
}

function maskedLines(value: string, masked: string) {
  const field = make('textarea', 'field mono');
  field.rows = value.split('\n').length;
  field.value = masked;
  return {
    field,
    show(isShown: boolean) {
      field.value = isShown ? value : masked;
    },
  };
}

/** A button that puts a text on the clipboard and says so. */
export function copyButton(label: string, text: () => string, words = 'Copy', className = 'button'): HTMLButtonElement {
  const button = makeButton(
    words,
    async () => {
      const told = (await copyText(text())) ? 'Copied' : 'Select and copy it';
      const span = button.querySelector('span');
      if (!span) return;
      setText(span, told);
      announce(`${label}: ${told}`);
      setTimeout(() => setText(span, words), 2_500);
    },
    { className: `${className} copy`, symbol: 'copy' },
  );
  button.setAttribute('aria-label', `${words} ${label}`);
  return button;
}
