import { studioLimits } from '#shared/limits/page.ts';
import type { ReplayItem } from '#shared/model/view.ts';
import { embedPath } from '#shared/route/page-path.ts';
import { byId, make, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { makeButton, makeLink } from './dom.ts';
import { embedCode } from './embed-code.ts';
import { createImports } from './imports-list.ts';
import { createList, type List, type Row } from './list.ts';
import { undoable } from './notices.ts';
import { createOpener } from './opener.ts';
import { replayWords } from './replay-words.ts';
import { copyButton } from './secret-box.ts';
import type { Section, Studio } from './studio.ts';

/** Finished broadcasts: opened, and deleted with a way back; and files of which replays are made. */
export function createReplays(studio: Studio): Section {
  const imports = createImports(studio);
  const list: List = createList<ReplayItem>({
    body: byId('replays', HTMLElement),
    empty: byId('replays-empty', HTMLElement),
    more: byId('replays-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () => drawReplay(studio, () => list.reload()),
    async fetchPage(cursor) {
      const page = `limit=${studioLimits.listPageMax}&cursor=${cursor}`;
      const answer = await studio.api.get(`/channels/${studio.channel()}/replays?${page}`);
      return answer.ok ? { ok: true, body: { items: answer.body.replays, next: answer.body.next } } : answer;
    },
  });
  const replays = createOpener(studio, list, []);
  return {
    open() {
      imports.open();
      replays.open();
    },
    reload() {
      imports.reload?.();
      replays.reload?.();
    },
  };
}

function drawReplay(studio: Studio, onDeleted: () => Promise<void>): Row<ReplayItem> {
  let item: ReplayItem;
  const image = make('img', '');
  image.alt = '';
  image.loading = 'lazy';
  // A replay without a picture keeps the plain ground.
  image.addEventListener('error', () => image.remove());
  const [length, title] = [make('span', 'tile-length'), make('h2', 'row-title')];
  const [state, facts] = [make('span', 'state'), make('span', 'quiet small')];
  const open = makeLink('Open', 'button small', 'open');
  const copy = copyButton('replay link', () => `${location.origin}/replay/${item.id}`, 'Copy link', 'button small');
  const embed = copyButton(
    'player for other sites',
    () => embedCode(location.origin + embedPath({ kind: 'replay', id: item.id }), item.title),
    'Embed',
    'button small',
  );
  const remove = makeButton('Delete', () => void deleteReplay(studio, item, element, onDeleted), {
    className: 'button small',
    symbol: 'delete',
    needs: 'owner',
  });
  const element = make('li', 'card tile', [
    make('div', 'tile-picture', [image, length]),
    make('div', 'tile-words', [
      title,
      make('p', 'tile-state', [state, facts]),
      make('div', 'actions', [open, copy, embed, remove]),
    ]),
  ]);
  return {
    element,
    fill(replay) {
      item = replay;
      const words = replayWords(replay);
      if (image.getAttribute('src') !== replay.poster) image.src = replay.poster;
      setText(length, words.length);
      length.hidden = words.length === '';
      setText(title, words.title);
      setText(state, words.state);
      state.dataset.tone = words.tone;
      setText(facts, words.facts);
      open.href = `/replay/${replay.id}`;
      open.hidden = !words.isPlayable;
      copy.hidden = embed.hidden = !words.isPlayable;
      remove.setAttribute('aria-label', `Delete the replay of ${words.title}`);
    },
  };
}

async function deleteReplay(
  studio: Studio,
  replay: ReplayItem,
  row: HTMLElement,
  onDeleted: () => Promise<void>,
): Promise<void> {
  const { title } = replayWords(replay);
  const isSure = await confirm({
    title: `Delete the replay of ${title}?`,
    sentence: 'Its media is removed for good; what clips need of it stays.',
    action: 'Delete replay',
  });
  if (!isSure) return;
  undoable(`The replay of ${title} is deleted.`, row, async () => {
    const answer = await studio.api.send('DELETE', `/broadcasts/${replay.id}`);
    if (!answer.ok) studio.tell(answer.sentence, 'bad');
    await onDeleted();
  });
}
