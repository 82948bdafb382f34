import { type Command, Option } from 'commander';
import type { Channel } from '#shared/api/shapes.ts';
import { type LatencyMode, latencyModes, type Visibility, visibilities } from '#shared/model/broadcast.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { collect } from '../input/count.ts';
import { parseDuration } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { durationWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

interface ChannelOptions {
  readonly id?: string;
  readonly title?: string;
  readonly latency?: LatencyMode;
  readonly visibility?: Visibility;
  readonly reconnectWindow?: number;
  readonly slate?: 'on' | 'off';
  readonly sourceUrl?: string;
  readonly site?: readonly string[];
  readonly disable?: boolean;
  readonly enable?: boolean;
}

/** `headwater channel …` */
export function addChannel(program: Command, shell: Shell): void {
  const channel = group(
    program,
    'channel',
    "streamers' places: list, show, create, change, delete",
    'channel list',
    'channel create --title "Evening news" --id news',
  );
  withListOptions(leaf(channel, 'list', 'all channels by id', 'channel list', 'channel list --all --json')).action(
    act(shell, list),
  );
  leaf(channel, 'show <channel>', 'one channel and its addresses', 'channel show news').action(act(shell, show));
  const examples = [
    'channel create --title "Evening news" --id news',
    'channel create --title Rehearsal --visibility unlisted',
  ];
  fieldOptions(leaf(channel, 'create', 'create a channel', ...examples))
    .option('--id <id>', 'lower-case letters, digits, - and _; random when not given')
    .action(act(shell, create));
  const changes = [
    'channel change news --visibility signed',
    'channel change news --site example.com --site "*.example.com"',
    'channel change news --disable',
  ];
  fieldOptions(leaf(channel, 'change <channel>', 'change what is given', ...changes))
    .addOption(new Option('--disable', 'end what runs and refuse publishers').conflicts('enable'))
    .option('--enable', 'take publishers again')
    .action(act(shell, change));
  leaf(channel, 'delete <channel>', 'delete it with its keys and broadcasts', 'channel delete news --yes')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, remove));
}

function fieldOptions(command: Command): Command {
  return command
    .option('--title <title>', 'what viewers read, up to 120 characters')
    .addOption(new Option('--latency <mode>', 'low-latency HLS and DASH, or plain').choices(latencyModes))
    .addOption(new Option('--visibility <who>', 'who sees and plays it').choices(visibilities))
    .option('--reconnect-window <duration>', 'how long a broadcast waits for its encoder (60s)', parseWindow)
    .addOption(new Option('--slate <on or off>', 'a picture stands in while it waits').choices(['on', 'off']))
    .option('--source-url <url>', 'HLS or DASH of another server to play instead; "none" to stop that')
    .option('--site <host>', 'plays only on this site; may be repeated; "any" for every site', collect);
}

/** Zero is a window too: nothing is waited for. */
function parseWindow(text: string): number {
  return /^0s?$/.test(text) ? 0 : parseDuration(text);
}

async function list(desk: Desk, options: ListOptions): Promise<void> {
  const listing = await desk.api().list('/channels', 'channels', {}, limitOf(options));
  const columns = [
    { head: 'id', text: (row: Channel) => row.id },
    { head: 'state', text: (row: Channel) => (row.disabled ? 'disabled' : row.state) },
    { head: 'visibility', text: (row: Channel) => row.visibility },
    { head: 'latency', text: (row: Channel) => row.latency },
    { head: 'title', text: (row: Channel) => row.title },
  ];
  answerList(desk, 'channels', listing, columns, 'No channels yet: headwater channel create --title <title>');
}

async function show(desk: Desk, id: string): Promise<void> {
  answerChannel(desk, await desk.api().get(`/channels/${pathPart(id)}`));
}

async function create(desk: Desk, options: ChannelOptions): Promise<void> {
  const { id, title } = options;
  if (title === undefined) throw usageError('A channel has a title.', 'Add --title <title>.');
  answerChannel(desk, await desk.api().post('/channels', { id, ...fieldsOf(options), title }));
}

async function change(desk: Desk, id: string, options: ChannelOptions): Promise<void> {
  const disabled = options.disable ? true : options.enable ? false : undefined;
  const fields = { ...fieldsOf(options), disabled };
  if (Object.values(fields).every((value) => value === undefined)) {
    throw usageError('Nothing to change was given.', 'Add one of the options that --help lists.');
  }
  answerChannel(desk, await desk.api().patch(`/channels/${pathPart(id)}`, fields));
}

async function remove(desk: Desk, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Delete channel ${id} with its stream keys, broadcasts and replays?`, yes);
  await desk.api().remove(`/channels/${pathPart(id)}`);
  desk.answer({ deleted: id }, () => `Deleted channel ${id}.\n`);
}

function fieldsOf({ title, latency, visibility, reconnectWindow, slate, sourceUrl, site }: ChannelOptions) {
  return {
    title,
    latency,
    visibility,
    reconnectWindowMs: reconnectWindow,
    slate: slate && slate === 'on',
    sourceUrl: sourceUrl === 'none' ? null : sourceUrl,
    sites: site?.includes('any') ? null : site,
  };
}

function answerChannel(desk: Desk, channel: Channel): void {
  const { url } = desk.api();
  desk.answer(channel, () =>
    facts(
      [
        ['channel', channel.id],
        ['title', channel.title],
        ['state', channel.disabled ? 'disabled' : channel.state],
        ['broadcast', channel.broadcast],
        ['visibility', channel.visibility],
        ['latency', channel.latency],
        ['reconnect', `${durationWords(channel.reconnectWindowMs)}${channel.slate ? ', with a slate' : ''}`],
        ['source', channel.sourceUrl],
        ['sites', channel.sites?.join(', ') ?? null],
        ['created', timeWords(channel.createdMs)],
        ['watch', url + channel.playback.watch],
        ['HLS', url + channel.playback.hls],
        ['DASH', url + channel.playback.dash],
      ],
      desk.paint,
    ),
  );
}
