import type { Command } from 'commander';
import type { Pop } from '#shared/api/shapes.ts';
import { act, group, leaf } from '../act.ts';
import type { Desk } from '../desk.ts';
import { agoWords, sizeWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList, type ListOptions, limitOf, withListOptions } from './listing.ts';

const tiers = ['isolate', 'pop', 'shield', 'origin', 'own'] as const;

/** `headwater pop …` */
export function addPop(program: Command, shell: Shell): void {
  const pop = group(program, 'pop', 'the places where the Worker runs', 'pop list');
  withListOptions(leaf(pop, 'list', 'PoPs by name, with their counters', 'pop list', 'pop list --json')).action(
    act(shell, list),
  );
}

async function list(desk: Desk, options: ListOptions): Promise<void> {
  const listing = await desk.api().list('/pops', 'pops', {}, limitOf(options));
  const columns = [
    { head: 'pop', text: (row: Pop) => row.pop },
    { head: 'heard', text: (row: Pop) => agoWords(row.seenMs, desk.nowMs) },
    { head: 'requests', text: (row: Pop) => String(requestsOf(row)), right: true as const },
    { head: 'to origin', text: (row: Pop) => String(row.counters.origin_fetches ?? 0), right: true as const },
    { head: 'sent', text: (row: Pop) => sizeWords(row.counters.bytes_out ?? 0), right: true as const },
    { head: 'errors', text: (row: Pop) => String(row.counters.errors_5xx ?? 0), right: true as const },
  ];
  answerList(desk, 'pops', listing, columns, 'No PoP has counted anything yet.');
}

function requestsOf({ counters }: Pop): number {
  return tiers.reduce((sum, tier) => sum + (counters[`requests_${tier}`] ?? 0), 0);
}
