import type { Delivery, Webhook } from '#shared/api/shapes.ts';
import { make, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { makeButton, whileBusy } from './dom.ts';
import type { Row } from './list.ts';
import type { Studio } from './studio.ts';
import { deliveryRow, outcomeText, webhookWords } from './webhook-words.ts';

/** One webhook with its buttons and, when asked for, its last deliveries. */
export function drawWebhook(studio: Studio, onChanged: () => Promise<void>): Row<Webhook> {
  let item: Webhook;
  const [title, facts, trouble] = [make('h2', 'row-title'), make('p', 'quiet'), make('p', 'trouble')];
  const deliveries = make('div', 'deliveries');
  deliveries.hidden = true;
  const small = 'button small';
  const send = async (method: 'PATCH' | 'DELETE', body?: object) => {
    const answer = await studio.api.send(method, `/webhooks/${item.id}`, body);
    if (!answer.ok) return studio.tell(answer.sentence, 'bad');
    await onChanged();
  };
  const test = makeButton('Test', () => whileBusy(test, () => sendTest(studio, item)), {
    className: small,
    needs: 'owner',
  });
  const look = makeButton('Deliveries', () => whileBusy(look, () => toggleDeliveries(studio, item, look, deliveries)), {
    className: small,
  });
  look.setAttribute('aria-expanded', 'false');
  const enable = makeButton('Switch on', () => void send('PATCH', { disabled: false }), {
    className: small,
    needs: 'owner',
  });
  const remove = makeButton(
    'Delete',
    async () => {
      const sentence = 'Nothing is sent there any more, and the log of its deliveries goes.';
      const question = { title: `Delete ${item.label || item.url}?`, sentence, action: 'Delete webhook' };
      if (await confirm(question)) await send('DELETE');
    },
    { className: small, symbol: 'delete', needs: 'owner' },
  );
  const words = make('div', 'row-words', [title, facts, trouble]);
  const element = make('li', 'card row', [words, make('div', 'actions', [test, look, enable, remove]), deliveries]);
  return {
    element,
    fill(webhook) {
      item = webhook;
      const told = webhookWords(webhook);
      setText(title, told.title);
      setText(facts, webhook.label ? `${webhook.url} · ${told.facts}` : told.facts);
      setText(trouble, told.trouble);
      trouble.hidden = told.trouble === '';
      enable.hidden = webhook.disabledMs === null;
      for (const button of [test, look, enable, remove]) {
        button.setAttribute('aria-label', `${button.textContent}: ${told.title}`);
      }
    },
  };
}

async function sendTest({ api, tell }: Studio, { id }: Webhook): Promise<void> {
  const answer = await api.send('POST', `/webhooks/${id}/test`);
  if (!answer.ok) return tell(answer.sentence, 'bad');
  const { status } = answer.body;
  const isTaken = status !== null && status >= 200 && status < 300;
  tell(`Test sent: ${outcomeText(answer.body)}.`, isTaken ? 'good' : 'bad');
}

async function toggleDeliveries(
  { api, tell }: Studio,
  { id }: Webhook,
  button: HTMLButtonElement,
  place: HTMLElement,
): Promise<void> {
  if (!place.hidden) {
    place.hidden = true;
    return button.setAttribute('aria-expanded', 'false');
  }
  const answer = await api.get(`/webhooks/${id}/deliveries`);
  if (!answer.ok) return tell(answer.sentence, 'bad');
  place.replaceChildren(deliveryTable(answer.body.deliveries));
  place.hidden = false;
  button.setAttribute('aria-expanded', 'true');
}

function deliveryTable(deliveries: readonly Delivery[]): HTMLElement {
  if (deliveries.length === 0) return make('p', 'quiet', 'Nothing was sent yet.');
  const head = ['Time', 'Event', 'Attempt', 'Answer'].map((name) => make('th', '', name));
  const rows = deliveries.map((delivery) =>
    make(
      'tr',
      '',
      deliveryRow(delivery).map((cell) => make('td', '', cell)),
    ),
  );
  return make('table', '', [make('thead', '', [make('tr', '', head)]), make('tbody', '', rows)]);
}
