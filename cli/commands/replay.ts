import type { Command } from 'commander';
import type { Deletion, ListedReplay, Replay } from '#shared/api/shapes.ts';
import { isUnheard, unheardWords } from '#shared/model/replay-status.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { facts } from '../output/table.ts';
import { agoWords, durationWords, sizeWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';
import { addReplayBucket } from './replay-bucket.ts';
import { addReplayImport } from './replay-import.ts';
import { addReplayRetention } from './replay-retention.ts';
import { addReplayUpload } from './replay-upload.ts';

/** `headwater replay …` */
export function addReplay(program: Command, shell: Shell): void {
  const replay = group(
    program,
    'replay',
    'finished broadcasts: list, show, delete, upload, import, keep, retention, orphans, lifecycle',
    'replay list',
  );
  const lists = ['replay list', 'replay list --channel news --all --json'];
  withListOptions(leaf(replay, 'list', 'replays, the newest first', ...lists))
    .option('--channel <channel>', 'of this one alone')
    .action(act(shell, list));
  leaf(replay, 'show <broadcast>', 'one, with its addresses', 'replay show b_01jd5m3k8q2wxyz01234').action(
    act(shell, show),
  );
  leaf(
    replay,
    'delete <broadcast>',
    'delete all of it but what clips need',
    'replay delete b_01jd5m3k8q2wxyz01234 --yes',
  )
    .option('-y, --yes', 'do not ask')
    .action(act(shell, remove));
  addReplayUpload(replay, shell);
  addReplayImport(replay, shell);
  addReplayRetention(replay, shell);
  addReplayBucket(replay, shell);
}

async function list(desk: Desk, options: ListOptions & { readonly channel?: string }): Promise<void> {
  const { channel } = options;
  if (channel === undefined) {
    const all = await desk.api().list('/replays', 'replays', {}, limitOf(options));
    const ofChannel = { head: 'channel', text: (row: ListedReplay) => row.channel };
    const [id, ...rest] = columnsAt(desk);
    answerList(desk, 'replays', all, [id, ofChannel, ...rest], noReplays);
    return;
  }
  const listing = await desk.api().list(`/channels/${pathPart(channel)}/replays`, 'replays', {}, limitOf(options));
  answerList(desk, 'replays', listing, columnsAt(desk), noReplays);
}

const noReplays = 'No replays: they are there once a broadcast has ended.';

function columnsAt(desk: Desk) {
  return [
    { head: 'id', text: (row: Replay) => row.id },
    { head: 'state', text: stateWords },
    { head: 'ended', text: (row: Replay) => agoWords(row.endedMs, desk.nowMs) },
    { head: 'length', text: (row: Replay) => durationWords(row.durationMs), right: true as const },
    { head: 'size', text: (row: Replay) => sizeWords(row.sizeBytes), right: true as const },
  ] as const;
}

function stateWords(replay: Replay): string {
  const { state, uploaded } = replay;
  if (isUnheard(replay)) return state === 'failed' ? `failed: ${unheardWords}` : 'waits for its origin';
  return state === 'uploading' ? `uploading ${Math.floor(uploaded * 100)} %` : state;
}

async function show(desk: Desk, id: string): Promise<void> {
  const api = desk.api();
  const { channel } = await api.get(`/broadcasts/${pathPart(id)}`);
  // Lists go backwards from their cursor, and ids sort by time: this one is the first below itself and one character more.
  const path = `/channels/${pathPart(channel)}/replays` as const;
  const { replays } = await api.get(path, { limit: 1, cursor: `${id}0` });
  const [replay] = replays;
  if (replay?.id !== id) {
    const hint = `See what it is: npx headwater broadcast show ${id}`;
    throw new CliError('not_found', 'This broadcast is no replay: it goes on, or was deleted.', hint);
  }
  desk.answer({ channel, ...replay }, () => {
    const gap = replay.gapMs > 0 ? `${durationWords(replay.gapMs)} could not be stored` : null;
    const rows: [string, string | null][] = [
      ['replay', replay.id],
      ['channel', channel],
      ['title', replay.title ?? null],
      ['visibility', replay.visibility ?? null],
      ['state', stateWords(replay)],
      ['started', timeWords(replay.startedMs)],
      ['ended', timeWords(replay.endedMs)],
      ['length', durationWords(replay.durationMs)],
      ['size', sizeWords(replay.sizeBytes)],
      ['gaps', gap],
      ['HLS', api.url + replay.hls],
      ['DASH', api.url + replay.dash],
    ];
    return facts(rows, desk.paint);
  });
}

async function remove(desk: Desk, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Delete replay ${id} with all its media?`, yes);
  const deletion = await desk.api().remove(`/broadcasts/${pathPart(id)}`);
  desk.answer(deletion, () => deletionWords(deletion));
}

function deletionWords({ broadcast, state, clips, removedObjects, removedBytes }: Deletion): string {
  const done = `${removedObjects} objects, ${sizeWords(removedBytes)}`;
  if (state === 'done') return `Deleted replay ${broadcast}: ${done}.\n`;
  if (state === 'held') return `Deleted replay ${broadcast} (${done}) but for what ${clips} clips need.\n`;
  return `Replay ${broadcast} is closed, at every PoP within a minute; ${done} are removed so far, the rest follows.\n`;
}
