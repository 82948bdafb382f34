import { make } from '../page/element.ts';
import { timeText } from './dates.ts';
import { icon } from './dom.ts';
import type { LoggedFinding } from './findings-log.ts';
import { expectedText } from './live-words.ts';

const severities = { error: 'Error', warning: 'Warning', info: 'Note' } as const;

/** Shows findings with their way out; draws only when something differs. @param nowMs the server's clock */
export function drawFindings(
  list: HTMLElement,
  entries: readonly LoggedFinding[],
  nowMs: number,
  withTimes = false,
): void {
  const expected = entries.map(({ finding, closedMs }) => (closedMs === null ? expectedText(finding, nowMs) : null));
  const text = JSON.stringify([entries, expected]);
  if (list.dataset.entries === text) return;
  list.dataset.entries = text;
  list.replaceChildren(
    ...entries.map(({ finding: { severity, sentence, fix, code, openedMs }, closedMs }, at) => {
      const over = closedMs === null ? 'open' : `over at ${timeText(closedMs)}`;
      const words = make('div', '', [
        make('p', 'finding-sentence', `${severities[severity]}: ${sentence}`),
        ...(expected[at] ? [make('p', '', expected[at])] : []),
        make('p', 'quiet', fix),
        make('p', 'quiet small', withTimes ? `${code} · since ${timeText(openedMs)}, ${over}` : code),
      ]);
      return make('li', `finding ${closedMs === null ? severity : 'closed'}`, [icon(severity), words]);
    }),
  );
}
