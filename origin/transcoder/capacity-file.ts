import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { measureCapacity } from './capacity.ts';
import type { FfmpegFacts } from './ffmpeg.ts';
import type { Capacity, LadderPlan } from './ladder.ts';

/** What the machine encodes, and questions about it. */
export interface MachineCapacity {
  /** The capacity while these plans run. */
  with(running: readonly LadderPlan[]): Capacity;
  /** Share of the whole that these plans take, 0 to 1. */
  load(running: readonly LadderPlan[]): number;
}

interface Measurement {
  /** Machine and program that it was made with. */
  readonly key: string;
  readonly pixelsPerSecond: number;
  readonly measuredMs: number;
}

const fileName = 'capacity.json';

/**
 * The capacity measured at an earlier start on the same machine with the same ffmpeg, else measured now (about a
 * second) and kept in the data folder for a day, as the machine may have been busy. Throws as `measureCapacity` does.
 */
export async function loadCapacity(dataDir: string, ffmpegPath: string, facts: FfmpegFacts): Promise<MachineCapacity> {
  const path = join(dataDir, fileName);
  const key = `ffmpeg ${facts.version}; ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}`;
  const kept = await read(path);
  const ageMs = Date.now() - (kept?.measuredMs ?? 0);
  const fresh = ageMs >= 0 && ageMs < transcoderLimits.capacityKeptMsMax;
  if (kept?.key === key && fresh) return machineCapacity(kept.pixelsPerSecond, facts);
  const { pixelsPerSecond } = await measureCapacity(ffmpegPath);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await write(path, { key, pixelsPerSecond, measuredMs: Date.now() });
  return machineCapacity(pixelsPerSecond, facts);
}

function machineCapacity(pixelsPerSecond: number, { enhancedFlv }: FfmpegFacts): MachineCapacity {
  const inUse = (running: readonly LadderPlan[]) => running.reduce((sum, plan) => sum + plan.cost, 0);
  return {
    with: (running) => ({ pixelsPerSecond, inUse: inUse(running), enhancedFlv }),
    load: (running) => Math.min(1, inUse(running) / pixelsPerSecond),
  };
}

/** Null when nothing usable is there: then it is measured again. */
async function read(path: string): Promise<Measurement | null> {
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as Partial<Measurement>;
    const { key, pixelsPerSecond, measuredMs } = kept;
    if (typeof key !== 'string' || typeof measuredMs !== 'number') return null;
    return typeof pixelsPerSecond === 'number' && pixelsPerSecond > 0 ? { key, pixelsPerSecond, measuredMs } : null;
  } catch {
    return null;
  }
}

async function write(path: string, measurement: Measurement): Promise<void> {
  const next = `${path}.${process.pid}.tmp`;
  await writeFile(next, `${JSON.stringify(measurement)}\n`);
  await rename(next, path);
}
