import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

/** `run.json`: what scripts need to know about a running stack. Holds secrets; mode 0600; gone when the stack stops. */
export interface RunFile {
  readonly pops: readonly { readonly name: string; readonly url: string }[];
  readonly channel: string;
  /** Paths on every PoP. */
  readonly watch: string;
  readonly hls: string;
  readonly dash: string;
  /** Server to enter in an encoder, without the stream key. */
  readonly rtmp: string;
  /** The same over TLS; null: not offered. */
  readonly rtmps: string | null;
  readonly streamKey: string;
  /** Base URL of the API. */
  readonly api: string;
  readonly apiToken: string;
  /** Base URL of the origin, which answers signed requests only. */
  readonly origin: string;
  readonly pids: RunPids;
}

export interface RunPids {
  readonly stack: number;
  readonly origin: number;
  readonly ingest: number;
  readonly testCard: number | null;
}

/** Writes `run.json` of a data folder. */
export function writeRunFile(dataDir: string, run: RunFile): void {
  writePrivateFile(join(dataDir, 'run.json'), `${JSON.stringify(run, null, 2)}\n`);
}

/** Removes `run.json`. */
export function removeRunFile(dataDir: string): void {
  rmSync(join(dataDir, 'run.json'), { force: true });
}
