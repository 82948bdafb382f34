import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { cliLimits } from '#shared/limits/cli.ts';
import { sizeWords } from '../output/words.ts';
import { failed, ok, type Verdict } from './verdict.ts';

const nodeMajorMin = 24;

/** Headwater runs TypeScript as it is, which takes Node 24. @param version such as `v24.21.0` */
export function checkNode(version: string): Verdict {
  const major = Number(/^v(\d+)\./.exec(version)?.[1]);
  if (major >= nodeMajorMin) return ok('node', version);
  return failed(
    'node',
    `${version} is too old.`,
    `Use Node ${nodeMajorMin}: "npm run setup" installs it into the clone.`,
  );
}

/** A port that something of ours will listen on. */
export interface WantedPort {
  readonly port: number;
  readonly use: string;
  /** How to choose another. */
  readonly setting: string;
}

/** Whether ports are free, or held by what is to hold them. @param originPort where an origin set up here answers */
export async function checkPorts(
  wanted: readonly WantedPort[],
  stackRuns: boolean,
  originPort: number | null,
): Promise<Verdict> {
  if (stackRuns) return ok('ports', 'held by the stack that runs here');
  if (originPort !== null && (await originAnswers(originPort))) return ok('ports', 'held by the origin that runs here');
  const faults = await Promise.all(wanted.map(async (entry) => ({ entry, fault: await listenFault(entry.port) })));
  const taken = faults.filter(({ fault }) => fault !== null);
  if (taken.length === 0)
    return ok('ports', `${wanted.map(({ port, use }) => `${port} (${use})`).join(', ')} are free`);
  const list = taken.map(({ entry, fault }) => `${entry.port} for ${entry.use} (${fault})`).join(', ');
  const settings = [...new Set(taken.map(({ entry }) => entry.setting))].join(' and ');
  return failed('ports', `Not free: ${list}.`, `Stop what listens there, or choose other ports with ${settings}.`);
}

async function originAnswers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(cliLimits.checkMsMax),
    });
    return response.ok && (await response.text()) === 'ok\n';
  } catch {
    return false;
  }
}

function listenFault(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** Room where the origin keeps media that is not in the bucket yet. */
export async function checkDisk(folder: string, freeBytesMin: number = cliLimits.diskFreeBytesMin): Promise<Verdict> {
  let there = folder;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize } = await statfs(there);
  const freeBytes = bavail * bsize;
  const detail = `${sizeWords(freeBytes)} free in ${there}`;
  if (freeBytes >= freeBytesMin) return ok('disk', detail);
  const fix = `Make room for ${sizeWords(freeBytesMin)}, or keep the folder elsewhere: HEADWATER_DATA_DIR.`;
  return failed('disk', detail, fix);
}
