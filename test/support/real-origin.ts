import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { S3Options } from '../../origin/store/s3-store.ts';
import { wireKeyId, wireSecret } from './fake-origin.ts';
import { picture, tone } from './flv-file.ts';

const root = join(import.meta.dirname, '../..');

/** Options of ffmpeg for a source so small that many can be passed through at once: a keyframe a second, and sound. */
export function smallSource(seconds: number): readonly string[] {
  return [
    ...[...picture('160x90', '15', seconds), ...tone(seconds)],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '100k', '-g', '15', '-sc_threshold', '0', '-bf', '0'],
    ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '64k', '-ac', '2'],
  ];
}

export interface RealOriginOptions {
  /** Where its configuration and its data are. */
  readonly folder: string;
  readonly controlUrl: string;
  /** The deployment's own when not given. */
  readonly bucket?: S3Options;
  /** As in its configuration; the one key of the edge tests when not given. */
  readonly wireKeys?: string;
  /** Base URL at which PoPs reach it, where that is not the origin itself. */
  readonly publicUrl?: string;
  /** In place of the wire keys; null: neither. */
  readonly joinToken?: string | null;
  /** Variables of its environment; those of the test that concern an origin are not handed on. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `origin/main.ts` in a process of its own, which nobody starts again. */
export class RealOrigin {
  readonly rtmpUrl: string;
  readonly httpUrl: string;
  /** Lines that it logged, parsed. */
  readonly log: readonly Record<string, unknown>[];
  readonly #child: ChildProcess;

  constructor(
    child: ChildProcess,
    { rtmpPort, httpPort }: { readonly rtmpPort: number; readonly httpPort: number },
    log: readonly Record<string, unknown>[],
  ) {
    this.#child = child;
    this.rtmpUrl = `rtmp://127.0.0.1:${rtmpPort}/live`;
    this.httpUrl = `http://127.0.0.1:${httpPort}`;
    this.log = log;
  }

  /** Resolves once it takes publishers: on free ports, with the source's picture as its only rung. */
  static async start(options: RealOriginOptions): Promise<RealOrigin> {
    const { folder, controlUrl, bucket, publicUrl, joinToken, env = {} } = options;
    const { wireKeys = `${wireKeyId}:${wireSecret}` } = options;
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'config.json');
    const config = {
      ...{ originId: 'origin-1', controlUrl },
      ...(joinToken === undefined ? { wireKeys } : joinToken && { joinToken }),
      ...{
        rtmp: { bind: '127.0.0.1', port: 0 },
        http: { bind: '127.0.0.1', port: 0, ...(publicUrl && { publicUrl }) },
      },
      ...{ dataDir: join(folder, 'data'), ladder: { encodeRungsMax: 0 } },
      ...(bucket && { bucket: { kind: 's3', ...bucket } }),
    };
    await writeFile(path, JSON.stringify(config));
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith('HEADWATER_'));
    const child = spawn(process.execPath, [join(root, 'origin/main.ts'), '--config', path], {
      ...{ cwd: root, env: { ...Object.fromEntries(others), ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    });
    const log: Record<string, unknown>[] = [];
    const errors: string[] = [];
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => log.push(JSON.parse(line)));
    child.stderr?.on('data', (text) => errors.push(String(text)));
    const [ready] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (ready?.type !== 'ready') throw new Error(`the origin did not start: ${errors.join('')}`);
    return new RealOrigin(child, ready, log);
  }

  /** Ends it in the middle of whatever it does. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Ends it in order. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}
