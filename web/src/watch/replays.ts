import { pageLimits } from '#shared/limits/page.ts';
import type { ReplayCard, ReplayList } from '#shared/model/replay-view.ts';
import { byId, make, setText } from '../page/element.ts';
import { type Repeating, repeat } from '../page/repeat.ts';
import { spread } from '../page/wait.ts';
import type { ViewerAccess } from '../player/viewer-access.ts';
import { wordsOf } from './replay-cards.ts';

/** The channel's replays below the player. */
export interface Replays extends Repeating {
  /** Whether there is a replay of this broadcast. */
  has(broadcast: string | null): boolean;
}

/**
 * Shows them, newest first, and looks for new ones.
 * @param awaited broadcast whose replay is about to appear
 */
export function startReplays(
  channel: string,
  access: ViewerAccess,
  awaited: () => string | null,
  onChange: () => void,
): Replays {
  const section = byId('replays', HTMLElement);
  const list = byId('replay-cards', HTMLElement);
  const more = byId('replays-more', HTMLButtonElement);
  const cards = new Map<string, HTMLElement>();
  let next: string | null = null;
  const fetchPage = (cursor: string) =>
    access.look<ReplayList>(`/api/v1/watch/${channel}/replays?limit=${pageLimits.replaysShown}&cursor=${cursor}`);
  const add = (replay: ReplayCard, isNewest: boolean) => {
    const known = cards.get(replay.broadcast);
    if (known) return fill(known, replay, access);
    const card = draw(replay, access);
    cards.set(replay.broadcast, card);
    if (isNewest) list.prepend(card);
    else list.append(card);
  };
  const looking = repeat(
    async () => {
      const answer = await fetchPage('');
      const isRefused = !answer.ok && (answer.status === 401 || answer.status === 403 || answer.status === 404);
      if (isRefused) forget();
      if (!answer.ok) return;
      const isFirst = cards.size === 0;
      if (isFirst) next = answer.body.next;
      for (const replay of answer.body.replays.toReversed()) add(replay, true);
      show();
    },
    () => {
      const broadcast = awaited();
      const isAwaited = broadcast !== null && !cards.has(broadcast);
      return spread(isAwaited ? pageLimits.viewPollMs : pageLimits.viewPollSettledMs, Math.random());
    },
  );
  const forget = () => {
    cards.clear();
    list.replaceChildren();
    next = null;
    show();
  };
  const show = () => {
    section.hidden = cards.size === 0;
    more.hidden = next === null;
    onChange();
  };
  more.addEventListener('click', async () => {
    if (next === null) return;
    const answer = await fetchPage(next);
    if (!answer.ok) return;
    next = answer.body.next;
    for (const replay of answer.body.replays) add(replay, false);
    show();
  });
  return { now: looking.now, has: (broadcast) => broadcast !== null && cards.has(broadcast) };
}

function draw(replay: ReplayCard, access: ViewerAccess): HTMLElement {
  const image = make('img', '');
  image.alt = '';
  image.loading = 'lazy';
  image.width = 320;
  image.height = 180;
  // A replay without a picture keeps the plain ground.
  image.addEventListener('error', () => image.remove());
  image.src = access.media(replay.poster);
  const picture = make('div', 'replay-picture', [image, make('span', 'replay-length')]);
  const link = make('a', 'replay-card', [picture, make('h3', 'replay-title'), make('p', 'replay-date')]);
  const card = make('li', '', [link]);
  fill(card, replay, access);
  return card;
}

function fill(card: HTMLElement, replay: ReplayCard, access: ViewerAccess): void {
  const words = wordsOf(replay);
  const link = card.querySelector('a');
  const length = card.querySelector<HTMLElement>('.replay-length');
  const [title, date] = ['.replay-title', '.replay-date'].map((part) => card.querySelector(part));
  if (!link || !length || !title || !date) return;
  link.href = access.page(words.href);
  link.setAttribute('aria-label', words.label);
  setText(length, words.length);
  length.hidden = words.length === '';
  setText(title, words.title);
  setText(date, words.date);
}
