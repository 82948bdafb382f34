import { CommanderError } from 'commander';
import { CliError, type ExitCode, usageError } from './cli-error.ts';
import { painter } from './output/paint.ts';
import { buildProgram } from './program.ts';
import { type Shell, wantsColour } from './shell.ts';

/** Runs one command line and resolves with its exit code; everything that goes wrong ends as words on stderr. */
export async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const json = args.includes('--json');
  try {
    refuseToken(args);
    await buildProgram(shell, json).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) return 0;
    tell(failure, shell, json);
    return failure.exitCode;
  }
}

/** Arguments can be read by everybody on the machine, so the token must never be one; the words do not repeat it. */
function refuseToken(args: readonly string[]): void {
  const before = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (!before.some((arg) => arg === '--token' || arg.startsWith('--token='))) return;
  throw usageError(
    'The API token does not belong into a command line, where every user of this machine can read it.',
    'Set HEADWATER_TOKEN, or name a file that holds it: --token-file <path>. Change the token if it was a real one.',
  );
}

/** What is to be told of something that was thrown; null for help and version, which are answers. */
function failureOf(error: unknown): CliError | null {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return null;
    if (error.code === 'commander.help')
      return usageError('A command is missing.', 'Add --help to see those there are.');
    return usageError(error.message.replace(/^error: /, ''));
  }
  const { name, message } = error as Error;
  const hint = 'This is a defect of the CLI. Tell it with the command line that you used.';
  return new CliError('internal', `${name}: ${message}`, hint, { cause: error });
}

function tell(failure: CliError, shell: Shell, json: boolean): void {
  const { code, reason, message, hint, status } = failure;
  if (json) {
    const more = { ...(reason !== null && { reason }), ...(status !== null && { status }) };
    shell.err(`${JSON.stringify({ error: { code, message, hint, ...more } }, null, 2)}\n`);
    return;
  }
  if (failure.isTold) return;
  const codes = reason === null ? code : `${code}, ${reason}`;
  const paint = painter(wantsColour(shell, shell.errIsTerminal));
  shell.err(`${paint('red', 'error')}  ${message} (${codes})\n${hint ? `${hint.replace(/^/gm, '  ')}\n` : ''}`);
}
