import type { EventType, Webhook } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { byId, make, setText } from '../page/element.ts';
import { createList, type List } from './list.ts';
import { createOpener } from './opener.ts';
import { showSecrets } from './secret-box.ts';
import type { Section, Studio } from './studio.ts';
import { drawWebhook } from './webhook-row.ts';
import { eventWords } from './webhook-words.ts';

/** Webhooks: made, tried, looked at, deleted. */
export function createWebhooks(studio: Studio): Section {
  const secret = byId('webhook-secret', HTMLElement);
  const list: List = createList<Webhook>({
    body: byId('webhooks', HTMLElement),
    empty: byId('webhooks-empty', HTMLElement),
    more: byId('webhooks-more', HTMLButtonElement),
    keyOf: ({ id }) => id,
    trouble: (sentence) => studio.tell(sentence, 'bad'),
    draw: () => drawWebhook(studio, () => list.reload()),
    async fetchPage(cursor) {
      const path = `/webhooks?limit=${studioLimits.listPageMax}&cursor=${cursor}` as const;
      const answer = await studio.api.get(path);
      return answer.ok ? { ok: true, body: { items: answer.body.webhooks, next: answer.body.next } } : answer;
    },
  });
  drawTypes();
  startForm(studio, secret, () => list.reload());
  return createOpener(studio, list, [secret]);
}

function drawTypes(): void {
  const checks = Object.entries(eventWords).map(([type, words]) => {
    const box = make('input', '');
    box.type = 'checkbox';
    box.value = type;
    return make('label', 'check', [box, make('span', '', words)]);
  });
  byId('webhook-types', HTMLElement).replaceChildren(...checks);
}

function startForm(studio: Studio, secret: HTMLElement, onMade: () => Promise<void>): void {
  const form = byId('webhook-form', HTMLFormElement);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const chosen = byId('webhook-types', HTMLElement).querySelectorAll<HTMLInputElement>('input:checked');
    const isForAll = byId('webhook-about', HTMLSelectElement).value === 'all';
    const answer = await studio.api.send('POST', '/webhooks', {
      url: byId('webhook-url', HTMLInputElement).value.trim(),
      label: byId('webhook-label', HTMLInputElement).value.trim(),
      channel: isForAll ? null : studio.channel(),
      types: [...chosen].map(({ value }) => value as EventType),
    });
    setText(byId('webhook-trouble', HTMLElement), answer.ok ? '' : answer.sentence);
    if (!answer.ok) return;
    form.reset();
    const note = 'Give this secret to whoever checks the signatures: it is not shown again.';
    showSecrets(secret, note, [{ label: 'Secret', value: answer.body.secret }]);
    await onMade();
  });
}
