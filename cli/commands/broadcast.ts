import { type Command, Option } from 'commander';
import type { Broadcast } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import type { Desk } from '../desk.ts';
import { parseTime } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, durationWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { findingLines, healthWords, renditionWords, sourceWords } from './broadcast-words.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

const states = ['starting', 'live', 'interrupted', 'ended'] as const;

/** `headwater broadcast …` */
export function addBroadcast(program: Command, shell: Shell): void {
  const broadcast = group(program, 'broadcast', 'live runs of channels: list, show', 'broadcast list --channel news');
  withListOptions(
    leaf(broadcast, 'list', 'the newest first', 'broadcast list', 'broadcast list --channel news --limit 10'),
  )
    .option('--channel <channel>', 'of this channel only')
    .addOption(new Option('--state <state>', 'in this state only').choices(states))
    .addOption(new Option('--since <time>', 'that began then or later').argParser(parseTime))
    .action(act(shell, list));
  leaf(
    broadcast,
    'show <broadcast>',
    'one, with health and findings in words',
    'broadcast show b_01jd5m3k8q2wxyz01234',
  ).action(act(shell, show));
}

interface BroadcastListOptions extends ListOptions {
  readonly channel?: string;
  readonly state?: (typeof states)[number];
  /** ms since the Unix epoch. */
  readonly since?: number;
}

async function list(desk: Desk, options: BroadcastListOptions): Promise<void> {
  const query = { channel: options.channel, state: options.state, since: options.since };
  const listing = await desk.api().list('/broadcasts', 'broadcasts', query, limitOf(options));
  const columns = [
    { head: 'id', text: (row: Broadcast) => row.id },
    { head: 'channel', text: (row: Broadcast) => row.channel },
    { head: 'state', text: (row: Broadcast) => row.state },
    { head: 'started', text: (row: Broadcast) => agoWords(row.startedMs, desk.nowMs) },
    { head: 'for', text: (row: Broadcast) => lengthWords(row, desk.nowMs) },
    { head: 'origin', text: (row: Broadcast) => row.origin },
  ];
  answerList(
    desk,
    'broadcasts',
    listing,
    columns,
    'No broadcasts yet: publish with a stream key (headwater key create).',
  );
}

async function show(desk: Desk, id: string): Promise<void> {
  const broadcast = await desk.api().get(`/broadcasts/${pathPart(id)}`);
  const { report } = broadcast;
  const { url } = desk.api();
  desk.answer(broadcast, () => {
    const rows: [string, string | null][] = [
      ['broadcast', broadcast.id],
      ['channel', broadcast.channel],
      ['state', stateWords(broadcast, desk.nowMs)],
      ['started', timeWords(broadcast.startedMs)],
      ['for', lengthWords(broadcast, desk.nowMs)],
      ['origin', broadcast.origin],
      ['source', sourceWords(report?.source ?? null)],
      ['ladder', report && report.renditions.length > 0 ? report.renditions.map(renditionWords).join(', ') : null],
      ['health', healthWords(report?.health ?? null)],
      ['HLS', `${url}/b/${broadcast.id}/index.m3u8`],
      ['DASH', `${url}/b/${broadcast.id}/index.mpd`],
    ];
    return facts(rows, desk.paint) + findingLines(report?.findings ?? [], desk.nowMs, desk.paint);
  });
}

function stateWords({ state, interruptedUntilMs }: Broadcast, nowMs: number): string {
  if (state !== 'interrupted' || interruptedUntilMs === null) return state;
  const leftMs = interruptedUntilMs - nowMs;
  return leftMs > 0 ? `interrupted: waits ${durationWords(leftMs)} more for its encoder` : state;
}

function lengthWords({ startedMs, endedMs }: Broadcast, nowMs: number): string {
  return durationWords(Math.max(0, (endedMs ?? nowMs) - startedMs));
}
