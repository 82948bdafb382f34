import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../cli/program.ts';
import type { Shell } from '../../cli/shell.ts';
import { cli, tempFolder } from '../support/cli-run.ts';

const shell = { env: {}, out: () => {}, err: () => {} } as unknown as Shell;

function all(command: Command): Command[] {
  return [command, ...command.commands.filter((child) => child.name() !== 'help').flatMap(all)];
}

const pathOf = (command: Command): string[] => (command.parent ? [...pathOf(command.parent), command.name()] : []);
const commands = all(buildProgram(shell, false)).map((command) => ({ command, path: pathOf(command) }));

/** Splits as a shell does, as far as the examples need it. */
const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

it.each(commands)('headwater $path has a description and examples', async ({ command, path }) => {
  const { code, out, err } = await cli([...path, '--help']);
  expect([code, err]).toEqual([0, '']);
  expect(command.description()).not.toBe('');
  expect(out).toMatch(/\nExamples:\n {2}\$ headwater /);
  for (const option of ['--json', '--url <url>', '--token-file <path>', '--help']) expect(out).toContain(option);
});

it('every example can be parsed', async () => {
  const helps = await Promise.all(commands.map(({ path }) => cli([...path, '--help'])));
  const lines = new Set(
    helps.flatMap(({ out }) => [...out.matchAll(/^ {2}\$ headwater (.*)$/gm)].map(([, line = '']) => line)),
  );
  // These do something without an API.
  const local = /^(?:doctor|init|up|deploy|replay import)\b/;
  const examples = [...lines].filter((line) => !local.test(line));
  expect(examples.length).toBeGreaterThan(35);
  const { path: cwd, remove } = tempFolder();
  writeFileSync(join(cwd, 'public.json'), '{}');
  for (const line of examples) {
    const asks = /^(?:\w+-?\w* (?:delete|kill)|revoke) /.test(line) && !line.includes('--yes');
    const { err } = await cli([...words(line), ...(asks ? ['--yes'] : [])], { cwd });
    expect(err, line).toContain('no_address');
  }
  remove();
});

it.each([
  [['dance'], "unknown command 'dance'"],
  [['channel', 'lst'], 'Did you mean list?'],
  [['channel', 'create', '--titel', 'x'], 'Did you mean --title?'],
  [['channel', 'create', '--title', 'x', '--latency', 'fast'], 'Allowed choices are low, standard'],
  [['channel', 'show'], "missing required argument 'channel'"],
  [['channel', 'change', 'news'], 'Nothing to change'],
  [['channel', 'change', 'news', '--disable', '--enable'], 'cannot be used with'],
  [['channel', 'list', '--limit', '0'], 'not a whole number'],
  [['clip', 'create', '--channel', 'a', '--broadcast', 'b', '--last', '3s'], 'cannot be used with'],
  [['revoke', 'country', 'x'], 'Allowed choices are session'],
  [['replay', 'keep', 'news'], 'How long is missing'],
])('%o is used wrongly', async (args, text) => {
  const { code, out, err } = await cli([...args]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(text);
  const json = await cli([...args, '--json']);
  expect([json.code, JSON.parse(json.err).error.code]).toEqual([2, 'usage']);
});

it.each(commands.filter(({ command }) => command.commands.length > 0))(
  'what headwater $path lists after a colon are its commands',
  ({ command }) => {
    const [, list] = /: ([a-z, -]+)$/.exec(command.description()) ?? [];
    const own = command.commands.map((child) => child.name());
    expect((list ?? '').split(', ').filter((word) => word !== '' && !own.includes(word))).toEqual([]);
  },
);

it('says of a drained origin what the documents say', async () => {
  const { out } = await cli(['origin', 'drain', '--help']);
  expect(out.replace(/\s+/g, ' ')).toContain('present ones move to where a backup waits, or stay until they end');
});

it.each([
  ['deploy', 'deploy'],
  ['up', 'start'],
])('%s has the options of npm run %s', (name, script) => {
  const help = readFileSync(join(import.meta.dirname, `../../scripts/help/${script}.txt`), 'utf8');
  const ofScript = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option);
  const command = commands.find(({ path }) => path.join(' ') === name)?.command;
  const own = command?.options.map(({ long }) => long);
  expect(own?.length).toBeGreaterThan(3);
  expect(own?.sort()).toEqual(ofScript.filter((option) => option !== '--help').sort());
});

it('without a command shows the help on stderr', async () => {
  const { code, out, err } = await cli([]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('Usage: headwater');
  expect(err).toContain('A command is missing.');
});
