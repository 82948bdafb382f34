import { announce } from '../page/announce.ts';
import { byId, make, setText } from '../page/element.ts';

/** Puts text on the clipboard; false when the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS there is no clipboard interface; the old way needs a selection.
    return copySelection(text);
  }
}

function copySelection(text: string): boolean {
  const field = make('textarea', 'visually-hidden');
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
}

/** The share button: the device's own sheet where there is one, else the clipboard. */
export function startShare(title: () => string, address = () => location.origin + location.pathname): void {
  const button = byId('share', HTMLButtonElement);
  const label = byId('share-label', HTMLElement);
  const resting = label.textContent ?? '';
  button.addEventListener('click', async () => {
    const url = address();
    const sheet = matchMedia('(pointer: coarse)').matches && 'share' in navigator;
    if (sheet) return navigator.share({ title: title(), url }).catch(() => undefined);
    const words = (await copyText(url)) ? 'Link copied' : 'Copy the address above';
    setText(label, words);
    announce(words);
    setTimeout(() => setText(label, resting), 2_500);
  });
}
