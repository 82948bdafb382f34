import type { StreamKey } from '#shared/api/shapes.ts';
import { byId, make, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { makeButton } from './dom.ts';
import { keyWords } from './key-words.ts';
import { createList, type List, type Row } from './list.ts';
import { createOpener } from './opener.ts';
import { showSecrets } from './secret-box.ts';
import type { Section, Studio } from './studio.ts';

/** Stream keys: made, listed with their last use, deleted. */
export function createKeys(studio: Studio): Section {
  const secret = byId('key-secret', HTMLElement);
  const list: List = createList<StreamKey>({
    body: byId('keys', HTMLElement),
    empty: byId('keys-empty', HTMLElement),
    more: byId('keys-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () => drawKey(studio, secret, () => list.reload()),
    async fetchPage() {
      const answer = await studio.api.get(`/channels/${studio.channel()}/keys?limit=100`);
      return answer.ok ? { ok: true, body: { items: answer.body.keys.toReversed(), next: null } } : answer;
    },
  });
  const form = byId('key-form', HTMLFormElement);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const label = byId('key-label', HTMLInputElement).value.trim();
    const answer = await studio.api.send('POST', `/channels/${studio.channel()}/keys`, { label });
    setText(byId('key-trouble', HTMLElement), answer.ok ? '' : answer.sentence);
    if (!answer.ok) return;
    form.reset();
    const note = 'Copy the stream key into your encoder now: it is not shown again.';
    showSecrets(secret, note, [{ label: 'Stream key', value: answer.body.streamKey }]);
    await list.reload();
  });
  return createOpener(studio, list, [secret]);
}

function drawKey(studio: Studio, secret: HTMLElement, onChanged: () => Promise<void>): Row<StreamKey> {
  let item: StreamKey;
  const title = make('h2', 'row-title');
  const facts = make('p', 'quiet');
  const rotate = makeButton('Replace', () => void rotateKey(studio, secret, item, onChanged), { needs: 'owner' });
  const remove = makeButton('Delete', () => void deleteKey(studio, item, onChanged), {
    symbol: 'delete',
    needs: 'owner',
  });
  const actions = make('div', 'actions', [rotate, remove]);
  const element = make('li', 'card row', [make('div', 'row-words', [title, facts]), actions]);
  return {
    element,
    fill(key) {
      item = key;
      const words = keyWords(key, studio.nowMs());
      setText(title, words.title);
      setText(facts, words.facts);
      remove.setAttribute('aria-label', `Delete ${words.title}`);
      rotate.setAttribute('aria-label', `Replace ${words.title}`);
      rotate.hidden = key.replacedBy !== null;
    },
  };
}

async function rotateKey(
  studio: Studio,
  secret: HTMLElement,
  { id, label }: StreamKey,
  onRotated: () => Promise<void>,
): Promise<void> {
  const isSure = await confirm({
    title: `Replace ${label || 'this stream key'}?`,
    sentence:
      'You get a new key. The old one is taken for another 24 hours, so that you can change the encoder in peace.',
    action: 'Replace key',
  });
  if (!isSure) return;
  const answer = await studio.api.send('POST', `/channels/${studio.channel()}/keys/${id}/rotate`, {});
  if (!answer.ok) return studio.tell(answer.sentence, 'bad');
  const note = 'Copy the new stream key into your encoder: it is not shown again.';
  showSecrets(secret, note, [{ label: 'Stream key', value: answer.body.key.streamKey }]);
  await onRotated();
}

async function deleteKey(studio: Studio, { id, label }: StreamKey, onDeleted: () => Promise<void>): Promise<void> {
  const isSure = await confirm({
    title: `Delete ${label || 'this stream key'}?`,
    sentence: 'Encoders that use it are refused from now on. A broadcast that it publishes ends.',
    action: 'Delete key',
  });
  if (!isSure) return;
  const answer = await studio.api.send('DELETE', `/channels/${studio.channel()}/keys/${id}`);
  if (!answer.ok) return studio.tell(answer.sentence, 'bad');
  studio.tell('The stream key is deleted.');
  await onDeleted();
}
