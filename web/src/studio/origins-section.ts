import type { Origin } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { byId, setText } from '../page/element.ts';
import { whileBusy } from './dom.ts';
import { createJoinTokens } from './join-tokens-list.ts';
import { createList, type List } from './list.ts';
import { drawOrigin } from './origin-row.ts';
import { originLines, originTrouble } from './origin-words.ts';
import { showSecrets } from './secret-box.ts';
import type { Section, Studio } from './studio.ts';

/** The deployment's origins: looked at, drained, removed; and what new ones join with. */
export function createOrigins(studio: Studio): Section {
  let known: readonly Origin[] = [];
  const list: List = createList<Origin>({
    body: byId('origins', HTMLElement),
    empty: byId('origins-empty', HTMLElement),
    more: byId('origins-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () => drawOrigin(studio, { known: () => known, reload: () => list.reload() }),
    async fetchPage(cursor) {
      const path = `/origins?limit=${studioLimits.originsPerPage}&cursor=${cursor}` as const;
      const answer = await studio.api.get(path);
      if (!answer.ok) return answer;
      known = cursor === '' ? answer.body.origins : [...known, ...answer.body.origins];
      return { ok: true, body: { items: answer.body.origins, next: answer.body.next } };
    },
  });
  const tokens = createJoinTokens(studio);
  startForm(studio, () => known, tokens);
  // Neither list is a channel's: they stay as they are when another one is chosen.
  const reload = () => {
    void list.reload();
    void tokens.reload();
  };
  return { open: reload, reload };
}

function startForm(studio: Studio, known: () => readonly Origin[], tokens: List): void {
  const form = byId('origin-form', HTMLFormElement);
  const trouble = byId('origin-trouble', HTMLElement);
  const value = (id: string) => byId(id, HTMLInputElement).value;
  const make = async () => {
    const id = value('origin-id');
    setText(trouble, originTrouble(id, known()));
    if (trouble.textContent !== '') return;
    const expiresMs = Math.round(studio.nowMs()) + Number(byId('origin-term', HTMLSelectElement).value) * 3_600_000;
    const answer = await studio.api.send('POST', '/join-tokens', { label: id, expiresMs });
    setText(trouble, answer.ok ? '' : answer.sentence);
    if (!answer.ok) return;
    const { token } = answer.body;
    const wish = { id, url: value('origin-url'), ingestHost: value('origin-host'), region: value('origin-region') };
    const note = 'Put these lines into the environment of the new origin and start it: the token is not shown again.';
    form.reset();
    showSecrets(byId('origin-secret', HTMLElement), note, [
      {
        label: 'Settings',
        value: originLines(wish, location.origin, token),
        masked: originLines(wish, location.origin, '•'.repeat(12)),
      },
      { label: 'Join token', value: token },
    ]);
    await tokens.reload();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(byId('origin-add', HTMLButtonElement), make);
  });
}
