import { byId, setText } from '../page/element.ts';

/** A question before something that cannot be taken back. */
export interface Question {
  readonly title: string;
  readonly sentence: string;
  /** What the button does: `Delete replay`. */
  readonly action: string;
}

let settle = (): void => undefined;

/** Asks in a dialog; false when the person thinks better of it. */
export function confirm({ title, sentence, action }: Question): Promise<boolean> {
  const dialog = byId('confirm', HTMLDialogElement);
  setText(byId('confirm-title', HTMLElement), title);
  setText(byId('confirm-sentence', HTMLElement), sentence);
  setText(byId('confirm-action', HTMLElement), action);
  // The browser may be still to tell that the dialog of the question before was closed.
  settle();
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    settle = () => resolve(dialog.returnValue === 'yes');
    dialog.onclose = () => {
      if (!dialog.open) settle();
    };
  });
}
