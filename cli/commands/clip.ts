import { type Command, Option } from 'commander';
import type { Clip } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { parseDuration, parsePlace } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { downloadClip } from './clip-download.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

/** Options of `clip create`. */
export interface ClipOptions {
  readonly channel?: string;
  readonly broadcast?: string;
  readonly last?: number;
  readonly start?: number | string;
  readonly end?: number | string;
  readonly title?: string;
}

/** `headwater clip …` */
export function addClip(program: Command, shell: Shell): void {
  const clip = group(
    program,
    'clip',
    'pieces of broadcasts: create, list, show, delete, download',
    'clip create --channel news --last 30s',
  );
  const made = [
    'clip create --channel news --last 30s --title "That goal"',
    'clip create --broadcast b_01jd5m3k8q2wxyz01234 --start 1:02:03 --end 1:02:33',
    'clip create --channel news --start 2026-11-21T12:00:00Z --end 2026-11-21T12:01:30Z',
  ];
  leaf(clip, 'create', 'make one of a live or ended broadcast', ...made)
    .option('--channel <channel>', 'of what this channel plays now')
    .addOption(new Option('--broadcast <broadcast>', 'of this broadcast').conflicts('channel'))
    .option('--last <duration>', 'the last so much of it: 30s', parseDuration)
    .addOption(
      new Option('--start <place>', 'seconds from its beginning, or a time').argParser(parsePlace).conflicts('last'),
    )
    .addOption(new Option('--end <place>', 'of the same kind as --start').argParser(parsePlace).conflicts('last'))
    .option('--title <title>', 'what viewers read')
    .action(act(shell, create));
  withListOptions(leaf(clip, 'list', 'the newest first', 'clip list', 'clip list --channel news'))
    .option('--channel <channel>', 'of this channel only')
    .option('--broadcast <broadcast>', 'of this broadcast only')
    .action(act(shell, list));
  leaf(clip, 'show <clip>', 'one, with its addresses', 'clip show cl_01jd5m3k8q2wxyz01234').action(act(shell, show));
  leaf(clip, 'delete <clip>', 'delete one', 'clip delete cl_01jd5m3k8q2wxyz01234 --yes')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, remove));
  const loaded = ['clip download cl_01jd5m3k8q2wxyz01234', 'clip download cl_01jd5m3k8q2wxyz01234 -o goal.mp4'];
  leaf(clip, 'download <clip>', 'as one MP4; goes on where an earlier try broke off', ...loaded)
    .option('-o, --output <file>', 'where to (<clip>.mp4)')
    .option('--force', 'write over what is there')
    .action(act(shell, downloadClip));
}

/** What a clip is wished of; throws a usage error where options do not go together. */
export function clipWish({ channel, broadcast, last, start, end, title }: ClipOptions) {
  if (channel === undefined && broadcast === undefined) {
    throw usageError('Of what?', 'Add --channel <channel> or --broadcast <broadcast>.');
  }
  const owner = { channel, broadcast, title };
  if (last !== undefined) return { ...owner, lastS: last / 1_000, start: undefined, end: undefined };
  if (start === undefined || end === undefined) {
    throw usageError('Which piece?', 'Add --last <duration>, or --start <place> and --end <place>.');
  }
  if (typeof start !== typeof end) {
    throw usageError('--start and --end are of two kinds.', 'Give both as seconds, or both as times.');
  }
  if (placeOf(end) <= placeOf(start)) throw usageError('--end does not lie after --start.');
  return { ...owner, start, end };
}

function placeOf(place: number | string): number {
  return typeof place === 'number' ? place : Date.parse(place);
}

async function create(desk: Desk, options: ClipOptions): Promise<void> {
  const { start, end, ...rest } = clipWish(options);
  if (start === undefined || end === undefined) return answerClip(desk, await desk.api().post('/clips', rest));
  const { id, startedMs } = typeof start === 'number' ? await beginningOf(desk, options) : { id: null, startedMs: 0 };
  const atMs = (place: number | string) => (typeof place === 'number' ? startedMs + 1_000 * place : Date.parse(place));
  // Seconds are those of one broadcast, also when its channel goes on with another meanwhile.
  const owner = id === null ? {} : { channel: undefined, broadcast: id };
  const body = { ...rest, ...owner, startMs: Math.round(atMs(start)), endMs: Math.round(atMs(end)) };
  answerClip(desk, await desk.api().post('/clips', body));
}

/** The broadcast that seconds count in, and when it began: the one that is named, else its channel's newest. */
async function beginningOf(desk: Desk, { channel, broadcast }: ClipOptions) {
  if (broadcast !== undefined) return desk.api().get(`/broadcasts/${pathPart(broadcast)}`);
  const { broadcasts } = await desk.api().get('/broadcasts', { channel, limit: 1 });
  const [newest] = broadcasts;
  if (newest) return newest;
  throw new CliError('not_found', 'This channel has had no broadcast yet.', 'See: npx headwater broadcast list');
}

async function list(
  desk: Desk,
  options: ListOptions & { readonly channel?: string; readonly broadcast?: string },
): Promise<void> {
  const query = { channel: options.channel, broadcast: options.broadcast };
  const listing = await desk.api().list('/clips', 'clips', query, limitOf(options));
  const columns = [
    { head: 'id', text: (row: Clip) => row.id },
    { head: 'broadcast', text: (row: Clip) => row.broadcast },
    { head: 'made', text: (row: Clip) => agoWords(row.createdMs, desk.nowMs) },
    { head: 'title', text: (row: Clip) => row.title || '–' },
  ];
  answerList(desk, 'clips', listing, columns, 'No clips yet: headwater clip create --channel <channel> --last 30s');
}

async function show(desk: Desk, id: string): Promise<void> {
  answerClip(desk, await desk.api().get(`/clips/${pathPart(id)}`));
}

async function remove(desk: Desk, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Delete clip ${id}?`, yes);
  await desk.api().remove(`/clips/${pathPart(id)}`);
  desk.answer({ deleted: id }, () => `Deleted clip ${id}.\n`);
}

function answerClip(desk: Desk, clip: Clip): void {
  const { url } = desk.api();
  desk.answer(clip, () => {
    const rows: [string, string | null][] = [
      ['clip', clip.id],
      ['title', clip.title || null],
      ['broadcast', clip.broadcast],
      ['made', timeWords(clip.createdMs)],
      ['watch', url + clip.playback.page],
      ['HLS', url + clip.playback.hls],
      ['DASH', url + clip.playback.dash],
      ['MP4', url + clip.playback.download],
    ];
    return facts(rows, desk.paint);
  });
}
