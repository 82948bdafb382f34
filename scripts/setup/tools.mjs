import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runStep, SetupError, say } from './console.mjs';

const macApp = (name) => `/Applications/${name}.app/Contents/MacOS/${name}`;

/** System programs: where to look, what they are for, and what each package manager calls them. */
const tools = {
  ffmpeg: {
    variable: 'FFMPEG_PATH',
    names: ['ffmpeg'],
    paths: [],
    versionFlag: '-version',
    why: 'it encodes every stream',
    // Fedora's own ffmpeg comes without libx264, so dnf is not listed.
    packages: { 'apt-get': 'ffmpeg', pacman: 'ffmpeg', brew: 'ffmpeg' },
  },
  chromium: {
    variable: 'CHROMIUM_PATH',
    names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    paths: [macApp('Chromium'), macApp('Google Chrome')],
    versionFlag: '--version',
    why: 'the tests play streams in it',
    packages: { 'apt-get': 'chromium', dnf: 'chromium', pacman: 'chromium', brew: 'chromium' },
  },
  varnishtest: {
    variable: 'VARNISHTEST_PATH',
    names: ['varnishtest'],
    paths: [],
    versionFlag: '-h',
    anyStatus: true, // it has no version to tell, and its help is an error
    why: 'it judges the caching rules from outside (only the tester is used; the cache that comes with it is not started)',
    packages: { 'apt-get': 'varnish', dnf: 'varnish', pacman: 'varnish', brew: 'varnish' },
  },
  'nginx-rtmp': {
    variable: 'NGINX_RTMP_MODULE',
    names: [],
    paths: ['/usr/lib/nginx/modules/ngx_rtmp_module.so', '/usr/lib64/nginx/modules/ngx_rtmp_module.so'],
    isLibrary: true,
    // Packaged by Debian and what follows it; elsewhere the one test that needs it fails and names it.
    optional: true,
    why: 'a test puts a PoP in front of it, as of any server that is not ours (no service of it is started)',
    packages: { 'apt-get': 'libnginx-mod-rtmp' },
  },
};

/** Package managers in order of preference. */
const managers = [
  {
    name: 'apt-get',
    root: true,
    // A broken third-party source must not keep us from what the others offer, so a failed update is only told.
    refresh: ['update'],
    install: ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120'],
  },
  { name: 'dnf', root: true, install: ['install', '-y'] },
  { name: 'pacman', root: true, install: ['-S', '--needed', '--noconfirm'] },
  { name: 'brew', root: false, install: ['install'] },
];

/** Absolute path of a program in `path`, or null. */
export function findProgram(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    if (folder && isProgram(file)) return file;
  }
  return null;
}

/** The program to use for a tool: its environment variable first, then PATH, then usual places; null when there is none. */
export function findTool(name) {
  const tool = tools[name];
  const told = process.env[tool.variable];
  const isThere = tool.isLibrary ? isFile : isProgram;
  if (told) return isThere(told) ? told : findProgram(told);
  for (const candidate of tool.names) {
    const found = findProgram(candidate);
    if (found) return found;
  }
  return tool.paths.find(isThere) ?? null;
}

/** Environment variables that hand the tools found on to what runs next. */
export function toolVariables() {
  const variables = {};
  for (const [name, tool] of Object.entries(tools)) {
    const found = findTool(name);
    if (found) variables[tool.variable] = found;
  }
  return variables;
}

/** Those of `names` that this machine lacks. */
export function missingTools(names) {
  return names.filter((name) => findTool(name) === null);
}

/** Installs the missing ones of `names` through the system's package manager. */
export async function ensureTools(names) {
  const manager = managers.find((candidate) => findProgram(candidate.name));
  const missing = missingTools(names).filter((name) => !tools[name].optional || tools[name].packages[manager?.name]);
  if (missing.length === 0) return;
  for (const name of missing) refuseWrongVariable(name);
  for (const name of missing) say.step(`${name} is missing: ${tools[name].why}`);
  const packages = missing.map((name) => tools[name].packages[manager?.name]).filter(Boolean);
  if (!manager || packages.length < missing.length) throw cannotInstall(missing, manager);
  const prefix = privilege(manager, missing);
  if (manager.refresh) await refresh(manager, prefix);
  say.step(`installing ${packages.join(' and ')} with ${manager.name}`);
  await runManager(manager, prefix, [...manager.install, ...packages], howTo(missing, manager));
  for (const name of missing) checkRuns(name);
}

function refuseWrongVariable(name) {
  const { variable } = tools[name];
  const told = process.env[variable];
  if (!told) return;
  throw new SetupError(
    `${variable} names "${told}", which is not ${tools[name].isLibrary ? 'there' : 'a program'}.`,
    `Correct ${variable}, or unset it.`,
  );
}

async function refresh(manager, prefix) {
  say.step(`refreshing the package lists of ${manager.name}`);
  try {
    await runManager(manager, prefix, manager.refresh, '');
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say.detail(`${error.message} Going on with the lists that are there.`);
  }
}

/** No questions; no service of a package is started by its installation. */
const quiet = { DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1' };

function runManager(manager, prefix, args, hint) {
  const [command, ...rest] = [...prefix, manager.name, ...args];
  const env = { ...process.env, ...quiet, HOMEBREW_NO_AUTO_UPDATE: '1' };
  return runStep(command, rest, { env, what: `${manager.name} ${args[0]}`, hint, interactive: prefix[0] === 'sudo' });
}

/** What stands before the package manager's name: nothing for root, sudo for others. */
function privilege(manager, missing) {
  if (!manager.root || process.getuid?.() === 0) return [];
  const keep = ['env', ...Object.entries(quiet).map((pair) => pair.join('='))];
  if (findProgram('sudo')) {
    if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n', ...keep];
    if (process.stdin.isTTY && !process.env.CI) return ['sudo', ...keep];
  }
  throw new SetupError(
    `Installing ${missing.join(' and ')} needs root, and sudo does not work without a password here.`,
    howTo(missing, manager),
  );
}

function checkRuns(name) {
  const found = findTool(name);
  const tool = tools[name];
  if (found && tool.isLibrary) return;
  const { status } = found
    ? spawnSync(found, [tool.versionFlag], { stdio: 'ignore', timeout: 20_000 })
    : { status: null };
  if (status === 0 || (tool.anyStatus && status !== null)) return;
  throw new SetupError(
    `${name} was installed but does not run${found ? ` (${found})` : ''}.`,
    `Install a working ${name} and name it in ${tool.variable}. On Ubuntu the packaged chromium is a snap and may not run here.`,
  );
}

function cannotInstall(missing, manager) {
  const how = manager
    ? `${manager.name} does not offer it in a form that fits`
    : 'no package manager that I know is here';
  return new SetupError(`${missing.join(' and ')} cannot be installed automatically: ${how}.`, howTo(missing, manager));
}

function howTo(missing, manager) {
  const lines = missing.map((name) => {
    const offered = manager && tools[name].packages[manager.name];
    const command = offered
      ? `, for example: ${[manager.name, ...manager.install.slice(0, 1), offered].join(' ')}`
      : '';
    return `Install ${name}${command}, or name an existing one in ${tools[name].variable}.`;
  });
  return [...lines, 'ffmpeg must be 5.1 or newer with libx264 and aac.']
    .slice(0, missing.includes('ffmpeg') ? 9 : -1)
    .join('\n');
}

function isProgram(file) {
  return isFile(file, constants.X_OK);
}

function isFile(file, mode = constants.R_OK) {
  try {
    accessSync(file, mode);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
