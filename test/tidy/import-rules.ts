import { forbiddenPairs, importTable, type Place } from './import-table.ts';
import { type Import, importsOf, isOurs, packageOf } from './imports.ts';
import { codeOf, type RepositoryFile } from './repository.ts';

const code = /^(?:shared|origin|workers|web|conformance|cli|test|scripts|bench)\//;

/** Imports that the table forbids, and files that it does not know, as sentences. */
export function forbiddenImports(files: readonly RepositoryFile[], table: readonly Place[] = importTable): string[] {
  return codeOf(files)
    .filter(({ path }) => code.test(path))
    .flatMap((file) => {
      const place = table.find(({ files: covered }) => covered.test(file.path));
      if (!place) return [`${file.path} stands in no place of the import table`];
      return importsOf(file)
        .filter((entry) => !isAllowed(entry, place))
        .map(({ from, to }) => `${from} must not import ${to}`);
    });
}

function isAllowed({ from, to }: Import, place: Place): boolean {
  if (forbiddenPairs.some((pair) => pair.from.test(from) && pair.to.test(to))) return false;
  if (!isOurs(to)) return place.packages.some((pattern) => pattern.test(to));
  if (place.files.test(to)) return true;
  return place.mayImport.some((pattern) => pattern.test(to));
}

/** Packages that package.json lists for running, imported somewhere else than behind their one door. */
export function doorBreaks(files: readonly RepositoryFile[], doors: Readonly<Record<string, RegExp>>): string[] {
  return codeOf(files)
    .flatMap(importsOf)
    .filter(({ from, to }) => {
      const door = isOurs(to) ? undefined : doors[packageOf(to)];
      return door !== undefined && !door.test(from);
    })
    .map(({ from, to }) => `${from} imports ${to} past its one door`);
}

/** Circles of imports that remain when types are gone, each as `a → b → a`. */
export function importCycles(files: readonly RepositoryFile[]): string[] {
  const edges = new Map(
    codeOf(files).map((file) => [
      file.path,
      importsOf(file)
        .filter((entry) => !entry.typeOnly)
        .map(({ to }) => to),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

/** For each shared file: which of origin, workers, web and the CLI reach it, directly or through other shared files. */
export function sharedUsers(files: readonly RepositoryFile[]): Map<string, Set<string>> {
  const sources = codeOf(files);
  const importers = new Map<string, string[]>();
  for (const { from, to } of sources.flatMap(importsOf)) importers.set(to, [...(importers.get(to) ?? []), from]);
  const sharedFiles = sources.map(({ path }) => path).filter((path) => path.startsWith('shared/'));
  return new Map(sharedFiles.map((path) => [path, usersOf(path, importers, new Set())]));
}

function usersOf(path: string, importers: ReadonlyMap<string, readonly string[]>, seen: Set<string>): Set<string> {
  const users = new Set<string>();
  if (seen.has(path)) return users;
  seen.add(path);
  for (const importer of importers.get(path) ?? []) {
    const side = /^(origin|workers|web|cli)\//.exec(importer)?.[1];
    if (side) users.add(side);
    if (importer.startsWith('shared/')) for (const user of usersOf(importer, importers, seen)) users.add(user);
  }
  return users;
}
