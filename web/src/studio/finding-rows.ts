import { make } from '../page/element.ts';
import { timeText } from './dates.ts';
import { icon } from './dom.ts';
import type { LoggedFinding } from './findings-log.ts';

const severities = { error: 'Error', warning: 'Warning', info: 'Note' } as const;

/** Shows findings with their way out; draws only when something differs. */
export function drawFindings(list: HTMLElement, entries: readonly LoggedFinding[], withTimes = false): void {
  const text = JSON.stringify(entries);
  if (list.dataset.entries === text) return;
  list.dataset.entries = text;
  list.replaceChildren(
    ...entries.map(({ finding: { severity, sentence, fix, code, openedMs }, closedMs }) => {
      const over = closedMs === null ? 'open' : `over at ${timeText(closedMs)}`;
      const words = make('div', '', [
        make('p', 'finding-sentence', `${severities[severity]}: ${sentence}`),
        make('p', 'quiet', fix),
        make('p', 'quiet small', withTimes ? `${code} · since ${timeText(openedMs)}, ${over}` : code),
      ]);
      return make('li', `finding ${closedMs === null ? severity : 'closed'}`, [icon(severity), words]);
    }),
  );
}
