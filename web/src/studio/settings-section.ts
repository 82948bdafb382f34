import type { Channel } from '#shared/api/shapes.ts';
import { byId, setText } from '../page/element.ts';
import { confirm } from './confirm.ts';
import { whileBusy } from './dom.ts';
import { changeOf, formOf, type SettingsForm } from './settings-form.ts';
import type { Facts, Section, Studio } from './studio.ts';

const input = (id: string) => byId(`settings-${id}`, HTMLInputElement);
const select = (id: string) => byId(`settings-${id}`, HTMLSelectElement);

/** What can be changed of a channel. The form is filled when it is opened, and not while somebody types. */
export function createSettings(studio: Studio): Section {
  /** What the form was filled with: what differs from it was changed here, whatever others did to the channel since. */
  let filled: Channel | null = null;
  const fill = ({ channel }: Facts) => {
    filled = channel;
    fillForm(formOf(channel));
  };
  select('keep').addEventListener('change', showKeep);
  const save = byId('settings-save', HTMLButtonElement);
  byId('settings-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(save, async () => {
      const before = filled;
      if (before === null || before.id !== studio.channel()) return;
      const change = changeOf(before, readForm());
      if (Object.keys(change).length === 0) return studio.tell('Nothing was changed.');
      const answer = await studio.api.send('PATCH', `/channels/${before.id}`, change);
      setText(byId('settings-trouble', HTMLElement), answer.ok ? '' : answer.sentence);
      if (!answer.ok) return;
      if (filled === before) filled = { ...before, ...change };
      studio.tell('Saved.');
      studio.look();
    });
  });
  startClosing(studio);
  return {
    open() {
      filled = null;
      setText(byId('settings-trouble', HTMLElement), '');
      const facts = studio.facts();
      if (facts) fill(facts);
    },
    update(facts) {
      if (filled?.id !== facts.channel.id) fill(facts);
      showClosing(facts.channel);
    },
  };
}

function fillForm(form: SettingsForm): void {
  input('title').value = form.title;
  select('latency').value = form.latency;
  select('visibility').value = form.visibility;
  input('reconnect').value = form.reconnectS;
  input('slate').checked = form.slate;
  input('sites').value = form.sites;
  select('keep').value = form.keep;
  input('days').value = form.days;
  input('count').value = form.count;
  showKeep();
}

function readForm(): SettingsForm {
  return {
    title: input('title').value,
    latency: select('latency').value as SettingsForm['latency'],
    visibility: select('visibility').value as SettingsForm['visibility'],
    reconnectS: input('reconnect').value,
    slate: input('slate').checked,
    sites: input('sites').value,
    keep: select('keep').value as SettingsForm['keep'],
    days: input('days').value,
    count: input('count').value,
  };
}

function showKeep(): void {
  const keep = select('keep').value;
  for (const [name, value] of [
    ['days', 'days'],
    ['count', 'last'],
  ] as const) {
    byId(`settings-${name}-line`, HTMLElement).hidden = keep !== value;
    input(name).required = keep === value;
  }
}

function showClosing({ disabled }: Channel): void {
  setText(byId('closing-headline', HTMLElement), disabled ? 'This channel is closed' : 'Close the channel');
  setText(
    byId('closing-sentence', HTMLElement),
    disabled
      ? 'Encoders are refused until it is opened.'
      : 'Ends what runs and refuses encoders until it is opened again. Replays stay.',
  );
  setText(byId('closing', HTMLElement), disabled ? 'Open the channel' : 'Close the channel');
}

function startClosing(studio: Studio): void {
  const button = byId('closing', HTMLButtonElement);
  button.addEventListener('click', async () => {
    const facts = studio.facts();
    if (!facts) return;
    const disabled = !facts.channel.disabled;
    const sentence = 'A broadcast that runs ends, and encoders are refused until you open it again.';
    if (disabled && !(await confirm({ title: 'Close the channel?', sentence, action: 'Close the channel' }))) return;
    await whileBusy(button, async () => {
      const answer = await studio.api.send('PATCH', `/channels/${facts.channel.id}`, { disabled });
      if (!answer.ok) return studio.tell(answer.sentence, 'bad');
      studio.tell(disabled ? 'The channel is closed.' : 'The channel is open.');
      studio.look();
    });
  });
}
