import type { JoinToken } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { byId } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { joinWords } from './join-words.ts';
import { createList, type List } from './list.ts';
import { drawRevocable } from './revocable-row.ts';
import type { Studio } from './studio.ts';

/** Join tokens, newest first: looked at, revoked. */
export function createJoinTokens(studio: Studio): List {
  const list: List = createList<JoinToken>({
    body: byId('join-tokens', HTMLElement),
    empty: byId('join-tokens-empty', HTMLElement),
    more: byId('join-tokens-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () =>
      drawRevocable({
        labels: { ends: 'Ends', uses: 'Used' },
        wordsOf: (token) => joinWords(token, studio.nowMs()),
        deed: (name) => `Revoke the join token ${name}`,
        revoke: (token) => revokeToken(studio, token, () => list.reload()),
      }),
    async fetchPage(cursor) {
      const path = `/join-tokens?limit=${studioLimits.listPageMax}&cursor=${cursor}` as const;
      const answer = await studio.api.get(path);
      return answer.ok ? { ok: true, body: { items: answer.body.joinTokens, next: answer.body.next } } : answer;
    },
  });
  return list;
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
