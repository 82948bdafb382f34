import { type Command, Option } from 'commander';
import type { DueReplay, Retention } from '#shared/api/shapes.ts';
import { act, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { parseCount } from '../input/count.ts';
import { agoWords, sizeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

/** `headwater replay keep` and `headwater replay retention`. */
export function addReplayRetention(replay: Command, shell: Shell): void {
  const kept = ['replay keep news --days 30', 'replay keep news --last 10', 'replay keep news --forever'];
  leaf(replay, 'keep <channel>', "say how long a channel's replays are kept", ...kept)
    .option('--days <n>', 'so many days', parseCount)
    .addOption(new Option('--last <n>', 'the newest so many').argParser(parseCount).conflicts('days'))
    .addOption(new Option('--forever', 'all of them').conflicts(['days', 'last']))
    .action(act(shell, keep));
  const runs = ['replay retention', 'replay retention --run --yes'];
  withListOptions(leaf(replay, 'retention', 'what would be deleted now; deletes only with --run', ...runs))
    .option('--run', 'delete it')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, retention));
}

interface KeepOptions {
  readonly days?: number;
  readonly last?: number;
  readonly forever?: boolean;
}

function retentionOf({ days, last, forever }: KeepOptions): Retention {
  if (days !== undefined) return { keep: 'days', days };
  if (last !== undefined) return { keep: 'last', count: last };
  if (forever) return { keep: 'all' };
  throw usageError('How long is missing.', 'Add --days <n>, --last <n> or --forever.');
}

async function keep(desk: Desk, channel: string, options: KeepOptions): Promise<void> {
  const wanted = retentionOf(options);
  const answer = await desk.api().patch(`/channels/${pathPart(channel)}`, { retention: wanted });
  desk.answer(
    { channel, retention: answer.retention },
    () => `Channel ${channel} keeps ${keptWords(answer.retention)}.\n`,
  );
}

function keptWords(retention: Retention): string {
  if (retention.keep === 'days') return `replays for ${retention.days} days`;
  return retention.keep === 'last' ? `its newest ${retention.count} replays` : 'all replays';
}

async function retention(
  desk: Desk,
  options: ListOptions & { readonly run?: boolean; readonly yes?: boolean },
): Promise<void> {
  if (options.run) return runRetention(desk, options.yes);
  const listing = await desk.api().list('/retention', 'due', {}, limitOf(options));
  const columns = [
    { head: 'id', text: (row: DueReplay) => row.broadcast },
    { head: 'channel', text: (row: DueReplay) => row.channel },
    { head: 'ended', text: (row: DueReplay) => agoWords(row.endedMs, desk.nowMs) },
    {
      head: 'size',
      text: (row: DueReplay) => (row.sizeBytes === null ? '–' : sizeWords(row.sizeBytes)),
      right: true as const,
    },
    { head: 'clips kept', text: (row: DueReplay) => String(row.clips), right: true as const },
    { head: 'why', text: (row: DueReplay) => row.why },
  ];
  answerList(desk, 'due', listing, columns, 'Retention would delete nothing now.');
}

async function runRetention(desk: Desk, yes: boolean | undefined): Promise<void> {
  await confirm(desk, 'Delete what "headwater replay retention" lists?', yes);
  const run = await desk.api().post('/retention', undefined);
  const end = run.more ? ' There is more to remove: run it again, or wait for the next run.' : '';
  desk.answer(run, () => `${run.marked} replays are deleted.${end}\n`);
}
