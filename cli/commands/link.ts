import { type Command, Option } from 'commander';
import type { Link, NewLink } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { collect, parseCount } from '../input/count.ts';
import { parseDuration, parseTime } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

/** Options of `link create`. */
export interface LinkOptions {
  readonly channel?: string;
  readonly broadcast?: string;
  readonly clip?: string;
  readonly for?: string;
  readonly expires?: number;
  readonly uses?: number;
  readonly site?: readonly string[];
  readonly anySite?: true;
  readonly country?: readonly string[];
  readonly scope?: readonly Scope[];
  readonly maxHeight?: number;
  readonly maxStreams?: number;
  readonly whenFull?: (typeof whenFullPolicies)[number];
  readonly net?: readonly string[];
  /** Times in ms since the Unix epoch. */
  readonly renewUntil?: number;
  readonly start?: number;
  readonly end?: number;
  readonly viewer?: string;
  readonly label?: string;
}

const presets = ['1h', '24h', 'until-end'] as const;
const whenFullPolicies = ['refuse-newest', 'end-oldest'] as const;
const scopes = ['live', 'dvr', 'replay', 'clip', 'download'] as const;
type Scope = (typeof scopes)[number];

/** `headwater link …` */
export function addLink(program: Command, shell: Shell): void {
  const link = group(
    program,
    'link',
    'signed links to what is closed: create, list, revoke',
    'link create --channel news --for 24h',
  );
  createOptions(
    leaf(
      link,
      'create',
      'make a link; its token is shown this once',
      'link create --channel news',
      'link create --channel news --for until-end --label "for the press"',
      'link create --broadcast b_01jd5m3k8q2wxyz01234 --for 2d --uses 3 --country DE --country AT',
    ),
  ).action(act(shell, create));
  withListOptions(leaf(link, 'list', 'the newest first, with their last use', 'link list', 'link list --channel news'))
    .option('--channel <channel>', 'of this channel only')
    .action(act(shell, list));
  leaf(link, 'revoke <link>', 'end it and what plays with it, within seconds', 'link revoke ln_01jd5m3k8q2wxyz01234')
    // As of the other commands that end something; here nothing is asked either way.
    .option('-y, --yes', 'do not ask')
    .action(act(shell, revoke));
}

function createOptions(command: Command): Command {
  return command
    .option('--channel <channel>', 'opens this channel and its broadcasts')
    .addOption(new Option('--broadcast <broadcast>', 'opens this broadcast').conflicts('channel'))
    .addOption(new Option('--clip <clip>', 'opens this clip').conflicts(['channel', 'broadcast']))
    .option('--for <duration>', 'how long: 1h, 24h (when not given), any duration, or until-end')
    .addOption(new Option('--expires <time>', 'until when').argParser(parseTime).conflicts('for'))
    .addOption(new Option('--renew-until <time>', 'who began by then goes on until this').argParser(parseTime))
    .option('--uses <n>', 'how many viewers may begin with it', parseCount)
    .option('--site <host>', 'plays only on this site; may be repeated', collect)
    .addOption(
      new Option('--any-site', 'files also where the channel is for some sites; needs --scope download').conflicts(
        'site',
      ),
    )
    .option('--country <rule>', 'DE, !US, * or !*, the first that fits counts; may be repeated', collect)
    .addOption(
      new Option('--scope <scope>', `opens only this; may be repeated: ${scopes.join(', ')}`).argParser(parseScope),
    )
    .option('--max-height <pixels>', 'no pictures taller than this', parseCount)
    .option('--net <prefix>', 'only from this network, 203.0.113.0/24; may be repeated', collect)
    .addOption(new Option('--start <time>', 'nothing from before this').argParser(parseTime))
    .addOption(new Option('--end <time>', 'nothing from after this').argParser(parseTime))
    .option('--max-streams <n>', 'screens at the same time; needs --viewer', parseCount)
    .addOption(
      new Option('--when-full <policy>', 'of a screen too many; needs --max-streams').choices(whenFullPolicies),
    )
    .option('--viewer <viewer>', 'whose it is: any word of yours')
    .option('--label <label>', 'a note for the list');
}

function parseScope(text: string, before: readonly Scope[] = []): readonly Scope[] {
  const scope = scopes.find((one) => one === text);
  if (scope) return [...before, scope];
  throw usageError(`"${text}" is no scope.`, `Use ${scopes.join(', ')}.`);
}

/** The body that makes a link; throws a usage error where options do not go together. */
export function linkRequest(options: LinkOptions, nowMs: number): NewLink {
  const { channel, broadcast, clip, site, country, scope, uses, maxHeight, maxStreams, viewer, label } = options;
  const { anySite, net, renewUntil: renewUntilMs, start, end, whenFull } = options;
  if (channel === undefined && broadcast === undefined && clip === undefined) {
    throw usageError('What does it open?', 'Add --channel <channel>, --broadcast <broadcast> or --clip <clip>.');
  }
  if (maxStreams !== undefined && viewer === undefined) {
    throw usageError('--max-streams counts the screens of one viewer.', 'Say whose with --viewer <viewer>.');
  }
  if (whenFull !== undefined && maxStreams === undefined) {
    throw usageError('--when-full is about a screen too many.', 'Say how many there may be with --max-streams <n>.');
  }
  const range = { start: epochSeconds(start), end: epochSeconds(end) };
  const limits = {
    uses,
    sites: site,
    anySite,
    countries: country,
    net,
    scopes: scope,
    maxHeight,
    maxStreams,
    whenFull,
  };
  return { channel, broadcast, clip, ...termOf(options, nowMs), renewUntilMs, ...limits, ...range, viewer, label };
}

/** Tokens count in whole seconds. */
function epochSeconds(timeMs: number | undefined): number | undefined {
  return timeMs === undefined ? undefined : Math.floor(timeMs / 1_000);
}

function termOf(options: LinkOptions, nowMs: number): Pick<NewLink, 'preset' | 'expiresMs'> {
  if (options.expires !== undefined) {
    if (options.expires <= nowMs) throw usageError('--expires lies in the past.');
    return { expiresMs: options.expires };
  }
  const term = options.for ?? '24h';
  const preset = presets.find((one) => one === term);
  return preset ? { preset } : { expiresMs: nowMs + parseDuration(term) };
}

async function create(desk: Desk, options: LinkOptions): Promise<void> {
  const request = linkRequest(options, desk.nowMs);
  const link = await desk.api().post('/links', request);
  const { url } = desk.api();
  const at = (path: string | null | undefined) => (path ? url + path : null);
  const { watch, embed, hls, dash, download } = link.urls;
  const urls = { watch: at(watch), embed: at(embed), hls: at(hls), dash: at(dash), download: at(download) };
  // A link to files alone leads to nothing else.
  const ofPlay = (url: string | null) => (link.scopes.some((scope) => scope !== 'download') ? url : null);
  desk.answer({ ...link, urls }, () => {
    const rows: [string, string | null][] = [
      ['link', link.id],
      ['opens', resourceWords(link)],
      ['expires', `${timeWords(link.expiresMs)} (${agoWords(link.expiresMs, desk.nowMs)})`],
      ['watch', ofPlay(urls.watch)],
      ['embed', ofPlay(urls.embed)],
      ['HLS', ofPlay(urls.hls)],
      ['DASH', ofPlay(urls.dash)],
      ['file', urls.download],
    ];
    const words = 'Whoever has one of these addresses can watch. They are not shown again.\n';
    return facts(rows, desk.paint) + desk.paint('dim', words);
  });
}

async function list(desk: Desk, options: ListOptions & { readonly channel?: string }): Promise<void> {
  const query = { channel: options.channel };
  const listing = await desk.api().list('/links', 'links', query, limitOf(options));
  const columns = [
    { head: 'id', text: (row: Link) => row.id },
    { head: 'opens', text: resourceWords },
    { head: 'state', text: (row: Link) => row.state },
    { head: 'expires', text: (row: Link) => agoWords(row.expiresMs, desk.nowMs) },
    {
      head: 'uses',
      text: (row: Link) => `${row.uses}${row.usesMax === null ? '' : ` of ${row.usesMax}`}`,
      right: true as const,
    },
    { head: 'last use', text: (row: Link) => agoWords(row.lastUseMs, desk.nowMs) },
    { head: 'by', text: (row: Link) => row.createdBy },
    { head: 'label', text: (row: Link) => row.label || '–' },
  ];
  answerList(desk, 'links', listing, columns, 'No links yet: headwater link create --channel <channel>');
}

async function revoke(desk: Desk, id: string): Promise<void> {
  await desk.api().remove(`/links/${pathPart(id)}`);
  desk.answer({ revoked: id }, () => `Revoked link ${id}: every PoP refuses it within ten seconds.\n`);
}

function resourceWords({ channel, broadcast, clip }: Link): string {
  if (clip !== null) return `clip ${clip}`;
  return broadcast === null ? `channel ${channel}` : `broadcast ${broadcast}`;
}
