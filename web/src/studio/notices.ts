import { studioLimits } from '#shared/limits/page.ts';
import { announce } from '../page/announce.ts';
import { byId, make } from '../page/element.ts';
import { makeButton } from './dom.ts';

/** Shows a sentence at the foot of the page for a while, and says it once. */
export function tell(sentence: string, tone: 'good' | 'bad' = 'good'): void {
  const notice = make('div', `notice-line ${tone}`, [make('span', '', sentence)]);
  const close = () => notice.remove();
  notice.append(makeButton('Close', close, { className: 'text-button' }));
  byId('notices', HTMLElement).replaceChildren(notice);
  announce(sentence);
  setTimeout(close, studioLimits.noticeMs * (tone === 'bad' ? 2 : 1));
}

/** Puts something off for a while in which it can be taken back; `row` is out of reach meanwhile. Leaving the page carries it out. */
export function undoable(sentence: string, row: HTMLElement, carryOut: () => void): void {
  const over = new AbortController();
  const stop = () => {
    clearTimeout(timer);
    over.abort();
    line.remove();
    row.inert = false;
    row.classList.remove('leaving');
  };
  const finish = () => {
    stop();
    carryOut();
  };
  const undo = makeButton('Undo', () => {
    stop();
    announce('Taken back.');
  });
  const line = make('div', 'notice-line', [make('span', '', sentence), undo]);
  row.inert = true;
  row.classList.add('leaving');
  byId('undo-lines', HTMLElement).append(line);
  undo.focus();
  announce(`${sentence} Undo is possible for ${studioLimits.undoMs / 1_000} seconds.`);
  const timer = setTimeout(finish, studioLimits.undoMs);
  addEventListener('pagehide', finish, { signal: over.signal });
}
