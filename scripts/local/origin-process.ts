import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { LocalCertificate } from './certificate.ts';
import { paths } from './paths.ts';
import { writePrivateFile } from './private-file.ts';
import { StartError } from './start-error.ts';

const startMsMax = 60_000;
const stopMsMax = 10_000;
const backoffMsMin = 250;
const backoffMsMax = 8_000;

/** One line of the origin's log. */
export type OriginRecord = Readonly<Record<string, unknown>>;

/** What the origin says about itself once it serves. */
export interface OriginReady {
  readonly rtmpPort: number;
  /** Null without RTMPS. */
  readonly rtmpsPort: number | null;
  readonly httpPort: number;
  readonly httpUrl: string;
  readonly pids: { readonly ingest: number };
}

/** The configuration file of the origin, as far as the stack sets it. */
export interface OriginConfig {
  readonly originId: string;
  readonly controlUrl: string;
  readonly wireKeys: string;
  readonly rtmp: { readonly bind: string; readonly port: number };
  readonly rtmps?: LocalCertificate & { readonly port: number };
  readonly ingestHost?: string;
  readonly http: { readonly bind: string; readonly port: number; readonly publicUrl?: string };
  readonly dataDir: string;
  readonly ffmpegPath: string;
  /** The origin's own words (docs/operate/codecs.md), checked when it starts. */
  readonly ladder?: object;
}

export interface OriginProcessOptions {
  readonly config: OriginConfig;
  /** Where the configuration is written for the origin to read; mode 0600, for it holds the wire keys. */
  readonly configPath: string;
  /** The origin's entry, for tests of the supervision. */
  readonly entry?: string;
  readonly onRecord: (record: OriginRecord) => void;
  /** Called when the origin died (`ready` null) and when it is back. */
  readonly onChange: (ready: OriginReady | null) => void;
}

type OriginMessage =
  | ({ readonly type: 'ready' } & OriginReady)
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** The origin as a supervised child: started again, on the same ports, when it dies. */
export class OriginProcess {
  readonly #options: OriginProcessOptions;
  #config: OriginConfig;
  #child: ChildProcess | null = null;
  #ready: OriginReady | null = null;
  #stopping = false;

  private constructor(options: OriginProcessOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** Resolves once publishers and PoPs can connect. Throws `origin_failed`, `port_in_use` or an ffmpeg code. */
  static async start(options: OriginProcessOptions): Promise<OriginProcess> {
    const origin = new OriginProcess(options);
    await origin.#launch();
    return origin;
  }

  /** Facts of the running origin, or of the last one while it is down. */
  get ready(): OriginReady {
    if (!this.#ready) throw new Error('the origin was never ready');
    return this.#ready;
  }

  /** Process id of the running origin; 0 while it is down. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Asks the origin to stop and waits for its end; kills it when it takes longer than 10 s. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child) await endChild(this.#child);
  }

  async #launch(): Promise<void> {
    writePrivateFile(this.#options.configPath, `${JSON.stringify(this.#config, null, 2)}\n`);
    const child = spawn(
      process.execPath,
      [this.#options.entry ?? join(paths.root, 'origin/main.ts'), '--config', this.#options.configPath],
      { cwd: paths.root, env: originEnvironment(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    this.#child = child;
    const errors = readLog(child, this.#options.onRecord);
    let ready: OriginReady;
    try {
      ready = await untilReady(child, errors);
    } catch (cause) {
      await endChild(child);
      this.#child = null;
      throw cause;
    }
    this.#ready = ready;
    // A restarted origin keeps its ports: encoders and PoPs find it where it was.
    const { rtmp, rtmps, http } = this.#config;
    this.#config = {
      ...this.#config,
      rtmp: { ...rtmp, port: ready.rtmpPort },
      ...(rtmps && { rtmps: { ...rtmps, port: ready.rtmpsPort ?? rtmps.port } }),
      http: { ...http, port: ready.httpPort },
    };
    child.once('exit', (code, signal) => this.#died(signal ?? `exit code ${code}`));
    // It may have died between its message and this line.
    if (child.exitCode !== null || child.signalCode !== null) this.#died(child.signalCode ?? 'exit');
  }

  #died(why: string): void {
    if (!this.#child) return;
    this.#child = null;
    if (this.#stopping) return;
    this.#options.onRecord({ level: 50, event: 'origin_died', why, msg: 'the origin died and is started again' });
    this.#options.onChange(null);
    void this.#revive();
  }

  async #revive(): Promise<void> {
    for (let backoffMs = backoffMsMin; !this.#stopping; backoffMs = Math.min(backoffMs * 2, backoffMsMax)) {
      await pause(backoffMs, undefined, { ref: false });
      if (this.#stopping) return;
      try {
        await this.#launch();
        this.#options.onChange(this.ready);
        return;
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        this.#options.onRecord({ level: 50, event: 'origin_start_failed', why, msg: 'the origin does not start' });
      }
    }
  }
}

/** The origin is configured by its file alone: stray variables must not change a local stack. */
function originEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HEADWATER_')));
}

function readLog(child: ChildProcess, onRecord: (record: OriginRecord) => void): { readonly text: () => string } {
  const errors: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => onRecord(parseRecord(line, 30)));
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      errors.push(line);
      if (errors.length > 20) errors.shift();
      onRecord(parseRecord(line, 40));
    });
  }
  return { text: () => errors.join('\n') };
}

function parseRecord(line: string, level: number): OriginRecord {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) return parsed as OriginRecord;
  } catch {
    // Not every line of a dying process is JSON.
  }
  return { level, msg: line };
}

async function untilReady(child: ChildProcess, errors: { readonly text: () => string }): Promise<OriginReady> {
  const deadline = AbortSignal.timeout(startMsMax);
  const end = new AbortController();
  const signal = AbortSignal.any([deadline, end.signal]);
  try {
    const ended = Promise.race([once(child, 'exit', { signal }), once(child, 'error', { signal })]).then(() => null);
    const [message] = (await Promise.race([once(child, 'message', { signal }), ended.then(() => [null])])) as [
      OriginMessage | null,
    ];
    if (message?.type === 'ready') return message;
    throw startError(message, errors.text());
  } catch (cause) {
    if (deadline.aborted)
      throw new StartError('origin_failed', 'The origin did not get ready.', errors.text(), { cause });
    throw cause;
  } finally {
    end.abort();
  }
}

/** Codes of an origin whose sentence has the way out. */
const toldAsIs = ['port_in_use', 'data_in_use', 'data_not_writable', 'ffmpeg_missing', 'ffmpeg_too_old'] as const;

function startError(message: OriginMessage | null, errorText: string): StartError {
  if (message?.type !== 'failed') {
    return new StartError('origin_failed', 'The origin ended before it was ready.', errorText);
  }
  const { code } = message;
  const known = toldAsIs.find((one) => one === code);
  return new StartError(known ?? 'origin_failed', message.message, known ? '' : `code ${code}`);
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
  await exited;
  clearTimeout(timer);
}
