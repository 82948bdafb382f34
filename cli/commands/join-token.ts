import { type Command, Option } from 'commander';
import type { JoinToken } from '#shared/api/shapes.ts';
import { act, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import { usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { parseCount } from '../input/count.ts';
import { parseDuration } from '../input/duration.ts';
import { facts } from '../output/table.ts';
import { agoWords, timeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

interface JoinTokenOptions {
  readonly origin?: string;
  readonly uses?: number;
  /** ms */
  readonly for?: number;
  readonly label?: string;
}

/** `headwater origin join-token`, `join-tokens`, `revoke-join-token`, `revoke-key` */
export function addJoinTokens(origin: Command, shell: Shell): void {
  leaf(
    origin,
    'join-token',
    'make a token that a new origin starts with; it is shown this once',
    'origin join-token',
    'origin join-token --uses 3 --for 2d --label "the fleet in Frankfurt"',
    'origin join-token --origin fra-1',
  )
    .option('--uses <n>', 'how many origins may join with it; one when not given', parseCount)
    .option('--for <duration>', 'how long it is good; an hour when not given, 30d at most', parseDuration)
    .addOption(
      new Option('--origin <origin>', 'for this one alone, also where it is there: its key is replaced').conflicts(
        'uses',
      ),
    )
    .option('--label <label>', 'a note for the list')
    .action(act(shell, create));
  withListOptions(
    leaf(origin, 'join-tokens', 'the newest first, with those that are over', 'origin join-tokens'),
  ).action(act(shell, list));
  leaf(
    origin,
    'revoke-join-token <token>',
    'nobody joins with it any more; who has joined stays',
    'origin revoke-join-token jt_01jd5m3k8q2wxyz01234',
  ).action(act(shell, revoke));
  leaf(
    origin,
    'revoke-key <origin>',
    'take back the key that it joined for, and the tokens that it had: it is refused from then on',
    'origin revoke-key fra-1 --yes',
  )
    .option('-y, --yes', 'do not ask')
    .action(act(shell, revokeKey));
}

async function create(desk: Desk, { origin, uses, label, ...term }: JoinTokenOptions): Promise<void> {
  if (uses === 0) throw usageError('A token that nobody may use is none.', 'Give --uses 1 or more.');
  const expiresMs = term.for === undefined ? undefined : desk.nowMs + term.for;
  const made = await desk.api().post('/join-tokens', { origin, uses, expiresMs, label });
  desk.answer(made, () => {
    const rows: [string, string | null][] = [
      ['id', made.id],
      ['for', made.origin ?? (made.usesMax === 1 ? 'one new origin' : `${made.usesMax} new origins`)],
      ['until', `${timeWords(made.expiresMs)} (${agoWords(made.expiresMs, desk.nowMs)})`],
      ['label', made.label || null],
      ['token', made.token],
    ];
    const words =
      'The token is not shown again. Start the origin with it: HEADWATER_JOIN_TOKEN (docs/operate/origin.md).\n';
    return facts(rows, desk.paint) + desk.paint('dim', words);
  });
}

async function list(desk: Desk, options: ListOptions): Promise<void> {
  const listing = await desk.api().list('/join-tokens', 'joinTokens', {}, limitOf(options));
  const columns = [
    { head: 'id', text: (row: JoinToken) => row.id },
    { head: 'state', text: (row: JoinToken) => row.state.replace('_', ' ') },
    { head: 'for', text: (row: JoinToken) => row.origin ?? 'any new one' },
    { head: 'uses', text: (row: JoinToken) => `${row.uses} of ${row.usesMax}`, right: true as const },
    { head: 'until', text: (row: JoinToken) => agoWords(row.expiresMs, desk.nowMs) },
    { head: 'last used', text: (row: JoinToken) => agoWords(row.lastUsedMs, desk.nowMs) },
    { head: 'by', text: (row: JoinToken) => row.createdBy },
    { head: 'label', text: (row: JoinToken) => row.label || '–' },
  ];
  answerList(desk, 'joinTokens', listing, columns, 'No join tokens: headwater origin join-token');
}

async function revoke(desk: Desk, id: string): Promise<void> {
  await desk.api().remove(`/join-tokens/${pathPart(id)}`);
  desk.answer({ revoked: id }, () => `Revoked join token ${id}.\n`);
}

async function revokeKey(desk: Desk, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Take back the key of origin ${id}? Its broadcasts end or go on elsewhere.`, yes);
  await desk.api().remove(`/origins/${pathPart(id)}/key`);
  desk.answer(
    { origin: id, revoked: true },
    () => `Origin ${id} is refused within two seconds. Join tokens that it had or was named in are revoked.\n`,
  );
}
