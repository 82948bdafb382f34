import { studioLimits } from '#shared/limits/page.ts';
import { byId, make, setText } from '../page/element.ts';
import { whileBusy } from './dom.ts';
import { keysSentence, type ServerAddresses, serverAddresses } from './encoder-words.ts';
import { copyButton, showSecrets } from './secret-box.ts';
import type { Studio } from './studio.ts';

/** The first card: where to publish, and with which key. */
export interface EncoderCard {
  open(): void;
  reload(): void;
}

/** Starts the card of studio.html. */
export function startEncoderCard(studio: Studio): EncoderCard {
  const secret = byId('live-secret', HTMLElement);
  const select = byId('server', HTMLSelectElement);
  let servers: readonly ServerAddresses[] = [];
  const show = () => showServer(servers.find(({ id }) => id === select.value) ?? null);
  select.addEventListener('change', show);
  const loadServers = async () => {
    const answer = await studio.api.get('/ingests');
    if (!answer.ok) return;
    servers = serverAddresses(answer.body.ingests);
    fillSelect(select, servers);
    show();
  };
  const loadKeys = async () => {
    const channel = studio.channel();
    const answer = await studio.api.get(`/channels/${channel}/keys`);
    if (!answer.ok || channel !== studio.channel()) return;
    setText(byId('keys-sentence', HTMLElement), keysSentence(answer.body.keys, Date.now()));
  };
  const reload = () => void Promise.all([loadServers(), loadKeys()]);
  startKeyButton(studio, secret, loadKeys);
  startProfileButton(studio, loadKeys);
  for (const id of ['rtmp', 'rtmps']) {
    byId(`${id}-copy`, HTMLElement).append(
      copyButton(id === 'rtmp' ? 'server' : 'server with TLS', () => byId(id, HTMLOutputElement).value),
    );
  }
  let shownFor = '';
  return {
    open() {
      if (shownFor !== studio.channel()) secret.replaceChildren();
      secret.hidden = secret.childElementCount === 0;
      shownFor = studio.channel();
      reload();
    },
    reload,
  };
}

function fillSelect(select: HTMLSelectElement, servers: readonly ServerAddresses[]): void {
  const chosen = select.value;
  const text = JSON.stringify(servers);
  if (select.dataset.servers === text) return;
  select.dataset.servers = text;
  select.replaceChildren(
    ...servers.map(({ id, name }) => {
      const option = make('option', '', name);
      option.value = id;
      return option;
    }),
  );
  if (servers.some(({ id }) => id === chosen)) select.value = chosen;
}

function showServer(server: ServerAddresses | null): void {
  byId('no-servers', HTMLElement).hidden = server !== null;
  byId('servers', HTMLElement).hidden = server === null;
  byId('rtmps-line', HTMLElement).hidden = !server?.rtmps;
  setText(byId('rtmp', HTMLOutputElement), server?.rtmp ?? '');
  setText(byId('rtmps', HTMLOutputElement), server?.rtmps ?? '');
}

function startKeyButton(studio: Studio, place: HTMLElement, onMade: () => Promise<void>): void {
  const button = byId('live-key', HTMLButtonElement);
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      const path = `/channels/${studio.channel()}/keys` as const;
      const answer = await studio.api.send('POST', path, { label: 'Studio' });
      if (!answer.ok) return studio.tell(answer.sentence, 'bad');
      const note = 'Copy the stream key into your encoder now: it is not shown again.';
      showSecrets(place, note, [{ label: 'Stream key', value: answer.body.streamKey }]);
      await onMade();
    }),
  );
}

function startProfileButton(studio: Studio, onMade: () => Promise<void>): void {
  const button = byId('obs-profile', HTMLButtonElement);
  button.addEventListener('click', () =>
    whileBusy(button, async () => {
      const channel = studio.channel();
      const answer = await studio.api.file(`/channels/${channel}/obs-profile`);
      if (!answer.ok) return studio.tell(answer.sentence, 'bad');
      const link = make('a', '');
      link.href = URL.createObjectURL(answer.body);
      link.download = `headwater-${channel}.zip`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), studioLimits.fileUrlMs);
      await onMade();
    }),
  );
}
