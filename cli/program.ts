import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBroadcast } from './commands/broadcast.ts';
import { addChannel } from './commands/channel.ts';
import { addClip } from './commands/clip.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDoctor } from './commands/doctor.ts';
import { addInit } from './commands/init.ts';
import { addKey } from './commands/key.ts';
import { addLink } from './commands/link.ts';
import { addLive } from './commands/live.ts';
import { addOrigin } from './commands/origin.ts';
import { addPop } from './commands/pop.ts';
import { addReplay } from './commands/replay.ts';
import { addRevoke } from './commands/revoke.ts';
import { addSigningKey } from './commands/signing-key.ts';
import { addToken } from './commands/token.ts';
import { addUp } from './commands/up.ts';
import { addWebhook } from './commands/webhook.ts';
import { type Shell, wantsColour } from './shell.ts';

const introduction = `Runs and looks after a Headwater: streams in, PoPs out.

It talks to --url or HEADWATER_URL, with the API token of HEADWATER_TOKEN or --token-file.
Without an address it talks to the stack that "headwater up" started on this machine.`;

const closing = `
Examples:
  $ headwater doctor
  $ headwater channel create --title "Evening news" --id news
  $ headwater key create news
  $ headwater channel list --json

Exit code: 0 done, 1 refused or failed, 2 used wrongly. docs/operate/cli.md says more.`;

const commands = [
  ...[addDoctor, addInit, addUp, addDeploy],
  ...[addLive, addChannel, addKey, addBroadcast, addReplay, addClip],
  ...[addLink, addRevoke, addSigningKey, addToken, addWebhook, addOrigin, addPop],
];

/** The whole command line, ready to parse. Nothing in it ends the process or writes past the shell. */
export function buildProgram(shell: Shell, json: boolean): Command {
  const program = new Command('headwater')
    .description(introduction)
    .version(version(), '-V, --version', 'the version of this CLI')
    .option('--json', 'write the result as JSON, and errors as JSON on stderr')
    .option('--url <url>', 'base URL of any PoP (env: HEADWATER_URL)')
    .option('--token-file <path>', 'file that holds the API token (env: HEADWATER_TOKEN)')
    .helpOption('-h, --help', 'this text')
    .helpCommand('help [command]', 'the help of a command')
    .configureHelp({ showGlobalOptions: true, styleTitle: (text) => text })
    .configureOutput({
      writeOut: shell.out,
      // Help goes here where a command is missing; errors are told in one place, by run.ts.
      writeErr: json ? () => {} : shell.err,
      outputError: () => {},
      getOutHasColors: () => wantsColour(shell),
      getErrHasColors: () => wantsColour(shell, shell.errIsTerminal),
    })
    .addHelpText('after', closing)
    .exitOverride();
  for (const add of commands) add(program, shell);
  return program;
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
