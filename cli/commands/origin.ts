import type { Command } from 'commander';
import type { Origin } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import { pathPart } from '../api.ts';
import type { Desk } from '../desk.ts';
import { confirm } from '../input/confirm.ts';
import { agoWords, spanWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { addJoinTokens } from './join-token.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

/** `headwater origin …` */
export function addOrigin(program: Command, shell: Shell): void {
  const origin = group(
    program,
    'origin',
    'where encoders publish to: list, drain, resume, remove, join-token, join-tokens, revoke-join-token, revoke-key',
    'origin list',
  );
  withListOptions(leaf(origin, 'list', 'origins by id, and whether they live', 'origin list')).action(act(shell, list));
  const drained =
    'take no new broadcasts, for an upgrade; present ones move to where a backup waits, or stay until they end';
  leaf(origin, 'drain <origin>', drained, 'origin drain fra-1').action(
    act(shell, (desk, id: string) => change(desk, id, true)),
  );
  leaf(origin, 'resume <origin>', 'take broadcasts again', 'origin resume fra-1').action(
    act(shell, (desk, id: string) => change(desk, id, false)),
  );
  leaf(
    origin,
    'remove <origin>',
    'take one that is gone for good out of the list, and its key back; what it made stays',
    'origin remove fra-1 --yes',
  )
    .option('-y, --yes', 'do not ask')
    .action(act(shell, remove));
  addJoinTokens(origin, shell);
}

async function remove(desk: Desk, id: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  await confirm(desk, `Remove origin ${id}? It takes another join token to come back.`, yes);
  await desk.api().remove(`/origins/${pathPart(id)}`);
  desk.answer({ deleted: id }, () => `Removed origin ${id}. Its replays stay.\n`);
}

async function change(desk: Desk, id: string, draining: boolean): Promise<void> {
  await desk.api().patch(`/origins/${pathPart(id)}`, { draining });
  desk.answer(
    { origin: id, draining },
    () => `Origin ${id} ${draining ? 'takes no new broadcasts' : 'takes broadcasts'}.\n`,
  );
}

function stateWords({ dead, draining, seenMs }: Origin, nowMs: number): string {
  if (dead) return `dead for ${spanWords(nowMs - seenMs)}`;
  return draining ? 'draining' : 'alive';
}

async function list(desk: Desk, options: ListOptions): Promise<void> {
  const listing = await desk.api().list('/origins', 'origins', {}, limitOf(options));
  const columns = [
    { head: 'id', text: (row: Origin) => row.id },
    { head: 'state', text: (row: Origin) => stateWords(row, desk.nowMs) },
    { head: 'load', text: (row: Origin) => `${Math.round(row.load * 100)} %`, right: true as const },
    { head: 'broadcasts', text: (row: Origin) => String(row.broadcasts), right: true as const },
    { head: 'heard', text: (row: Origin) => agoWords(row.seenMs, desk.nowMs) },
    { head: 'region', text: (row: Origin) => row.region ?? '–' },
    { head: 'version', text: (row: Origin) => row.version },
    { head: 'url', text: (row: Origin) => row.url },
  ];
  answerList(desk, 'origins', listing, columns, 'No origin was heard of: docs/operate/origin.md');
}
