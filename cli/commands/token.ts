import { type Command, Option } from 'commander';
import type { ApiToken, NewApiToken } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { parseDuration, parseTime } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

const roles = ['admin', 'owner', 'viewer'] as const;

/** Options of `token create`. */
interface TokenOptions {
  readonly role: (typeof roles)[number];
  readonly channel?: string;
  /** ms */
  readonly for?: number;
  /** ms since the Unix epoch. */
  readonly expires?: number;
  readonly label?: string;
}

/** `headwater token …` */
export function addToken(program: Command, shell: Shell): void {
  const token = group(
    program,
    'token',
    'tokens of the API, each with a role: create, list, revoke',
    'token create --role owner --channel news --for 90d',
  );
  leaf(
    token,
    'create',
    'make one; it is shown this once',
    'token create --role owner --channel news --label "The anchor"',
    'token create --role viewer --for 30d',
    'token create --role admin --expires 2027-01-01T00:00:00Z',
  )
    .addOption(
      new Option('--role <role>', 'admin: everything; owner: one channel; viewer: only reads')
        .choices(roles)
        .makeOptionMandatory(),
    )
    .option('--channel <channel>', "an owner's channel, or the only one that a viewer reads")
    .option('--for <duration>', 'how long it is good; for ever when not given', parseDuration)
    .addOption(new Option('--expires <time>', 'until when it is good').argParser(parseTime).conflicts('for'))
    .option('--label <label>', 'whose it is, up to 64 characters')
    .action(act(shell, create));
  withListOptions(
    leaf(token, 'list', 'the newest first, with those that are over', 'token list', 'token list --all --json'),
  ).action(act(shell, list));
  leaf(token, 'revoke <token>', 'refuse it from the next call on', 'token revoke tk_01jd5m3k8q2wxyz01234 --yes')
    .option('-y, --yes', 'do not ask')
    .action(act(shell, revoke));
}

/** The body that makes a token; throws a usage error where role and channel do not go together. */
function tokenRequest({ role, channel, label, ...term }: TokenOptions, nowMs: number): NewApiToken {
  if (role === 'owner' && channel === undefined)
    throw usageError('An owner is the owner of a channel.', 'Add --channel <channel>.');
  if (role === 'admin' && channel !== undefined)
    throw usageError('An admin has all channels.', 'Leave --channel out, or make an owner: --role owner.');
  if (term.expires !== undefined && term.expires <= nowMs) throw usageError('--expires lies in the past.');
  const expiresMs = term.for === undefined ? term.expires : nowMs + term.for;
  return { role, channel, label, expiresMs };
}

async function create(desk: Desk, options: TokenOptions): Promise<void> {
  const made = await desk.api().post('/tokens', tokenRequest(options, desk.nowMs));
  desk.answer(made, () => {
    const rows: [string, string | null][] = [
      ['id', made.id],
      ['may', mayWords(made)],
      ['until', untilWords(made, desk.nowMs)],
      ['label', made.label || null],
      ['token', made.token],
    ];
    const words = 'The token is not shown again. Keep it in a file that only its user can read: --token-file <path>.\n';
    return facts(rows, desk.paint) + desk.paint('dim', words);
  });
}

async function list(desk: Desk, options: ListOptions): Promise<void> {
  const listing = await desk.api().list('/tokens', 'tokens', {}, limitOf(options));
  const columns = [
    { head: 'id', text: (row: ApiToken) => row.id },
    { head: 'state', text: (row: ApiToken) => stateWords(row, desk.nowMs) },
    { head: 'role', text: (row: ApiToken) => row.role },
    { head: 'channel', text: (row: ApiToken) => row.channel ?? 'all' },
    { head: 'until', text: (row: ApiToken) => agoWords(row.expiresMs, desk.nowMs) },
    { head: 'last used', text: (row: ApiToken) => agoWords(row.lastUsedMs, desk.nowMs) },
    { head: 'made', text: (row: ApiToken) => agoWords(row.createdMs, desk.nowMs) },
    { head: 'by', text: (row: ApiToken) => row.createdBy },
    { head: 'label', text: (row: ApiToken) => row.label || '–' },
  ];
  answerList(desk, 'tokens', listing, columns, 'No tokens but the API_TOKEN of this deployment.');
}

async function revoke(desk: Desk, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Revoke token ${id}? Whoever calls with it is refused.`, yes);
  await desk.api().remove(`/tokens/${pathPart(id)}`);
  desk.answer({ revoked: id }, () => `Revoked token ${id}.\n`);
}

function mayWords({ role, channel }: ApiToken): string {
  if (role === 'admin') return 'everything';
  return `${role === 'owner' ? 'read and change' : 'read'} ${channel === null ? 'all channels' : `channel ${channel}`}`;
}

function untilWords({ expiresMs }: ApiToken, nowMs: number): string {
  return expiresMs === null ? 'it is revoked' : `${timeWords(expiresMs)} (${agoWords(expiresMs, nowMs)})`;
}

function stateWords({ revokedMs, expiresMs }: ApiToken, nowMs: number): string {
  if (revokedMs !== null) return 'revoked';
  return expiresMs !== null && expiresMs <= nowMs ? 'over' : 'good';
}
