import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { type Command, Option } from 'commander';
import { act, leaf } from '../act.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { type Answers, checkAnswers, edges, type S3Answers, storages, urlFault, usualHost } from '../init/answers.ts';
import { type Asked, askAnswers, askJoinToken, askOverwrite, type KnownAnswers } from '../init/ask.ts';
import { type ControlPlane, findControl } from '../init/control.ts';
import { envFileText, originVariables, type Trust } from '../init/env-file.ts';
import { type Ports, portsBeside, portTextFault, usualPorts } from '../init/ports.ts';
import { outcomeText } from '../init/words.ts';
import { localStack, localWireKeys } from '../local-stack.ts';
import { isLoopback } from '../loopback.ts';
import type { Shell } from '../shell.ts';

const secretBytes = 32;
const usualFile = '.env';

interface InitOptions {
  readonly originId?: string;
  readonly edge?: Answers['edge'];
  readonly controlUrl?: string;
  readonly publicUrl?: string;
  readonly rtmpPort?: number;
  readonly httpPort?: number;
  readonly ingestHost?: string;
  readonly region?: string;
  readonly storage?: Answers['storage'];
  readonly s3Bucket?: string;
  readonly s3Region?: string;
  readonly s3Endpoint?: string;
  readonly s3PathStyle?: boolean;
  readonly file: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** `headwater init` */
export function addInit(program: Command, shell: Shell): void {
  const examples = [
    'init',
    'init --yes --edge none --origin-id desk-1 --file desk-1.env',
    'init --yes --edge cloudflare --control-url https://live.example.com --public-url https://origin-1.example.com --storage r2',
  ];
  leaf(program, 'init', 'write the settings of an origin (.env, mode 0600); asks for what is not given', ...examples)
    .option('--origin-id <name>', 'name of this origin, unique in the deployment (origin-1)')
    .addOption(new Option('--edge <where>', 'where the PoPs run').choices(edges))
    .option('--control-url <url>', 'base URL of any PoP (env: HEADWATER_CONTROL_URL; else the stack that runs here)')
    .option('--public-url <url>', "base URL at which PoPs reach this origin's HTTP port")
    .option(
      '--rtmp-port <port>',
      'port for encoders (1935; beside a stack that runs here, the next free one)',
      parsePort,
    )
    .option('--http-port <port>', 'port for PoPs (8080; likewise)', parsePort)
    .option('--ingest-host <host>', 'host that encoders reach it at; without it no list of ingests names it')
    .option('--region <words>', 'where it stands, for the list of origins')
    .addOption(new Option('--storage <where>', 'where replays stay').choices(storages))
    .option('--s3-bucket <name>', 'its keys: env HEADWATER_S3_ACCESS_KEY_ID, HEADWATER_S3_SECRET_ACCESS_KEY')
    .option('--s3-region <region>', 'region of the bucket (auto)')
    .option('--s3-endpoint <url>', 'endpoint of the bucket, where it is not of AWS')
    .option('--s3-path-style', "the bucket's name is in the path (MinIO and others)")
    .option('--file <path>', 'where to write', usualFile)
    .option('--force', 'write over what is there')
    .option('-y, --yes', 'ask nothing: what is not given is as usual')
    .action(act(shell, init));
}

async function init(desk: Desk, options: InitOptions): Promise<void> {
  const { shell, json } = desk;
  const asks = !options.yes && !json && shell.inputIsTerminal && shell.outIsTerminal;
  if (!asks && !options.yes)
    throw usageError('Nobody can be asked here.', 'Add --yes, and give what is not as usual by options.');
  const path = isAbsolute(options.file) ? options.file : join(shell.cwd, options.file);
  if (existsSync(path) && !options.force && !(asks && (await askOverwrite(path)))) {
    throw new CliError(
      'file_exists',
      `${basename(path)} is there already.`,
      'Name another one with --file, or add --force.',
    );
  }
  const known = knownAnswers(options, shell);
  const controlFor = (edge: Answers['edge']) => findControl(shell, options, edge);
  const stack = localStack(shell);
  const beside = stack && (await portsBeside(stack));
  const asked = asks
    ? await askAnswers(known, (edge) => controlFor(edge)?.url, beside)
    : usualAnswers(known, (edge) => controlFor(edge)?.url, beside);
  // A stack has an origin too, and each needs a folder of its own.
  const answers = { ...asked, dataDir: stack || asked.edge === 'none' ? `.headwater/${asked.originId}` : null };
  checkAnswers(answers);
  const trust = findTrust(shell, answers) ?? { variable: 'HEADWATER_JOIN_TOKEN', value: await joinToken(asks) };
  const variables = originVariables(answers, trust);
  writePrivate(path, envFileText(variables));
  const names = variables.map(([name]) => name);
  const control: ControlPlane = controlFor(answers.edge) ?? { url: answers.controlUrl, from: 'as you said' };
  const result = {
    ...{ file: path, variables: names, controlUrl: control.url, controlFrom: control.from },
    ...{ rtmpPort: answers.rtmpPort ?? usualPorts.rtmp, httpPort: answers.httpPort ?? usualPorts.http },
    ...(trust.from !== undefined && { wireKeysFrom: trust.from }),
  };
  const chosen = asks || !beside ? {} : chosenPorts(beside, options);
  const outcome = {
    file: options.file,
    again: againWith(options),
    answers,
    control,
    trust,
    chosen,
    node: nodeIn(shell),
  };
  desk.answer(result, () => outcomeText(outcome));
}

/** The command line that writes over the file what it would write by then. */
function againWith(options: InitOptions): string {
  const words = Object.entries({ ...options, force: true }).flatMap(([name, value]) => {
    if (value === undefined || (name === 'file' && value === usualFile)) return [];
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [option];
    return [option, /^[\w@%+=:,./-]+$/.test(String(value)) ? String(value) : `'${value}'`];
  });
  return ['npx headwater init', ...words].join(' ');
}

/** Those that nobody gave. */
function chosenPorts({ rtmp, http }: Ports, { rtmpPort, httpPort }: InitOptions): Partial<Ports> {
  return { ...(rtmpPort === undefined && { rtmp }), ...(httpPort === undefined && { http }) };
}

/** The Node of the clone; where the packages for production alone are there, that of the machine. */
function nodeIn({ root }: Shell): string {
  const pinned = 'node_modules/.bin/node';
  return existsSync(join(root, pinned)) ? pinned : 'node';
}

function parsePort(text: string): number {
  const fault = portTextFault(text);
  if (fault) throw usageError(`"${text}" is no port.`, fault);
  return Number(text);
}

function knownAnswers(options: InitOptions, { env }: Shell): KnownAnswers {
  const { originId, edge, publicUrl, rtmpPort, httpPort, ingestHost, region, storage } = options;
  const { s3Bucket, s3Region, s3Endpoint, s3PathStyle } = options;
  const s3 = {
    bucket: s3Bucket,
    region: s3Region,
    endpoint: s3Endpoint,
    pathStyle: s3PathStyle,
    accessKeyId: env.HEADWATER_S3_ACCESS_KEY_ID,
    secretAccessKey: env.HEADWATER_S3_SECRET_ACCESS_KEY,
  };
  const rest = { originId, edge, publicUrl, rtmpPort, httpPort, ingestHost, region, storage };
  return { ...given(rest), s3: given(s3) };
}

/** Without what is undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function usualAnswers(
  { s3, ...known }: KnownAnswers,
  controlUrlFor: (edge: Answers['edge']) => string | undefined,
  beside: Ports | null,
): Asked {
  const edge = known.edge ?? 'none';
  const storage = known.storage ?? 'r2';
  const controlUrl = controlUrlFor(edge);
  if (controlUrl === undefined) {
    throw usageError('The address of the Worker is missing.', 'Add --control-url <url>, or set HEADWATER_CONTROL_URL.');
  }
  if (known.edge === undefined && urlFault(controlUrl) === undefined && !isLoopback(controlUrl)) {
    const hint = 'Add --edge cloudflare for a Worker, or --edge none for PoPs that share wire keys with this machine.';
    throw usageError(`${controlUrl} is not on this machine, and where the PoPs run was not said.`, hint);
  }
  return {
    originId: known.originId ?? 'origin-1',
    edge,
    controlUrl,
    publicUrl: known.publicUrl ?? null,
    rtmpPort: known.rtmpPort ?? unusual(beside?.rtmp, usualPorts.rtmp),
    httpPort: known.httpPort ?? unusual(beside?.http, usualPorts.http),
    ingestHost: known.ingestHost ?? usualHost(edge, controlUrl),
    region: known.region ?? null,
    storage,
    s3: storage === 's3' ? wholeS3(s3) : null,
  };
}

/** What has to be written down. */
function unusual(port: number | undefined, usual: number): number | null {
  return port === undefined || port === usual ? null : port;
}

function wholeS3({ bucket, region = 'auto', endpoint, pathStyle = false, ...keys }: Partial<S3Answers>): S3Answers {
  const { accessKeyId, secretAccessKey } = keys;
  if (bucket === undefined) throw usageError('The bucket is missing.', 'Add --s3-bucket <name>.');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const hint =
      'Set HEADWATER_S3_ACCESS_KEY_ID and HEADWATER_S3_SECRET_ACCESS_KEY: keys do not belong into a command line.';
    throw usageError("The bucket's keys are missing.", hint);
  }
  return { bucket, region, endpoint: endpoint ?? null, pathStyle, accessKeyId, secretAccessKey };
}

/**
 * What the deployment knows this origin by, where that is there already. New wire keys are for PoPs that are yet to start on
 * this machine: a Worker has its own, which nobody can read back, and others in their place would shut out all its origins.
 */
function findTrust(shell: Shell, { edge }: Answers): Trust | null {
  const { env, cwd, root } = shell;
  const wireKeys = (value: string): Trust => ({ variable: 'HEADWATER_WIRE_KEYS', value });
  if (env.HEADWATER_WIRE_KEYS) return wireKeys(env.HEADWATER_WIRE_KEYS);
  if (env.HEADWATER_JOIN_TOKEN) return { variable: 'HEADWATER_JOIN_TOKEN', value: env.HEADWATER_JOIN_TOKEN };
  if (edge === 'cloudflare') return null;
  const stack = localStack(shell);
  const folders = [cwd, root].map((folder) => join(folder, '.headwater'));
  // What runs goes before what ran once.
  for (const folder of [...(stack ? [stack.dataDir] : []), ...folders]) {
    const found = localWireKeys(folder);
    const from = folder === stack?.dataDir ? 'the stack that runs here' : 'the stack that ran here';
    if (found !== null) return { ...wireKeys(found), from };
  }
  return { ...wireKeys(`k1:${randomBytes(secretBytes).toString('hex')}`), isNew: true };
}

async function joinToken(asks: boolean): Promise<string> {
  if (asks) return askJoinToken();
  const hint =
    'Make one (headwater origin join-token) and set HEADWATER_JOIN_TOKEN: it does not belong into a command line.';
  throw usageError('The join token is missing.', hint);
}

/** Whole or not at all, and never readable by others: not even between two system calls. */
function writePrivate(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, path);
}
