import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from './local/build.ts';
import { paths } from './local/paths.ts';
import { print } from './local/terminal.ts';

const names = globSync('bench/*.ts', { cwd: paths.root }).map((file) => basename(file, '.ts'));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  print('Measurements of bench/:', ...names.map((known) => `  npm run bench -- ${known}`));
  process.exitCode = name === undefined ? 0 : 2;
} else {
  await build();
  const child = spawn(process.execPath, [join(paths.root, 'bench', `${name}.ts`), ...args], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
