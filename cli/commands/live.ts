import type { Command } from 'commander';
import type { LiveChannel } from '#shared/model/view.ts';
import { act, leaf } from '../act.ts';
import type { Desk } from '../desk.ts';
import { durationWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList } from './listing.ts';

/** `headwater live`: what the home page shows; needs no token. */
export function addLive(program: Command, shell: Shell): void {
  leaf(program, 'live', 'public channels that are live now', 'live', 'live --json').action(act(shell, live));
}

async function live(desk: Desk): Promise<void> {
  const api = desk.api();
  const { channels, nowMs } = await api.getOpen('/live');
  const columns = [
    { head: 'channel', text: (row: LiveChannel) => row.channel },
    { head: 'state', text: (row: LiveChannel) => row.state },
    { head: 'for', text: (row: LiveChannel) => durationWords(Math.max(0, nowMs - row.startedMs)) },
    {
      head: 'height',
      text: (row: LiveChannel) => (row.height === null ? '–' : String(row.height)),
      right: true as const,
    },
    { head: 'title', text: (row: LiveChannel) => row.title },
    { head: 'watch', text: (row: LiveChannel) => `${api.url}/watch/${row.channel}` },
  ];
  answerList(desk, 'channels', { rows: channels, more: false }, columns, 'Nothing is live.');
}
