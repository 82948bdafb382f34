import { byId, make, setText } from '../page/element.ts';
import { copyText } from './share.ts';
import { type Sample, statsLines, statsText } from './stats.ts';

/** The statistics over the picture. */
export interface StatsPanel {
  toggle(): void;
  /** Called every second; measures only while the panel is open. */
  tick(): void;
}

/** The panel of the page. @param button what opens it beside its key; null where there is none */
export function createStatsPanel(button: HTMLButtonElement | null, sample: () => Sample): StatsPanel {
  const panel = byId('stats', HTMLElement);
  const list = byId('stats-lines', HTMLElement);
  const copy = byId('stats-copy', HTMLButtonElement);
  const values = new Map<string, HTMLElement>();
  const tick = () => {
    if (panel.hidden) return;
    for (const [name, value] of statsLines(sample())) setText(line(name), value);
  };
  const line = (name: string) => {
    const known = values.get(name);
    if (known) return known;
    const value = make('dd', '');
    list.append(make('dt', '', name), value);
    values.set(name, value);
    return value;
  };
  const toggle = () => {
    panel.hidden = !panel.hidden;
    button?.setAttribute('aria-pressed', String(!panel.hidden));
    tick();
  };
  button?.addEventListener('click', toggle);
  byId('stats-close', HTMLButtonElement).addEventListener('click', toggle);
  copy.addEventListener('click', async () => {
    setText(copy, (await copyText(statsText(sample()))) ? 'Copied' : 'Not copied');
    setTimeout(() => setText(copy, 'Copy'), 2_000);
  });
  return { toggle, tick };
}
