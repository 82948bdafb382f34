import type { Command } from 'commander';
import { act, group, leaf } from '../act.ts';
import type { Desk } from '../desk.ts';
import { agoWords } from '../output/words.ts';
import type { Shell } from '../shell.ts';
import { answerList } from './listing.ts';

/** An origin as the API answers it. */
export interface Origin {
  readonly id: string;
  readonly url: string;
  readonly version: string;
  /** 0 to 1 */
  readonly load: number;
  readonly seenMs: number;
  readonly broadcasts: number;
  readonly dead: boolean;
}

/** `headwater origin …` */
export function addOrigin(program: Command, shell: Shell): void {
  const origin = group(program, 'origin', 'where encoders publish to', 'origin list');
  leaf(origin, 'list', 'every origin, and whether it lives', 'origin list').action(act(shell, list));
}

async function list(desk: Desk): Promise<void> {
  const { origins } = await desk.api().get<{ readonly origins: readonly Origin[] }>('/origins');
  const columns = [
    { head: 'id', text: (row: Origin) => row.id },
    { head: 'state', text: (row: Origin) => (row.dead ? 'dead' : 'alive') },
    { head: 'load', text: (row: Origin) => `${Math.round(row.load * 100)} %`, right: true as const },
    { head: 'broadcasts', text: (row: Origin) => String(row.broadcasts), right: true as const },
    { head: 'heard', text: (row: Origin) => agoWords(row.seenMs, desk.nowMs) },
    { head: 'version', text: (row: Origin) => row.version },
    { head: 'url', text: (row: Origin) => row.url },
  ];
  answerList(
    desk,
    'origins',
    { rows: origins, more: false },
    columns,
    'No origin was heard of: docs/operate/origin.md',
  );
}
