import { command } from './command.ts';

const isTerminal = process.stdout.isTTY === true;

process.exitCode = await command(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal,
  colour: isTerminal && !process.env.NO_COLOR,
});
