import type { Clip } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { embedPath } from '#shared/route/page-path.ts';
import { byId, make, setText } from '../page/element.ts';
import { clipFacts } from './clip-words.ts';
import { confirm } from './confirm.ts';
import { makeButton, makeLink } from './dom.ts';
import { embedCode } from './embed-code.ts';
import { createList, type List, type Row } from './list.ts';
import { undoable } from './notices.ts';
import { createOpener } from './opener.ts';
import { copyButton } from './secret-box.ts';
import type { Section, Studio } from './studio.ts';

/** What a clip's buttons do. */
interface ClipDeeds {
  /** Whether the file takes a link of its own; it is saved by one then. */
  saveByLink(clip: Clip): boolean;
  rename(clip: Clip): void;
  remove(clip: Clip, row: HTMLElement): void;
}

/** Clips: opened, renamed, downloaded, deleted with a way back. */
export function createClips(studio: Studio): Section {
  const rename = startRename(studio, () => list.reload());
  const remove = async (clip: Clip, row: HTMLElement) => {
    const sentence = 'Its links stop working. The broadcast that it is from stays.';
    if (!(await confirm({ title: `Delete ${clip.title}?`, sentence, action: 'Delete clip' }))) return;
    undoable(`The clip ${clip.title} is deleted.`, row, async () => {
      const answer = await studio.api.send('DELETE', `/clips/${clip.id}`);
      if (!answer.ok) studio.tell(answer.sentence, 'bad');
      await list.reload();
    });
  };
  const list: List = createList<Clip>({
    body: byId('clips', HTMLElement),
    empty: byId('clips-empty', HTMLElement),
    more: byId('clips-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () => drawClip({ saveByLink: (clip) => saveByLink(studio, clip), rename, remove }),
    async fetchPage(cursor) {
      const path = `/clips?channel=${studio.channel()}&limit=${studioLimits.listPageMax}&cursor=${cursor}` as const;
      const answer = await studio.api.get(path);
      return answer.ok ? { ok: true, body: { items: answer.body.clips, next: answer.body.next } } : answer;
    },
  });
  return createOpener(studio, list, []);
}

function drawClip(deeds: ClipDeeds): Row<Clip> {
  let item: Clip;
  const [title, facts] = [make('h2', 'row-title'), make('p', 'quiet')];
  const open = makeLink('Open', 'button small', 'open');
  const copy = copyButton('clip link', () => location.origin + item.playback.page, 'Copy link', 'button small');
  const embed = copyButton(
    'player for other sites',
    () => embedCode(location.origin + embedPath({ kind: 'clip', id: item.id }), item.title),
    'Embed',
    'button small',
  );
  const download = makeLink('MP4', 'button small', 'download');
  download.download = '';
  download.addEventListener('click', (event) => {
    if (deeds.saveByLink(item)) event.preventDefault();
  });
  const rename = makeButton('Rename', () => deeds.rename(item), {
    className: 'button small',
    symbol: 'edit',
    needs: 'owner',
  });
  const options = { className: 'button small', symbol: 'delete', needs: 'owner' } as const;
  const remove = makeButton('Delete', () => deeds.remove(item, element), options);
  const element = make('li', 'card row', [
    make('div', 'row-words', [title, facts]),
    make('div', 'actions', [open, copy, embed, download, rename, remove]),
  ]);
  return {
    element,
    fill(clip) {
      item = clip;
      setText(title, clip.title);
      setText(facts, clipFacts(clip));
      open.href = clip.playback.page;
      download.href = clip.playback.download;
      download.setAttribute('aria-label', `Download ${clip.title} as MP4`);
      rename.setAttribute('aria-label', `Rename ${clip.title}`);
      remove.setAttribute('aria-label', `Delete ${clip.title}`);
    },
  };
}

/** What is closed, or for some sites, is saved by a link that this asks for; false: it can be had as it is. */
function saveByLink({ api, facts, tell }: Studio, { id: clip, visibility, title }: Clip): boolean {
  if (visibility !== 'signed' && facts()?.channel.sites === null) return false;
  const wish = { clip, scopes: ['download' as const], anySite: true as const };
  const expiresMs = Date.now() + studioLimits.fileLinkMs;
  void api.send('POST', '/links', { ...wish, expiresMs, label: 'MP4 in the studio' }).then((answer) => {
    if (!answer.ok) return tell(answer.sentence, 'bad');
    const file = makeLink(title, '', 'download');
    file.href = answer.body.urls.download ?? '';
    file.download = '';
    file.click();
  });
  return true;
}

function startRename({ api, tell }: Studio, onRenamed: () => Promise<void>): ClipDeeds['rename'] {
  const dialog = byId('rename', HTMLDialogElement);
  const field = byId('rename-text', HTMLInputElement);
  const trouble = byId('rename-trouble', HTMLElement);
  let id = '';
  byId('rename-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close());
  byId('rename-form', HTMLFormElement).addEventListener('submit', async (event) => {
    event.preventDefault();
    const answer = await api.send('PATCH', `/clips/${id}`, { title: field.value });
    setText(trouble, answer.ok ? '' : answer.sentence);
    if (!answer.ok) return;
    dialog.close();
    tell('The clip has its new title.');
    await onRenamed();
  });
  return (clip) => {
    id = clip.id;
    field.value = clip.title;
    setText(trouble, '');
    dialog.showModal();
    field.select();
  };
}
