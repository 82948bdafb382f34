import { byId, setText } from '../page/element.ts';
import { createApi } from './api.ts';
import { whileBusy } from './dom.ts';
import { isTokenLike, storeToken } from './session.ts';

/** Shows the sign-in; a token that the API accepts is kept for this tab and handed on. @param farewell why the last session ended */
export function askForToken(farewell: string, onToken: (token: string) => void): void {
  const field = byId('token', HTMLInputElement);
  const trouble = byId('sign-in-trouble', HTMLElement);
  const button = byId('sign-in-button', HTMLButtonElement);
  const words = byId('sign-in-farewell', HTMLElement);
  setText(words, farewell);
  words.hidden = farewell === '';
  byId('sign-in', HTMLElement).hidden = false;
  field.focus();
  byId('sign-in-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(button, async () => {
      const token = field.value.trim();
      setText(trouble, '');
      const refusal = await check(token);
      setText(trouble, refusal);
      field.setAttribute('aria-invalid', String(refusal !== ''));
      if (refusal !== '') return field.select();
      field.value = '';
      storeToken(token);
      onToken(token);
    });
  });
}

/** Why a token is not taken; empty when it is. */
async function check(token: string): Promise<string> {
  if (!isTokenLike(token)) return 'This cannot be a token: it has spaces or letters that tokens do not have.';
  const answer = await createApi(token, () => {}).get('/channels?limit=1');
  if (answer.ok) return '';
  return answer.status === 401 ? 'This is not the API token of this server.' : answer.sentence;
}
