import { spawn } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { ImportLine, ImportReadyLine } from '#shared/model/import-line.ts';
import { act, leaf } from '../act.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { readVariables, type Variables } from '../doctor/settings.ts';
import { localStack } from '../local-stack.ts';
import { plainText } from '../output/plain-text.ts';
import { startProgress } from '../output/progress.ts';
import { facts } from '../output/table.ts';
import { durationWords, sizeWords } from '../output/words.ts';
import { untilEnded } from '../run-script.ts';
import type { Shell } from '../shell.ts';

interface ImportOptions {
  readonly channel: string;
  readonly title?: string;
  readonly config?: string;
  readonly envFile: string;
}

const stages = { encode: 'encoding', upload: 'uploading' } as const;

/** `headwater replay import`: origin/import.ts of the clone, with the settings of the origin that is set up here. */
export function addReplayImport(replay: Command, shell: Shell): void {
  const examples = [
    'replay import talk.mp4 --channel news --title "The talk"',
    'replay import talk.mp4 --channel news --config origin.json',
  ];
  leaf(replay, 'import <file>', "make a replay of an MP4 or MOV file, on an origin's machine", ...examples)
    .requiredOption('--channel <channel>', 'whose replay it is')
    .option('--title <title>', 'what viewers read')
    .option('--config <file>', "the origin's configuration file; that of the stack that runs here when nothing is set")
    .option('--env-file <file>', "the origin's settings, as init writes them", '.env')
    .action(act(shell, importFile));
}

async function importFile(desk: Desk, file: string, options: ImportOptions): Promise<void> {
  const { shell } = desk;
  const variables = readVariables(shell, options.envFile);
  const progress = startProgress(shell, desk.json);
  const child = spawn(process.execPath, importArguments(shell, file, options, variables), {
    env: { ...variables },
    cwd: shell.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ready: ImportReadyLine | null = null;
  let failure: CliError | null = null;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as ImportLine;
    if (line.event === 'progress') progress.show(`${stages[line.stage]} ${line.percent} %`);
    else if (line.event === 'note') shell.err(`${plainText(line.sentence)}\n`);
    else if (line.event === 'ready') ready = line;
    else failure = new CliError(line.code, wordsOf(line.message), 'docs/protocol/errors.md explains each code.');
  });
  child.stderr.on('data', (bytes: Buffer) => shell.err(bytes.toString()));
  const code = await untilEnded(child);
  progress.end();
  if (failure !== null) throw failure;
  if (ready === null) {
    const hint = 'The next import on this machine takes away what it left.';
    throw new CliError('import_failed', `The import ended with code ${code} and without a word.`, hint);
  }
  answerReplay(desk, ready);
}

function importArguments(shell: Shell, file: string, options: ImportOptions, variables: Variables): string[] {
  const config = configOf(shell, options, variables);
  return [
    join(shell.root, 'origin/import.ts'),
    pathFrom(shell, file),
    `--channel=${options.channel}`,
    ...(options.title === undefined ? [] : [`--title=${options.title}`]),
    ...(config === null ? [] : [`--config=${config}`]),
    '--json',
  ];
}

/** The file that was named; that of the stack that runs here where no origin is set up otherwise. */
function configOf(shell: Shell, { config }: ImportOptions, variables: Variables): string | null {
  if (config !== undefined) return pathFrom(shell, config);
  if (variables.HEADWATER_ORIGIN_ID) return null;
  const stack = localStack(shell);
  return stack && join(stack.dataDir, 'origin/config.json');
}

function answerReplay(desk: Desk, { event: _, ...replay }: ImportReadyLine): void {
  desk.answer(replay, () => {
    const { broadcast, channel, durationMs, sizeBytes, page, hls, dash } = replay;
    const rows: [string, string][] = [
      ['replay', broadcast],
      ['channel', channel],
      ['length', durationWords(durationMs)],
      ['size', sizeWords(sizeBytes)],
      ['watch', page],
      ['HLS', hls],
      ['DASH', dash],
    ];
    return facts(rows, desk.paint);
  });
}

/** What is wrong with a configuration is told in several lines. */
function wordsOf(message: string): string {
  return message.split('\n').map(plainText).join('\n');
}

function pathFrom({ cwd }: Shell, path: string): string {
  return isAbsolute(path) ? path : join(cwd, path);
}
