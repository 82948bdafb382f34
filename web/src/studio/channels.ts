import type { Channel } from '#shared/api/shapes.ts';
import { studioLimits } from '#shared/limits/page.ts';
import { byId, make, setText } from '../page/element.ts';
import type { Answer, Api } from './api.ts';
import { tell } from './notices.ts';
import { idFromTitle } from './settings-form.ts';

/** The channels of this server and the choice among them. */
export interface Channels {
  load(): Promise<void>;
  /** The list has been read, so that no channel means that there is none. */
  isKnown(): boolean;
  /** Chooses this channel, or another when there is no such one; null when there is none at all. */
  choose(wanted: string | null): string | null;
  /** A channel's title may have changed. */
  rename(channel: Pick<Channel, 'id' | 'title'>): void;
}

/** @param onChoice somebody chose or made a channel */
export function createChannels(api: Api, onChoice: (channel: string) => void): Channels {
  const select = byId('channel', HTMLSelectElement);
  let isKnown = false;
  const add = ({ id, title }: Pick<Channel, 'id' | 'title'>) => {
    const option = make('option', '', title);
    option.value = id;
    select.append(option);
  };
  select.addEventListener('change', () => onChoice(select.value));
  startNewChannel(api, (channel) => {
    add(channel);
    byId('chooser', HTMLElement).hidden = false;
    onChoice(channel.id);
  });
  return {
    async load() {
      const answer = await listChannels(api);
      if (!answer.ok) return tell(answer.sentence, 'bad');
      isKnown = true;
      for (const channel of answer.body) add(channel);
      byId('chooser', HTMLElement).hidden = answer.body.length === 0;
    },
    isKnown: () => isKnown,
    choose(wanted) {
      const ids = [...select.options].map(({ value }) => value);
      const chosen = ids.find((id) => id === wanted) ?? ids[0] ?? null;
      if (chosen !== null) select.value = chosen;
      return chosen;
    },
    rename({ id, title }) {
      const option = [...select.options].find(({ value }) => value === id);
      if (option) setText(option, title);
    },
  };
}

async function listChannels(api: Api): Promise<Answer<readonly Channel[]>> {
  const channels: Channel[] = [];
  let cursor: string | null = '';
  while (cursor !== null && channels.length < studioLimits.channelsListedMax) {
    const path: string = `/channels?limit=${studioLimits.channelsPerPage}&cursor=${cursor}`;
    const answer: Answer<{ channels: Channel[]; next: string | null }> = await api.get(path);
    if (!answer.ok) return answer;
    channels.push(...answer.body.channels);
    cursor = answer.body.next;
  }
  return { ok: true, body: channels };
}

function startNewChannel(api: Api, onMade: (channel: Channel) => void): void {
  const dialog = byId('new-channel', HTMLDialogElement);
  const form = byId('new-channel-form', HTMLFormElement);
  const title = byId('new-channel-name', HTMLInputElement);
  const id = byId('new-channel-id', HTMLInputElement);
  const trouble = byId('new-channel-trouble', HTMLElement);
  const open = () => {
    form.reset();
    setText(trouble, '');
    dialog.showModal();
  };
  for (const button of ['channel-new', 'first-channel'])
    byId(button, HTMLButtonElement).addEventListener('click', open);
  byId('new-channel-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close());
  title.addEventListener('input', () => {
    id.placeholder = idFromTitle(title.value) || 'chosen for you';
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const wantedId = id.value.trim() || idFromTitle(title.value);
    const visibility = byId('new-channel-visibility', HTMLSelectElement).value as Channel['visibility'];
    const wish = { title: title.value, visibility, ...(wantedId && { id: wantedId }) };
    const answer = await api.send('POST', '/channels', wish);
    if (!answer.ok) return setText(trouble, answer.sentence);
    dialog.close();
    tell(`The channel ${answer.body.title} is there.`);
    onMade(answer.body);
  });
}
