import type { Origin } from '#shared/api/shapes.ts';
import { byId, make, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { makeButton } from './dom.ts';
import type { Row } from './list.ts';
import { drainSentence, originFigures, originWords, removeSentence } from './origin-words.ts';
import { copyButton } from './secret-box.ts';
import type { Studio } from './studio.ts';

/** What a row has to know of the list that it is in. */
export interface OriginList {
  /** All origins that were read. */
  known(): readonly Origin[];
  reload(): Promise<void>;
}

/** One origin with its figures, its addresses and its buttons. */
export function drawOrigin(studio: Studio, list: OriginList): Row<Origin> {
  let item: Origin;
  const [title, state, place] = [make('h2', 'row-title'), make('p', 'state'), make('p', 'quiet')];
  const unlisted = make('p', 'quiet small');
  const values = originFigures.map((name) => [name, make('dd', '')] as const);
  const lines = [addressLine('RTMP', () => item), addressLine('RTMPS', () => item)] as const;
  // One button, which keeps the focus when it has done its work.
  const drain = makeButton(
    'Drain',
    () => void (item.draining ? resume(studio, item, list) : drainIt(studio, item, list)),
  );
  const remove = makeButton('Remove', () => void removeIt(studio, item, list), { symbol: 'delete' });
  const element = make('li', 'card row origin', [
    make('div', 'row-words', [title, state, place]),
    make('div', 'actions', [drain, remove]),
    make(
      'dl',
      'figures',
      values.map(([name, value]) => make('div', '', [make('dt', '', name), value])),
    ),
    make('div', 'addresses', [...lines.map((line) => line.element), unlisted]),
  ]);
  return {
    element,
    fill(origin) {
      item = origin;
      const words = originWords(origin, studio.nowMs());
      setText(title, origin.id);
      setText(place, words.place);
      place.hidden = words.place === '';
      setText(state, words.state);
      state.dataset.tone = words.tone;
      for (const [name, value] of values) setText(value, words.figures[name]);
      lines[0].fill(words.rtmp);
      lines[1].fill(words.rtmps);
      setText(unlisted, words.unlisted);
      unlisted.hidden = words.unlisted === '';
      const deed = origin.draining ? 'Resume' : 'Drain';
      setText(drain.querySelector('span') ?? drain, deed);
      drain.setAttribute('aria-label', `${deed} ${origin.id}`);
      drain.hidden = origin.dead && !origin.draining;
      remove.hidden = !words.isRemovable;
      remove.setAttribute('aria-label', `Remove ${origin.id}`);
    },
  };
}

function addressLine(label: string, origin: () => Origin) {
  const address = make('code', '');
  const copy = copyButton(`${label} address`, () => address.textContent ?? '', 'Copy', 'button small');
  const element = make('div', 'value-line', [make('span', 'value-label', label), address, copy]);
  return {
    element,
    fill(text: string | null) {
      element.hidden = text === null;
      setText(address, text ?? '');
      copy.setAttribute('aria-label', `Copy ${label} address of ${origin().id}`);
    },
  };
}

async function drainIt(studio: Studio, { id }: Origin, list: OriginList): Promise<void> {
  const sentence = drainSentence(id, list.known());
  if (!(await confirm({ title: `Drain ${id}?`, sentence, action: 'Drain' }))) return;
  const answer = await studio.api.send('PATCH', `/origins/${id}`, { draining: true });
  if (!answer.ok) return studio.tell(answer.sentence, 'bad');
  studio.tell(`${id} takes nobody new.`);
  await list.reload();
}

async function resume(studio: Studio, { id }: Origin, list: OriginList): Promise<void> {
  const answer = await studio.api.send('PATCH', `/origins/${id}`, { draining: false });
  if (!answer.ok) return studio.tell(answer.sentence, 'bad');
  studio.tell(`${id} takes publishers again.`);
  await list.reload();
}

async function removeIt(studio: Studio, origin: Origin, list: OriginList): Promise<void> {
  const { id } = origin;
  if (!(await confirm({ title: `Remove ${id}?`, sentence: removeSentence(origin), action: 'Remove origin' }))) return;
  const answer = await studio.api.send('DELETE', `/origins/${id}`);
  if (!answer.ok) return studio.tell(answer.sentence, 'bad');
  studio.tell(`${id} is removed.`);
  await list.reload();
  // The button that had the focus is gone.
  byId('main', HTMLElement).focus({ preventScroll: true });
}
