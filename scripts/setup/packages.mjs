import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runStep, SetupError, say } from './console.mjs';
import { findProgram } from './tools.mjs';

/** It runs TypeScript as it is. */
const nodeMajorMin = 24;

/** Whether node_modules was brought to the state of the lockfile before, on this platform. */
export function packagesReady(root) {
  return readOr(stampPath(root), '') === stampOf(root) && canRun(pinnedNode(root));
}

/** Whether the CLI can run: a Node for it is there and every package for production, whatever else is missing. */
export function cliReady(root) {
  if (packagesReady(root)) return true;
  return nodeFor(root) !== null && differences(root, (entry) => !entry.dev).length === 0;
}

/** Path of the Node that everything after set-up runs on. */
export function pinnedNode(root) {
  return join(root, 'node_modules', '.bin', 'node');
}

/** The pinned Node, else the one that runs this, else that on PATH, where they are new enough; null where none is. */
function nodeFor(root) {
  const pinned = pinnedNode(root);
  if (canRun(pinned)) return pinned;
  if (isNewEnough(process.version)) return process.execPath;
  const found = findProgram('node');
  return found && isNewEnough(versionOf(found)) ? found : null;
}

/** The same; throws a SetupError where none is. */
export function neededNode(root) {
  const found = nodeFor(root);
  if (found) return found;
  const hint = 'Put it first on the PATH, run "npm run setup", or leave set-up switched on.';
  throw new SetupError(`Node ${nodeMajorMin} is not there.`, hint);
}

function isNewEnough(version) {
  return Number(/^v(\d+)\./.exec(version ?? '')?.[1]) >= nodeMajorMin;
}

/** Brings node_modules to exactly what package-lock.json says, and checks that it is there. */
export async function ensurePackages(root) {
  if (packagesReady(root)) return;
  if (differences(root).length > 0) await install(root);
  await ensurePinnedNode(root);
  const wrong = differences(root);
  if (wrong.length > 0) {
    throw new SetupError(
      `node_modules is not what package-lock.json says: ${wrong.slice(0, 5).join(', ')}`,
      'Remove node_modules and run this again.',
    );
  }
  writeFileSync(stampPath(root), stampOf(root));
}

async function install(root) {
  const lock = join(root, 'package-lock.json');
  const before = readFileSync(lock, 'utf8');
  say.step('installing the npm packages of package-lock.json (about a minute the first time)');
  const npm = findNpm(root);
  // `npm ci` fails where a registry lacks other platforms' optional binaries; `--no-save` keeps the lockfile as it is.
  const args = [...npm.args, 'install', '--no-save', '--no-audit', '--no-fund', '--include=dev', '--loglevel=http'];
  await runStep(npm.command, args, {
    cwd: root,
    env: npm.env,
    what: 'npm install',
    progress: (count) => `${count} answers from the npm registry`,
    hint: 'Check that the npm registry can be reached (npm ping), then run this again.',
  });
  if (readFileSync(lock, 'utf8') === before) return;
  writeFileSync(lock, before);
  throw new SetupError('npm wanted other versions than package-lock.json has; the file was put back.', npmMismatchHint);
}

const npmMismatchHint =
  'package.json and package-lock.json disagree: run `npm install` by hand and look at the change.';

/** npm that refuses install scripts leaves the package `node` without its binary: its own script fetches it. */
async function ensurePinnedNode(root) {
  const wanted = `v${readJson(join(root, 'package.json')).devDependencies.node}`;
  if (versionOf(pinnedNode(root)) === wanted) return;
  say.step(`installing Node ${wanted}, on which Headwater runs`);
  const npm = findNpm(root);
  await runStep(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: join(root, 'node_modules', 'node'),
    env: npm.env,
    what: `Installing Node ${wanted}`,
    hint: 'Allow install scripts for the package "node", or run `npm rebuild node`.',
  });
  const found = versionOf(pinnedNode(root));
  if (found === wanted) return;
  throw new SetupError(
    `Node ${wanted} does not run here (${found ?? 'no answer'}).`,
    'Headwater needs Linux with glibc, or macOS, on x64 or arm64.',
  );
}

/** Of the packages that are wanted, those whose installed version is not the locked one, as `path wanted found`. */
function differences(root, isWanted = () => true) {
  const locked = readJson(join(root, 'package-lock.json')).packages;
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return ['nothing is installed'];
  const installed = readJson(hidden).packages;
  const wrong = [];
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '' || entry.link || !isWanted(entry)) continue;
    const found = installed[path];
    if (!found && (entry.optional || entry.devOptional || entry.peer)) continue;
    if (found?.version !== entry.version) wrong.push(`${path} ${entry.version} (found ${found?.version ?? 'none'})`);
  }
  return wrong;
}

/** The machine's own npm, without our node_modules/.bin in front: it must not run on the Node that it is installing. */
function findNpm(root) {
  const ours = join(root, 'node_modules', '.bin');
  const parts = (process.env.PATH ?? '').split(delimiter).filter((part) => part !== ours);
  const env = { ...process.env, PATH: parts.join(delimiter) };
  const script = process.env.npm_execpath;
  const node = process.env.npm_node_execpath;
  if (script?.endsWith('npm-cli.js') && node && !node.startsWith(root) && existsSync(script)) {
    return { command: node, args: [script], env };
  }
  const npm = findProgram('npm', env.PATH);
  if (npm) return { command: npm, args: [], env };
  throw new SetupError('npm is missing.', 'Install it beside Node (Debian: apt-get install npm), then run this again.');
}

function stampPath(root) {
  return join(root, 'node_modules', '.headwater-setup');
}

function stampOf(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function versionOf(node) {
  if (!canRun(node)) return null;
  const { stdout, status } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
