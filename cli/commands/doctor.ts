import type { Command } from 'commander';
import { act, leaf } from '../act.ts';
import type { Address } from '../address.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { checkBucket } from '../doctor/bucket.ts';
import { checkApi, checkClock, checkEdge, checkOrigins, checkTransport, guarded } from '../doctor/edge.ts';
import { checkFfmpeg } from '../doctor/ffmpeg.ts';
import { checkDisk, checkNode } from '../doctor/machine.ts';
import { checkPorts } from '../doctor/ports.ts';
import { reportText } from '../doctor/report.ts';
import { checkOwnBucket } from '../doctor/s3.ts';
import { controlUrlOf, type OriginSettings, originSettings, readEnvFile, readVariables } from '../doctor/settings.ts';
import { checkToken } from '../doctor/token.ts';
import { failed, skipped, type Verdict } from '../doctor/verdict.ts';
import { type LocalStack, localStack } from '../local-stack.ts';
import { startProgress } from '../output/progress.ts';
import type { Shell } from '../shell.ts';

const needToken = ['api', 'origins', 'token'];

interface DoctorOptions {
  readonly envFile: string;
  readonly config?: string;
}

/** `headwater doctor` */
export function addDoctor(program: Command, shell: Shell): void {
  leaf(program, 'doctor', 'check this machine and the deployment, and say what to do', 'doctor', 'doctor --json')
    .option('--env-file <file>', "the origin's settings, as init writes them", '.env')
    .option('--config <file>', "the origin's configuration file, where it has one")
    .action(act(shell, doctor));
}

async function doctor(given: Desk, { envFile, config }: DoctorOptions): Promise<void> {
  const { shell } = given;
  const stack = localStack(shell);
  const fileNames = Object.keys(readEnvFile(shell, envFile));
  const variables = readVariables(shell, envFile);
  const controlUrl = await controlUrlOf(variables, { cwd: shell.cwd, config });
  // The environment wins over both files.
  const isFromFile = !shell.env.HEADWATER_CONTROL_URL;
  const desk = controlUrl === null ? given : given.orAt(controlUrl, isFromFile);
  const address = addressOr(desk);
  const stackDir = address instanceof CliError ? null : (address.local?.dataDir ?? null);
  const settings = await originSettings(variables, { cwd: shell.cwd, stackDir, config, fileNames });
  const progress = startProgress(shell, desk.json);
  const verdicts: Verdict[] = [];
  for (const step of [
    () => checkMachine(settings, stack),
    () => {
      progress.show('checking s3 …');
      return checkOwnBucket(variables, settings.bucket);
    },
    () => checkDeployment(desk, address, settings, (check) => progress.show(`checking ${check} …`)),
  ]) {
    verdicts.push(...(await step()));
  }
  progress.end();
  const bad = verdicts.filter(({ status }) => status === 'failed').length;
  desk.answer({ ok: bad === 0, checks: verdicts }, () => reportText(verdicts, desk.paint));
  if (bad === 0) return;
  throw new CliError('doctor_failed', `${bad} of ${verdicts.length} checks failed.`, 'Each says above what to do.');
}

function addressOr(desk: Desk): Address | CliError {
  try {
    return desk.address();
  } catch (error) {
    // How it was asked is wrong, and not what is looked at.
    if (error instanceof CliError && error.exitCode === 1) return error;
    throw error;
  }
}

async function checkMachine(settings: OriginSettings, stack: LocalStack | null): Promise<readonly Verdict[]> {
  return [
    ...(settings.verdict ? [settings.verdict] : []),
    checkNode(process.version),
    ...(await checkFfmpeg(settings.ffmpegPath)),
    await guarded('ports', () => checkPorts(settings, stack)),
    await guarded('disk', () => checkDisk(settings.dataDir)),
  ];
}

async function checkDeployment(
  desk: Desk,
  address: Address | CliError,
  settings: OriginSettings,
  begin: (check: string) => void,
): Promise<readonly Verdict[]> {
  const rest = ['transport', 'clock', 'api', 'origins', 'bucket', 'token'];
  if (address instanceof CliError) {
    return [failed('edge', address.message, address.hint), ...rest.map((check) => skipped(check, 'needs the edge'))];
  }
  begin('edge');
  const edge = await guarded('edge', () => checkEdge(address));
  if (edge.status === 'failed') {
    return [edge, ...rest.map((check) => skipped(check, 'needs the edge'))];
  }
  const checks: readonly (readonly [string, () => Promise<Verdict>])[] = [
    ['clock', () => checkClock(address)],
    ['api', () => checkApi(desk.api())],
    ['origins', () => checkOrigins(desk.api())],
    ['bucket', () => checkBucket(address.url, settings)],
    ['token', () => checkToken(desk.api())],
  ];
  const verdicts = [edge, checkTransport(address)];
  for (const [name, check] of checks) {
    begin(name);
    const isHeldBack = address.isTokenHeldBack && needToken.includes(name);
    verdicts.push(isHeldBack ? skipped(name, 'add --url to use your token there') : await guarded(name, check));
  }
  return verdicts;
}
