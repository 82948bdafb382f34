import type { Command } from 'commander';
import { act, leaf } from '../act.ts';
import { CliError } from '../cli-error.ts';
import type { Desk } from '../desk.ts';
import { runScript } from '../run-script.ts';
import type { Shell } from '../shell.ts';

interface DeployOptions {
  readonly dryRun?: boolean;
  readonly setup: boolean;
}

/** `headwater deploy`: `npm run deploy` of the clone. */
export function addDeploy(program: Command, shell: Shell): void {
  leaf(program, 'deploy', 'build pages and Worker and put them on Cloudflare', 'deploy --dry-run', 'deploy')
    .option('--dry-run', 'build everything and print the sizes; sends nothing')
    .option('--no-setup', 'install nothing')
    .action(act(shell, deploy));
}

async function deploy(desk: Desk, { dryRun = false, setup }: DeployOptions): Promise<void> {
  const args = [...(dryRun ? ['--dry-run'] : []), ...(setup ? [] : ['--no-setup'])];
  const code = await runScript(desk.shell.root, 'deploy', args, desk.json).ended;
  if (code !== 0)
    throw new CliError('deploy_failed', `The deployment ended with code ${code}.`, 'Its own words stand above.');
  // The script has told people already.
  desk.answer({ deployed: !dryRun, dryRun }, () => '');
}
