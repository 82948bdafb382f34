import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { cliLimits } from '#shared/limits/cli.ts';
import { act, leaf } from '../act.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { type LocalStack, stackOf } from '../local-stack.ts';
import { runScript } from '../run-script.ts';
import type { Shell } from '../shell.ts';

type Folders = Pick<Shell, 'cwd' | 'root'>;

interface UpOptions {
  readonly pops?: string;
  readonly port?: string;
  readonly rtmpPort?: string;
  readonly rtmpsPort?: string;
  readonly data: string;
  readonly testCard: boolean;
  readonly foreignHosts?: string;
  readonly quiet?: boolean;
  readonly setup: boolean;
}

/** `headwater up`: `npm start` of the clone. */
export function addUp(program: Command, shell: Shell): void {
  leaf(
    program,
    'up',
    'start origin and local PoPs on this machine',
    'up',
    'up --no-test-card',
    'up --pops fra,syd --port 9000',
  )
    .option('--pops <n or names>', 'PoPs to run (3: fra, nyc, sin)')
    .option('--port <port>', 'port of the first PoP, the others follow (8787)')
    .option('--rtmp-port <port>', 'port for encoders (1935)')
    .option('--rtmps-port <port>', 'port for encoders over TLS, self-signed (1936)')
    .option('--data <folder>', 'where state, secrets and logs are kept', '.headwater')
    .option('--no-test-card', 'publish nothing')
    .option('--foreign-hosts <hosts>', 'hosts that channels may take HLS or DASH of other servers from')
    .option('--quiet', 'print addresses and errors only')
    .option('--no-setup', 'install nothing')
    .action(act(shell, up));
}

/** The arguments of `npm start` for these options. */
export function startArguments(options: UpOptions, folders: Folders): string[] {
  const { pops, port, rtmpPort, rtmpsPort, foreignHosts } = options;
  const valued = {
    pops,
    port,
    'rtmp-port': rtmpPort,
    'rtmps-port': rtmpsPort,
    'foreign-hosts': foreignHosts,
    data: dataDirOf(options, folders),
  };
  const pairs = Object.entries(valued).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
  const flags = { 'no-test-card': !options.testCard, quiet: options.quiet === true, 'no-setup': !options.setup };
  return [...pairs, ...Object.entries(flags).flatMap(([name, isOn]) => (isOn ? [`--${name}`] : []))];
}

/** A path of its own is taken from where the user stands; the usual folder is that of the clone, as with `npm start`. */
function dataDirOf({ data }: UpOptions, { cwd, root }: Folders): string {
  if (isAbsolute(data)) return data;
  return data === '.headwater' ? join(root, data) : join(cwd, data);
}

async function up(desk: Desk, options: UpOptions): Promise<void> {
  const script = runScript(desk.shell.root, 'start', startArguments(options, desk.shell), desk.json);
  let isOver = false;
  const ended = script.ended.finally(() => {
    isOver = true;
  });
  if (desk.json) {
    const stack = await waitForStack(dataDirOf(options, desk.shell), () => isOver);
    if (stack) desk.shell.out(`${JSON.stringify(addresses(stack))}\n`);
  }
  const code = await ended;
  const failure = script.failure();
  if (failure) throw new CliError(failure.code, failure.message, failure.hint, { isTold: true });
  if (code !== 0) throw new CliError('up_failed', `The stack ended with code ${code}.`, 'Its own words stand above.');
}

async function waitForStack(dataDir: string, isOver: () => boolean): Promise<LocalStack | null> {
  const endMs = Date.now() + cliLimits.upMsMax;
  while (!isOver() && Date.now() < endMs) {
    const stack = stackOf(dataDir);
    if (stack) return stack;
    await sleep(cliLimits.upPollMs);
  }
  return null;
}

/** What may be shown and logged: without the API token and the stream key. */
function addresses({ pops, channel, watch, hls, dash, rtmp, api }: LocalStack) {
  return { pops, channel, watch, hls, dash, rtmp, api };
}
