import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Canary, CanaryIndex } from './canary-index.ts';
import { canaryFiles } from './canary-notes.ts';
import { foundIn, sweepFolder } from './canary-sweep.ts';
import type { ProcessWords } from './process-words.ts';

/** What there is to look through at the end of a run. */
export interface LeftBehind {
  /** Where stages collected secrets and logs. */
  readonly folder: string;
  /** What was built. */
  readonly bundles: string;
  /** Reports with the words of failed tests. */
  readonly reports: readonly string[];
  /** Everything that was seen of processes. */
  readonly processes: Iterable<ProcessWords>;
}

/** Where secrets were found, `<place>: <name>`, and for how many it was looked. */
export interface Verdict {
  readonly found: readonly string[];
  readonly canaries: number;
}

/** The last look after the whole suite: no secret of any stage is in what the run left behind. */
export function judgeRun({ folder, bundles, reports, processes }: LeftBehind): Verdict {
  const canaries = linesOf<Canary>(join(folder, canaryFiles.secrets));
  const index = new CanaryIndex(canaries);
  // Encoders of the tests are told a stream key as OBS is; every other process must not know one.
  const indexOfEncoders = new CanaryIndex(canaries.filter(({ name }) => name !== 'streamKey'));
  const found = [
    ...linesOf<string>(join(folder, canaryFiles.found)),
    ...inFile('a log', join(folder, canaryFiles.log), index),
    ...(existsSync(bundles) ? sweepFolder(bundles, index).found : []),
    ...reports.flatMap((path) => inFile('the report', path, index)),
  ];
  for (const { arguments: words, environment } of processes) {
    const isEncoder = /\brtmps?:\/\//.test(words);
    found.push(...foundIn('arguments of a process', words, isEncoder ? indexOfEncoders : index));
    // Whoever calls the CLI gives it the API's token, and for `doctor` the wire keys, in these variables.
    const others = environment.filter((entry) => !/^HEADWATER_(?:TOKEN|WIRE_KEYS)=/.test(entry));
    found.push(...foundIn('the environment of a process', others.join('\n'), index));
  }
  return { found: [...new Set(found)], canaries: index.size };
}

function inFile(place: string, path: string, index: CanaryIndex): string[] {
  if (!existsSync(path)) return [];
  return index.namesIn(readFileSync(path)).map((name) => `${place}: ${name}`);
}

function linesOf<Line>(path: string): Line[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}
