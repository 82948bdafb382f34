import { byId } from './element.ts';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const names: Readonly<Record<Theme, string>> = { auto: 'automatic', light: 'light', dark: 'dark' };
const storageKey = 'headwater.theme';

/** Makes the theme button go round: automatic, light, dark. public/theme.js applies a stored choice before the first paint. */
export function startTheme(): void {
  const button = byId('theme', HTMLButtonElement);
  const show = () => {
    const label = `Theme: ${names[current()]}`;
    button.setAttribute('aria-label', label);
    button.title = label;
  };
  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(current()) + 1) % themes.length] ?? 'auto';
    document.documentElement.dataset.theme = next;
    store(next);
    show();
  });
  show();
}

function current(): Theme {
  const theme = document.documentElement.dataset.theme;
  return themes.find((known) => known === theme) ?? 'auto';
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // Storage can be closed to this page; the choice then lasts as long as the page.
  }
}
