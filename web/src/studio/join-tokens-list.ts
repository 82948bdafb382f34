import type { JoinToken } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { byId, make, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { makeButton } from './dom.ts';
import { joinWords } from './join-words.ts';
import { createList, type List, type Row } from './list.ts';
import type { Studio } from './studio.ts';

/** Join tokens, newest first: looked at, revoked. */
export function createJoinTokens(studio: Studio): List {
  const list: List = createList<JoinToken>({
    body: byId('join-tokens', HTMLElement),
    empty: byId('join-tokens-empty', HTMLElement),
    more: byId('join-tokens-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () => drawToken(studio, () => list.reload()),
    async fetchPage(cursor) {
      const path = `/join-tokens?limit=${studioLimits.listPageMax}&cursor=${cursor}` as const;
      const answer = await studio.api.get(path);
      return answer.ok ? { ok: true, body: { items: answer.body.joinTokens, next: answer.body.next } } : answer;
    },
  });
  return list;
}

function drawToken(studio: Studio, onRevoked: () => Promise<void>): Row<JoinToken> {
  let item: JoinToken;
  const [name, scope] = [make('span', 'row-title'), make('span', 'quiet small')];
  const [state, ends, uses] = [make('span', 'state'), make('td', ''), make('td', '')];
  ends.dataset.label = 'Ends';
  uses.dataset.label = 'Used';
  const revoke = makeButton('Revoke', () => void revokeToken(studio, item, onRevoked), { className: 'button small' });
  const element = make('tr', '', [
    make('td', 'cell-name', [name, scope]),
    make('td', 'cell-state', [state]),
    ends,
    uses,
    make('td', 'cell-actions', [revoke]),
  ]);
  return {
    element,
    fill(token) {
      item = token;
      const words = joinWords(token, studio.nowMs());
      setText(name, words.name);
      setText(scope, words.scope);
      setText(state, words.state);
      state.dataset.tone = words.isOpen ? 'good' : 'off';
      setText(ends, words.ends);
      setText(uses, words.uses);
      revoke.hidden = !words.isOpen;
      revoke.setAttribute('aria-label', `Revoke the join token ${words.name}`);
    },
  };
}

async function revokeToken(studio: Studio, { id, label }: JoinToken, onRevoked: () => Promise<void>): Promise<void> {
  const isSure = await confirm({
    title: `Revoke ${label ? `the join token ${label}` : 'this join token'}?`,
    sentence: 'Nobody joins with it any more. Origins that have joined with it stay.',
    action: 'Revoke token',
  });
  if (!isSure) return;
  const answer = await studio.api.send('DELETE', `/join-tokens/${id}`);
  if (!answer.ok) return studio.tell(answer.sentence, 'bad');
  studio.tell('The join token is revoked.');
  await onRevoked();
}
