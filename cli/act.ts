import type { Command } from 'commander';
import { type Desk, type GlobalOptions, openDesk } from './desk.ts';
import type { Shell } from './shell.ts';

/** An action for commander: `work` gets a desk, then the arguments of the command, then its own options. */
export function act<A extends readonly unknown[]>(
  shell: Shell,
  work: (desk: Desk, ...given: A) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return (...given) => {
    const command = given.at(-1) as Command;
    const desk = openDesk(shell, command.optsWithGlobals<GlobalOptions>());
    return work(desk, ...(given.slice(0, -1) as unknown as A));
  };
}

/** A command below another, with examples under its help. */
export function leaf(parent: Command, usage: string, description: string, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ headwater ${example}`);
  const text = `\nExamples:\n${lines.join('\n')}`;
  return parent.command(usage).description(description).addHelpText('after', text);
}

/** A command that only holds others. */
export function group(parent: Command, name: string, description: string, ...examples: readonly string[]): Command {
  return leaf(parent, name, description, ...examples);
}
