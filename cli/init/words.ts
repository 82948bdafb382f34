import type { Answers } from './answers.ts';
import type { ControlPlane } from './control.ts';
import type { Trust } from './env-file.ts';
import { type Ports, usualPorts } from './ports.ts';

/** A command, and what it is for. */
type Step = readonly [string, string];

/** What `headwater init` did. */
export interface Outcome {
  /** As the user named it. */
  readonly file: string;
  /** The same command, once more. */
  readonly again: string;
  readonly answers: Answers;
  readonly control: ControlPlane;
  readonly trust: Trust;
  /** Chosen without asking. */
  readonly chosen: Partial<Ports>;
  /** The Node that an origin is started with, from the top of the clone. */
  readonly node: string;
}

/** For people: what was taken from where, and what comes next. */
export function outcomeText(outcome: Outcome): string {
  const { control, trust, chosen, answers } = outcome;
  return [
    `Control plane ${control.url} (${control.from}).\n`,
    portWords('HEADWATER_RTMP_PORT', chosen.rtmp, usualPorts.rtmp),
    portWords('HEADWATER_HTTP_PORT', chosen.http, usualPorts.http),
    answers.ingestHost === null ? 'No list of ingests will name it: add --ingest-host <host>, with --force.\n' : '',
    keyWords(trust),
    nextSteps(outcome),
  ].join('');
}

function portWords(variable: string, port: number | undefined, usual: number): string {
  return port === undefined || port === usual ? '' : `${variable} is ${port}, as ${usual} is in use.\n`;
}

function keyWords({ isNew, from }: Trust): string {
  if (from) {
    return `Its HEADWATER_WIRE_KEYS are those of ${from}: it needs no join token, and speaks for all origins there.\n`;
  }
  return isNew ? 'Its wire keys are new; a stack makes its own when it first starts, and takes none from here.\n' : '';
}

function nextSteps({ file, again, control, node }: Outcome): string {
  const start: readonly Step[] = [
    [`${node} --env-file=${file} origin/main.ts`, 'this origin'],
    [`npx headwater doctor --env-file ${file}`, 'in another terminal, once it runs'],
  ];
  // What starts there takes ports of this machine, and has keys of its own.
  const first: readonly Step[] = [
    ['npx headwater up', 'the PoPs, with an origin of their own'],
    [again, 'in another terminal, once they run: their keys, and ports beside theirs'],
  ];
  const steps = control.isToStart ? first : start;
  const width = Math.max(...steps.map(([command]) => command.length));
  const lines = steps.map(([command, what]) => `  ${command.padEnd(width)}  # ${what}\n`);
  return `Wrote ${file}, readable by you only. Next:\n${lines.join('')}`;
}
