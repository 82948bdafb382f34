/** What keys can ask of the page. */
export const keyCommands = [
  'toggle-play',
  'back-10',
  'forward-10',
  'back-5',
  'forward-5',
  'louder',
  'quieter',
  'toggle-mute',
  'toggle-fullscreen',
  'toggle-stats',
  'go-live',
  'toggle-captions',
  'clip',
  'faster',
  'slower',
  'help',
] as const;
export type KeyCommand = (typeof keyCommands)[number];

const keys: Readonly<Record<string, KeyCommand>> = {
  ' ': 'toggle-play',
  k: 'toggle-play',
  j: 'back-10',
  l: 'forward-10',
  arrowleft: 'back-5',
  arrowright: 'forward-5',
  arrowup: 'louder',
  arrowdown: 'quieter',
  m: 'toggle-mute',
  f: 'toggle-fullscreen',
  s: 'toggle-stats',
  end: 'go-live',
  c: 'toggle-captions',
  x: 'clip',
  '>': 'faster',
  '<': 'slower',
  '?': 'help',
};

/** Keys that controls use themselves: a focused button takes Space, a slider takes arrows. */
const controlKeys = new Set([' ', 'arrowleft', 'arrowright', 'arrowup', 'arrowdown', 'end']);

/** A pressed key with what has the focus. */
export interface KeyPress {
  readonly key: string;
  /** Ctrl, Alt or Meta is held: the browser's own shortcut. */
  readonly modified: boolean;
  /** Where the focus is: nothing special, a button or slider, or a text field. */
  readonly focus: 'page' | 'button' | 'slider' | 'text';
}

/** The command of a key press, or null. */
export function commandOf(press: KeyPress): KeyCommand | null {
  if (press.modified || press.focus === 'text') return null;
  const key = press.key.toLowerCase();
  if (press.focus === 'slider' && controlKeys.has(key)) return null;
  if (press.focus === 'button' && key === ' ') return null;
  return Object.hasOwn(keys, key) ? (keys[key] ?? null) : null;
}

/** Listens on the whole page; the handler is asked with each command. */
export function startKeyboard(handle: (command: KeyCommand) => void): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
    const modified = event.ctrlKey || event.altKey || event.metaKey;
    const command = commandOf({ key: event.key, modified, focus: focusOf(event) });
    if (!command) return;
    event.preventDefault();
    handle(command);
  });
}

function focusOf(event: Event): KeyPress['focus'] {
  const [inner] = event.composedPath();
  if (!(inner instanceof Element)) return 'page';
  if (inner.matches('input[type="range"], [role="slider"]')) return 'slider';
  if (inner.matches('input, textarea, select, [contenteditable]')) return 'text';
  return inner.closest('button, a, [role="button"]') ? 'button' : 'page';
}
