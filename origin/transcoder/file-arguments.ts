import { mediaOffsetS } from '#shared/model/timeline.ts';
import { deviceOptions, planOutputs, processOptions, type TranscodeArguments, videoFilter } from './arguments.ts';
import { fileOptions } from './file-source.ts';
import type { LadderPlan } from './ladder.ts';

/** A file that is encoded instead of what comes in, as fast as the machine can. */
export interface FileInput {
  /** Absolute path of a regular file on this machine. */
  readonly path: string;
  /** Its sound is made exactly so long. */
  readonly durationMs: number;
}

/**
 * The command line for a file: every rung of a plan, all of them encoded. Its sound begins with its picture and ends with
 * it, silent where there is none. Throws FfmpegError `sink_not_loopback`, `encoder_unknown`.
 */
export function fileOutputs(
  plan: LadderPlan,
  { path, durationMs }: FileInput,
  sinkUrl: (rendition: string) => string,
): TranscodeArguments {
  const s = durationMs / 1_000;
  const sound = `aresample=async=1000:min_comp=0.02:first_pts=0,apad=whole_dur=${s}s,atrim=end=${s}`;
  const outputs = planOutputs(plan, sinkUrl, {
    offsetS: mediaOffsetS,
    sound: () => ({ map: '0:a:0', filter: ['-af', sound] }),
  });
  const options = [...deviceOptions(plan), ...processOptions, '-nostdin', ...fileOptions];
  return {
    inputs: [{ options, source: `file:${path}` }],
    filter: videoFilter(plan),
    // A file's chapters would become a track of their own.
    outputs: outputs.map((output) => ({ ...output, options: ['-map_chapters', '-1', ...output.options] })),
  };
}
