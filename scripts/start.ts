import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cliLimits } from '#shared/limits/cli.ts';
import { eventLine } from './local/event-lines.ts';
import { defaultPops, type PopSpec, parsePops } from './local/pop-spec.ts';
import { type Stack, type StackRecord, startStack } from './local/stack.ts';
import { StartError } from './local/start-error.ts';
import { paint, print, printFailure, seconds } from './local/terminal.ts';

const nodeMajor = 24;
const styles = { step: 'dim', good: 'green', bad: 'red', note: 'cyan' } as const;

interface StartOptions {
  readonly pops: readonly PopSpec[];
  readonly firstPort: number;
  readonly rtmpPort: number;
  readonly rtmpsPort: number;
  readonly dataDir: string;
  readonly testCard: boolean;
  readonly foreignHosts: string;
  readonly quiet: boolean;
}

function readOptions(args: readonly string[]): StartOptions | 'help' {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (cause) {
    throw new StartError('bad_option', (cause as Error).message, 'npm start -- --help lists all options.', { cause });
  }
  if (values.help) return 'help';
  const pops = values.pops === undefined ? defaultPops : parsePops(values.pops);
  return {
    pops,
    firstPort: readPort('--port', values.port, pops.length),
    rtmpPort: readPort('--rtmp-port', values['rtmp-port'], 1),
    rtmpsPort: readPort('--rtmps-port', values['rtmps-port'], 1),
    dataDir: values.data,
    testCard: !values['no-test-card'],
    foreignHosts: values['foreign-hosts'],
    quiet: values.quiet,
  };
}

function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      pops: { type: 'string' },
      port: { type: 'string', default: '8787' },
      'rtmp-port': { type: 'string', default: '1935' },
      'rtmps-port': { type: 'string', default: '1936' },
      data: { type: 'string', default: '.headwater' },
      'foreign-hosts': { type: 'string', default: '' },
      'no-test-card': { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** A port from which `count` ports follow each other; 0 asks for free ones. */
function readPort(option: string, text: string, count: number): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port + count - 1 <= 65_535) return port;
  throw new StartError(
    'bad_option',
    `${option} ${text} is not a port.`,
    'Give a number from 1024 to 65535, or 0 for any.',
  );
}

async function main(): Promise<void> {
  const startedMs = Date.now();
  if (Number(process.versions.node.split('.')[0]) < nodeMajor) {
    throw new StartError(
      'node_too_old',
      `This is Node ${process.version}; Headwater runs on Node ${nodeMajor}.`,
      'Use "npm start".',
    );
  }
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    print(readFileSync(new URL('./help/start.txt', import.meta.url), 'utf8').trimEnd());
    return;
  }
  // Whoever reads the output may leave before the stack does.
  process.stdout.on('error', () => {});
  const cancel = new AbortController();
  let stack: Stack | null = null;
  onStopSignals(() => {
    print('', paint('dim', 'Stopping …'));
    cancel.abort();
    void stack?.stop().then(leave, leave);
  });
  // "headwater webhook listen" is told what happens here.
  const vars = { FOREIGN_HOSTS: options.foreignHosts, WEBHOOK_HOSTS: `127.0.0.1:${cliLimits.listenPort}` };
  try {
    stack = await startStack({ ...options, vars, log: logLines(options.quiet), signal: cancel.signal });
  } catch (cause) {
    if (!cancel.signal.aborted) throw cause;
    return leave();
  }
  if (cancel.signal.aborted) return void stack.stop().then(leave, leave);
  printAddresses(stack, options, Date.now() - startedMs);
}

/** Calls `stop` at the first signal or when the parent is gone; a second signal ends the process at once. */
function onStopSignals(stop: () => void): void {
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(130);
    asked = true;
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  process.on('disconnect', () => !asked && onSignal());
}

function leave(): void {
  process.exit(process.exitCode ?? 0);
}

function logLines(quiet: boolean): (record: StackRecord) => void {
  return (record) => {
    const line = eventLine(record);
    if (!line || (quiet && line.tone !== 'bad')) return;
    const lead = line.tone === 'step' ? '' : `${new Date().toLocaleTimeString('en-GB')}  `;
    print(`${paint('dim', lead)}${paint(styles[line.tone], line.text)}`);
  };
}

function printAddresses({ run, pops }: Stack, options: StartOptions, durationMs: number): void {
  const row = (label: string, value: string) => `  ${paint('dim', label.padEnd(12))}${value}`;
  const watch = pops.map((pop, index) => {
    const label = index === 0 ? 'Watch' : '';
    return row(label, `${paint('bold', pop.url + run.watch)}  ${paint('dim', `${pop.name}, ${pop.city}`)}`);
  });
  print(
    '',
    `${paint('bold', 'Headwater')} ${paint('dim', `is up after ${seconds(durationMs)}`)}`,
    '',
    ...watch,
    row('Home', `${pops[0]?.url}/`),
    row('Studio', `${pops[0]?.url}/studio  ${paint('dim', 'sign in with the API token')}`),
    row('HLS', `${pops[0]?.url}${run.hls}`),
    row('DASH', `${pops[0]?.url}${run.dash}`),
    '',
    row('OBS server', run.rtmp),
    row('With TLS', `${run.rtmps}  ${paint('dim', 'self-signed')}`),
    row('Stream key', run.streamKey),
    '',
    row('API', run.api),
    row('API token', run.apiToken),
    row('Data', `${options.dataDir}  ${paint('dim', `log: ${join(options.dataDir, 'origin/log.jsonl')}`)}`),
    '',
    paint('dim', `${options.testCard ? 'The test card is being published. ' : ''}Ctrl-C stops everything.`),
    '',
  );
}

main().catch((error: unknown) => {
  if (error instanceof StartError) printFailure(error);
  else console.error(error);
  process.exitCode = 1;
  leave();
});
