import type { Import } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { byId, make, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { sizeText } from './dates.ts';
import { makeButton, makeLink, whileBusy } from './dom.ts';
import { createUploads, type Uploads } from './import-uploads.ts';
import { fileTrouble, importName, importWords, isOver } from './import-words.ts';
import { createList, type List, type Row } from './list.ts';
import { createOpener } from './opener.ts';
import type { Section, Studio } from './studio.ts';

/** What an import's buttons do, and what its row has to know. */
interface ImportDeeds {
  goOn(item: Import): void;
  cancel(item: Import): void;
  remove(item: Import): void;
  readonly uploads: Uploads;
  /** `show` is called when the upload of this import has moved. */
  watch(id: string, show: () => void): void;
}

/** Imports of video files: begun, gone on with, cancelled. */
export function createImports(studio: Studio): Section {
  const shows = new Map<string, () => void>();
  const uploads = createUploads(studio, (id) => {
    if (uploads.of(id)) shows.get(id)?.();
    else void list.reload();
  });
  const forget = async ({ id }: Import) => {
    uploads.stop(id);
    const answer = await studio.api.send('DELETE', `/imports/${id}`);
    if (!answer.ok) studio.tell(answer.sentence, 'bad');
    await list.reload();
  };
  const deeds: ImportDeeds = {
    uploads,
    watch: (id, show) => void shows.set(id, show),
    goOn: (item) => void goOn(studio, uploads, item),
    cancel: async (item) => {
      const sentence = 'What was uploaded and made of it is removed.';
      const title = `Cancel the import of ${importWords(item, null).title}?`;
      if (await confirm({ title, sentence, action: 'Cancel import' })) await forget(item);
    },
    remove: (item) => void forget(item),
  };
  const list: List = createList<Import>({
    body: byId('imports', HTMLElement),
    // Nothing at all is said where there are none.
    empty: make('p', ''),
    more: byId('imports-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () => drawImport(deeds),
    async fetchPage(cursor) {
      const page = `limit=${studioLimits.listPageMax}&cursor=${cursor}`;
      const answer = await studio.api.get(`/channels/${studio.channel()}/imports?${page}`);
      return answer.ok ? { ok: true, body: { items: answer.body.imports, next: answer.body.next } } : answer;
    },
  });
  startForm(studio, uploads, () => list.reload());
  return createOpener(studio, list, []);
}

function startForm({ api, channel }: Studio, uploads: Uploads, onBegun: () => Promise<void>): void {
  const form = byId('import-form', HTMLFormElement);
  const field = byId('import-file', HTMLInputElement);
  const title = byId('import-title', HTMLInputElement);
  const trouble = byId('import-trouble', HTMLElement);
  const begin = async () => {
    const [file] = field.files ?? [];
    if (!file) return;
    setText(trouble, fileTrouble(file));
    if (trouble.textContent !== '') return;
    const wish = { name: importName(file.name), sizeBytes: file.size, title: title.value.trim() || null };
    const answer = await api.send('POST', `/channels/${channel()}/imports`, wish);
    setText(trouble, answer.ok ? '' : answer.sentence);
    if (!answer.ok) return;
    form.reset();
    uploads.start(answer.body, file);
    await onBegun();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(byId('import-begin', HTMLButtonElement), begin);
  });
}

function drawImport(deeds: ImportDeeds): Row<Import> {
  let item: Import;
  const [title, facts, state] = [make('h3', 'row-title'), make('p', 'quiet'), make('p', 'state')];
  const bar = make('progress', 'import-bar');
  bar.max = 1;
  const open = makeLink('Open', 'button small', 'open');
  const button = (label: string, symbol: string, onClick: () => void) =>
    makeButton(label, onClick, { className: 'button small', symbol, needs: 'owner' });
  const goOn = button('Go on', 'plus', () => deeds.goOn(item));
  const cancel = button('Cancel', 'stop', () => deeds.cancel(item));
  const remove = button('Remove', 'delete', () => deeds.remove(item));
  const element = make('li', 'card row', [
    make('div', 'row-words', [title, facts, state, bar]),
    make('div', 'actions', [open, goOn, cancel, remove]),
  ]);
  const show = () => {
    const here = deeds.uploads.of(item.id);
    const words = importWords(item, here);
    setText(title, words.title);
    setText(facts, words.facts);
    setText(state, words.state);
    state.dataset.tone = words.tone;
    bar.hidden = words.share === null;
    bar.value = words.share ?? 0;
    bar.setAttribute('aria-label', words.state);
    open.hidden = item.state !== 'ready';
    open.href = `/replay/${item.broadcast}`;
    open.setAttribute('aria-label', `Open the replay of ${words.title}`);
    goOn.hidden = item.state !== 'receiving' || here !== null;
    goOn.setAttribute('aria-label', `Go on with ${words.title}`);
    cancel.hidden = isOver(item);
    cancel.setAttribute('aria-label', `Cancel ${words.title}`);
    remove.hidden = !isOver(item);
    remove.setAttribute('aria-label', `Remove ${words.title} from this list`);
  };
  return {
    element,
    fill(found) {
      item = found;
      deeds.watch(found.id, show);
      show();
    },
  };
}

/** Asks for the file once more: a page that was closed has lost it. */
async function goOn({ api, tell }: Studio, uploads: Uploads, { id, name, sizeBytes }: Import): Promise<void> {
  const file = await chooseFile();
  if (!file) return;
  if (importName(file.name) !== name || file.size !== sizeBytes) {
    return tell(`This is another file. Choose ${name} with ${sizeText(sizeBytes)}.`, 'bad');
  }
  const answer = await api.get(`/imports/${id}`);
  if (!answer.ok) return tell(answer.sentence, 'bad');
  uploads.start(answer.body, file);
}

/** Null: nobody chose one. */
function chooseFile(): Promise<File | null> {
  const field = make('input', '');
  field.type = 'file';
  field.accept = byId('import-file', HTMLInputElement).accept;
  return new Promise((resolve) => {
    field.addEventListener('change', () => resolve(field.files?.[0] ?? null));
    field.addEventListener('cancel', () => resolve(null));
    field.click();
  });
}
