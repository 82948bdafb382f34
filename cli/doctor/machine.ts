import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
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
