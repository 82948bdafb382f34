import { resolve } from 'node:path';
import type { Command } from 'commander';
import { act, leaf } from '../act.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { runScript } from '../run-script.ts';
import type { Shell } from '../shell.ts';

interface DeployOptions {
  readonly dryRun?: boolean;
  readonly newSecrets?: boolean;
  readonly secretsFile?: string;
  readonly setup: boolean;
}

const before = `
Needed before: npx wrangler login, or CLOUDFLARE_API_TOKEN in the environment.`;

/** `headwater deploy`: `npm run deploy` of the clone. */
export function addDeploy(program: Command, shell: Shell): void {
  const examples = ['deploy --dry-run', 'deploy --new-secrets', 'deploy'];
  leaf(program, 'deploy', 'build pages and Worker and put them on Cloudflare', ...examples)
    .option('--dry-run', 'build everything and print the sizes; needs no network and no account')
    .option('--new-secrets', 'make the secrets that the Worker lacks and set them with this deployment')
    .option('--secrets-file <file>', 'where they are kept, readable by you only: .secrets.env of the clone')
    .option('--no-setup', 'install nothing')
    .addHelpText('after', before)
    .action(act(shell, deploy));
}

/** The arguments of `npm run deploy` for these options; a path is taken from where the user stands. */
function deployArguments({ dryRun, newSecrets, secretsFile, setup }: DeployOptions, cwd: string): readonly string[] {
  return [
    ...(dryRun ? ['--dry-run'] : []),
    ...(newSecrets ? ['--new-secrets'] : []),
    ...(secretsFile === undefined ? [] : ['--secrets-file', resolve(cwd, secretsFile)]),
    ...(setup ? [] : ['--no-setup']),
  ];
}

async function deploy(desk: Desk, options: DeployOptions): Promise<void> {
  const { root, cwd } = desk.shell;
  const { dryRun = false } = options;
  const script = runScript(root, 'deploy', deployArguments(options, cwd), desk.json);
  const code = await script.ended;
  const failure = script.failure();
  if (failure) throw new CliError(failure.code, failure.message, failure.hint, { isTold: true });
  if (code !== 0)
    throw new CliError('deploy_failed', `The deployment ended with code ${code}.`, 'Its own words stand above.');
  // The script has told people already.
  desk.answer({ deployed: !dryRun, dryRun }, () => '');
}
