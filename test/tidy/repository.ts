import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A text file of the repository; the path is relative to its root, with slashes. */
export interface RepositoryFile {
  readonly path: string;
  readonly text: string;
}

export const root = join(import.meta.dirname, '../..');

const madeFolders = new Set(['node_modules', 'dist', '.git', '.headwater', '.cache', '.wrangler']);
const textFiles = /(?:\.(?:ts|mjs|js|json|jsonc|toml|md|html|css|svg|sql|txt|yml)|\/run|\.gitignore|Dockerfile)$/;

/** All text files that people wrote: sources, tests, configuration, documents. */
export function readRepository(): RepositoryFile[] {
  const options = { cwd: root, exclude: (name: string) => madeFolders.has(name) };
  const paths = [...globSync('**/*', options), ...globSync('.ci/*', options)];
  return paths
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => textFiles.test(path) && path !== 'package-lock.json' && statSync(join(root, path)).isFile())
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Those that are code. */
export function codeOf(files: readonly RepositoryFile[]): RepositoryFile[] {
  return files.filter(({ path }) => /\.(?:ts|mjs|js)$/.test(path));
}
