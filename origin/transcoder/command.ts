import type { ChildProcess } from 'node:child_process';
import createCommand, { type FfmpegCommand } from 'fluent-ffmpeg';
import type { TranscodeArguments } from './arguments.ts';
import { emptyEnvironment, missing } from './program.ts';

// fluent-ffmpeg is archived, so its private parts do not move any more; package.json pins the version.
interface Internals {
  ffmpegProc?: ChildProcess;
  _checkCapabilities(callback: (error: Error | null) => void): void;
  availableEncoders(callback: (error: Error | null, encoders: object) => void): void;
  _spawnFfmpeg(parameters: string[], options: object, onProcess: unknown, onEnd: OnEnd): void;
  _getArguments(): string[];
}
type Lines = { get(): string };
type OnEnd = (error: Error | null, stdout?: Lines, stderr?: Lines) => void;

const noLines: Lines = { get: () => '' };
/** We keep ffmpeg's lines ourselves, cut and without addresses. */
const linesKeptByFluent = 1;

/** A fluent-ffmpeg command for our command line. */
export function buildCommand(ffmpegPath: string, wanted: TranscodeArguments): FfmpegCommand {
  const command = createCommand({ stdoutLines: linesKeptByFluent }).setFfmpegPath(ffmpegPath);
  for (const { source, options } of wanted.inputs) command.input(source).inputOptions(...asTuple(options));
  if (wanted.filter !== null) command.complexFilter(wanted.filter);
  for (const output of wanted.outputs) command.output(output.url).outputOptions(...asTuple(output.options));
  harden(command as unknown as Internals);
  return command;
}

/** The arguments that the command runs ffmpeg with. */
export function argumentsOf(command: FfmpegCommand): readonly string[] {
  return (command as unknown as Internals)._getArguments();
}

/** Starts the command; each line of stderr goes to `onLine`. Throws FfmpegError `ffmpeg_missing`. */
export function runCommand(
  command: FfmpegCommand,
  ffmpegPath: string,
  onLine: (line: string) => void,
): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    // Past the start these say less than the process itself, but an 'error' without a listener would be thrown.
    command.on('error', (cause) => reject(missing(ffmpegPath, cause)));
    command.on('stderr', onLine);
    command.on('start', () => {
      const child = (command as unknown as Internals).ffmpegProc;
      if (child?.pid !== undefined) resolve(child);
    });
    command.run();
  });
}

function harden(command: Internals): void {
  // Our own check at start is stricter; this one runs ffmpeg twice and reads texts that change between versions.
  command._checkCapabilities = (callback) => callback(null);
  command.availableEncoders = (callback) => callback(null, {});
  const spawn = command._spawnFfmpeg.bind(command);
  command._spawnFfmpeg = (parameters, options, onProcess, onEnd) => {
    // A failed spawn calls back without lines, which fluent-ffmpeg then reads: an uncaught TypeError.
    const end: OnEnd = (error, stdout = noLines, stderr = noLines) => onEnd(error, stdout, stderr);
    try {
      spawn(parameters, { ...options, env: emptyEnvironment }, onProcess, end);
    } catch (cause) {
      end(cause instanceof Error ? cause : new Error(String(cause)));
    }
  };
}

/** With two arguments or more fluent-ffmpeg takes them as they are; a single array it splits at spaces. */
function asTuple(options: readonly string[]): [string, string, ...string[]] {
  const [first, second, ...rest] = options;
  if (first === undefined || second === undefined) throw new RangeError('at least two options are needed');
  return [first, second, ...rest];
}
