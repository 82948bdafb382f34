import { pageLimits } from '#shared/limits/page.ts';
import type { LiveView } from '#shared/model/view.ts';
import { announce } from '../page/announce.ts';
import { byId, make, setText } from '../page/element.ts';
import { fetchJson } from '../page/fetch-json.ts';
import { repeat } from '../page/repeat.ts';
import { startTheme } from '../page/theme.ts';
import { spread } from '../page/wait.ts';
import { type Card, cardOf } from './cards.ts';

const list = byId('channels', HTMLElement);
const count = byId('count', HTMLElement);
const empty = byId('empty', HTMLElement);
const trouble = byId('trouble', HTMLElement);
const cards = new Map<string, HTMLElement>();

startTheme();
const looking = repeat(
  async () => {
    if (document.hidden && cards.size > 0) return;
    const answer = await fetchJson<LiveView>('/api/v1/live');
    trouble.hidden = answer.ok;
    list.setAttribute('aria-busy', 'false');
    if (answer.ok) show(answer.body.channels.map((live) => cardOf(live, answer.body.nowMs)));
  },
  () => spread(pageLimits.livePollMs, Math.random()),
);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) looking.now();
});

/** Shows these cards; those that stay keep their element, and with it the focus. */
function show(next: readonly Card[]): void {
  const names = new Set(next.map((card) => card.channel));
  for (const [name, element] of cards) {
    if (names.has(name)) continue;
    element.remove();
    cards.delete(name);
  }
  for (const [index, card] of next.entries()) {
    const element = cards.get(card.channel) ?? draw(card);
    fill(element, card);
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  }
  empty.hidden = next.length > 0;
  const words = next.length === 0 ? '' : next.length === 1 ? '1 stream' : `${next.length} streams`;
  if (count.textContent !== words) announce(words || 'Nobody is live right now.');
  setText(count, words);
}

function draw(card: Card): HTMLElement {
  const picture = make('div', 'card-picture', [make('span', 'badge')]);
  picture.style.setProperty('--hue', String(card.hue));
  const link = make('a', 'card', [picture, make('h3', 'card-title'), make('p', 'card-facts')]);
  link.href = card.href;
  const item = make('li', '', [link]);
  cards.set(card.channel, item);
  return item;
}

function fill(element: HTMLElement, card: Card): void {
  const [badge, title, facts] = ['.badge', '.card-title', '.card-facts'].map((part) => element.querySelector(part));
  if (!badge || !title || !facts) return;
  setText(badge, card.badge);
  badge.classList.toggle('behind', card.badge !== 'LIVE');
  setText(title, card.title);
  setText(facts, card.facts);
}
