import { readArguments } from './args.ts';
import { humanReport } from './report/human.ts';
import { runConformance, UnreachableError } from './run.ts';

const usage = 'Usage: npm run conformance -- <url> [--duration <seconds>] [--json]';

/** Where a command writes. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTerminal: boolean;
  readonly colour: boolean;
}

/** Runs the suite and resolves with the exit code: 0 no MUST is broken, 1 at least one is, 2 nothing to judge. */
export async function command(args: readonly string[], output: Output): Promise<0 | 1 | 2> {
  const read = readArguments(args);
  if (typeof read === 'string') {
    output.err(`${read}\n${usage}\n`);
    return 2;
  }
  const { url, durationS, json } = read;
  if (!json && output.isTerminal) output.err(`Watching ${url} for ${durationS} s …\n`);
  try {
    const report = await runConformance({ url, durationS });
    output.out(json ? `${JSON.stringify(report, null, 2)}\n` : humanReport(report, output.colour));
    return report.counts.fail > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    output.err(`${error.message}\n`);
    return 2;
  }
}
