import { posix } from 'node:path';
import type { RepositoryFile } from './repository.ts';

/** One import or re-export. */
export interface Import {
  readonly from: string;
  /** Path in the repository, or the specifier of a package: `shared/limits/edge.ts`, `node:fs`, `hono`. */
  readonly to: string;
  /** Vanishes when types are stripped: `import type`. */
  readonly typeOnly: boolean;
}

const statement = /(?:^|\n|;)[ \t]*(?:import|export)\b([^'";=]*?\bfrom)?\s*(['"])([^'"\n]+)\2/g;
const dynamic = /\bimport\(\s*(['"])([^'"\n]+)\1\s*\)/g;

/** Reads the imports of a file: static, dynamic and re-exports. */
export function importsOf({ path, text }: RepositoryFile): Import[] {
  const code = text.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replace(/^[ \t]*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [, clause = '', , specifier = ''] of code.matchAll(statement)) {
    found.push({ from: path, to: resolve(path, specifier), typeOnly: /^\s*type\b(?!\s+from)/.test(clause) });
  }
  for (const [, , specifier = ''] of code.matchAll(dynamic)) {
    found.push({ from: path, to: resolve(path, specifier), typeOnly: false });
  }
  return found;
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('#shared/')) return `shared/${specifier.slice('#shared/'.length)}`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}

/** Whether an import's target is a file of ours rather than a package. */
export function isOurs(target: string): boolean {
  return /^(?:shared|origin|workers|web|conformance|cli|test|scripts|bench)\//.test(target);
}

/** `@scope/name` or `name` of a specifier; `node:` and `cloudflare:` modules stay whole. */
export function packageOf(specifier: string): string {
  if (/^(?:node|cloudflare):/.test(specifier)) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
