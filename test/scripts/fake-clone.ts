import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const nodeVersion = process.version.slice(1);

export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly durationMs: number;
}

/** A folder that looks like a clone after set-up, with programs of its own making as the only ones on PATH. */
export class FakeClone {
  readonly folder = mkdtempSync(join(tmpdir(), 'headwater-clone-'));
  readonly programs = join(this.folder, 'programs');

  constructor() {
    mkdirSync(this.programs);
    mkdirSync(join(this.folder, 'scripts'));
    for (const name of ['setup.mjs', 'run.mjs', 'setup', 'help']) {
      cpSync(join(root, 'scripts', name), join(this.folder, 'scripts', name), { recursive: true });
    }
    mkdirSync(join(this.folder, 'cli'));
    cpSync(join(root, 'cli/headwater.mjs'), join(this.folder, 'cli/headwater.mjs'));
    this.writeJson('package.json', { name: 'clone', devDependencies: { node: nodeVersion } });
    this.lockPackages({ 'node_modules/node': { version: nodeVersion } });
    this.installPackages({ 'node_modules/node': { version: nodeVersion } });
    mkdirSync(join(this.folder, 'node_modules/.bin'));
    symlinkSync(process.execPath, join(this.folder, 'node_modules/.bin/node'));
  }

  /** What package-lock.json says. */
  lockPackages(packages: object): void {
    this.writeJson('package-lock.json', { lockfileVersion: 3, packages: { '': {}, ...packages } });
  }

  /** What npm noted down as installed. */
  installPackages(packages: object): void {
    mkdirSync(join(this.folder, 'node_modules'), { recursive: true });
    this.writeJson('node_modules/.package-lock.json', { lockfileVersion: 3, packages });
  }

  /** A program on the only PATH there is. Its source is JavaScript; `record` notes the arguments of a call. */
  program(name: string, source = ''): string {
    const path = join(this.programs, name);
    const record = `require('node:fs').appendFileSync(${JSON.stringify(join(this.folder, 'calls'))},
      ${JSON.stringify(name)} + ' ' + process.argv.slice(2).join(' ') + '\\n');`;
    writeFileSync(path, `#!${process.execPath}\n${record}\n${source}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  /** Calls of the programs so far, in order. */
  get calls(): string[] {
    try {
      return readFileSync(join(this.folder, 'calls'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  writeJson(path: string, value: object): void {
    this.write(path, JSON.stringify(value));
  }

  /** Starts a script of the clone. */
  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    return spawn(process.execPath, args, {
      cwd: this.folder,
      // The one tool that is looked for in a folder of the system: it is there, whatever this machine has.
      env: {
        PATH: this.programs,
        NGINX_RTMP_MODULE: join(this.folder, 'package.json'),
        CI: 'true',
        NO_COLOR: '1',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs a script of the clone to its end. */
  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const started = Date.now();
    const child = this.start(args, environment);
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, output, durationMs: Date.now() - started }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
