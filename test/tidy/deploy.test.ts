import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { settings } from '../../origin/config/settings.ts';
import { importsOf } from './imports.ts';
import { readRepository } from './repository.ts';

const files = readRepository();
const read = (path: string) => readFileSync(path, 'utf8');

it('an image of the origin holds all that the origin imports', () => {
  const copied = [...read('deploy/origin.Dockerfile').matchAll(/^COPY (\w+) \.\//gm)].map(([, folder]) => `${folder}/`);
  const { dependencies } = JSON.parse(read('package.json')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const needed = files
    .filter(({ path }) => path.endsWith('.ts') && copied.some((folder) => path.startsWith(folder)))
    .flatMap((file) => importsOf(file).filter(({ typeOnly }) => !typeOnly));
  const missing = needed
    .map(({ to }) => to)
    .filter((to) => {
      if (to.startsWith('node:') || copied.some((folder) => to.startsWith(folder))) return false;
      return !Object.keys(dependencies).some((name) => to === name || to.startsWith(`${name}/`));
    });
  expect(copied).toEqual(['shared/', 'origin/']);
  expect(missing).toEqual([]);
});

it('files for a deployment set only what the origin reads', () => {
  const known = new Set(settings.map(({ variable }) => variable));
  const paths = readdirSync('deploy', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const named = paths.flatMap((path) => [...read(path).matchAll(/\bHEADWATER_[A-Z0-9_]+\b/g)].map(([name]) => name));
  expect(named.length).toBeGreaterThan(5);
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
});
