import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { TranscoderHealth } from '#shared/model/broadcast.ts';
import type { Log } from '../observe/log.ts';
import { type TranscodeArguments, transcodeOutputs } from './arguments.ts';
import { buildCommand, runCommand } from './command.ts';
import { type FileInput, fileOutputs } from './file-arguments.ts';
import type { LadderPlan } from './ladder.ts';
import { LastLines } from './last-lines.ts';
import { locateFfmpeg, missing } from './program.ts';
import { healthOf, noProgressLines, readProgressLine, type TimedReport, withReport } from './progress.ts';
import { readSilenceLine } from './silence-lines.ts';
import { type SlateInput, slateOutputs } from './slate-arguments.ts';

export interface TranscoderOptions {
  /** A path, or a name that is looked up. */
  readonly ffmpegPath: string;
  readonly plan: LadderPlan;
  /** What the times of `input` count from, ms since the broadcast began; 0 unless told. */
  readonly baseMs?: number;
  /** A still picture is encoded instead of what comes in on `input`. */
  readonly slate?: SlateInput;
  /** A file is. */
  readonly file?: FileInput;
  /** Where a rendition is pushed to: plain http on a loopback address. */
  readonly sinkUrl: (rendition: string) => string;
  readonly log: Log;
  /** About once a second while media comes out. */
  readonly onHealth: (health: TranscoderHealth) => void;
  /** The publisher's sound has been silent for a while, or is heard again. */
  readonly onSilence?: (silent: boolean) => void;
  /** Once, when the process is gone, for whatever reason. */
  readonly onExit: (exit: TranscoderExit) => void;
  /** How often this broadcast's encoder was restarted before; only passed on in the health. */
  readonly restarts?: number;
}

/** How an encoder process ended. */
export interface TranscoderExit {
  /** It was stopped, or its input was ended and it finished cleanly. */
  readonly expected: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote last, without progress reports and without the addresses of the sinks. */
  readonly lastLines: readonly string[];
}

/** A running encoder process. */
export interface Transcoder {
  /** Takes the FLV stream. Writing is safe at any time: after the process is gone, bytes are thrown away. */
  readonly input: Writable;
  readonly pid: number;
  /** Ends the input, then asks, then kills; resolves when the process is gone, at most `stopMsMax` later. */
  stop(): Promise<void>;
}

const linesLogged = 5;
/** SVT-AV1 describes itself past ffmpeg's log level. */
const chatter = /^Svt\[(?:info|warn)\]/;

/**
 * Starts ffmpeg for a plan. Throws FfmpegError `ffmpeg_missing`, `encoder_unknown`, `sink_not_loopback`; everything
 * after the start is told by `onExit`.
 */
export async function startTranscoder(options: TranscoderOptions): Promise<Transcoder> {
  const { slate, file } = options;
  const wanted = argumentsFor(options);
  const lastLines = new LastLines(wanted.outputs.map(({ url, rendition }) => [url, rendition] as const));
  const path = await locateFfmpeg(options.ffmpegPath);
  const child = await runCommand(buildCommand(path, wanted), options.ffmpegPath, lineReader(options, lastLines));
  const { pid, stdin } = child;
  if (pid === undefined || !stdin) throw missing(options.ffmpegPath, null);
  // EPIPE and ECONNRESET of a dying process; its end is told by onExit.
  stdin.on('error', () => {});
  let stopping = false;
  const gone = new Promise<void>((resolve) => {
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) => {
      const finished = stdin.writableEnded && code === 0;
      resolve();
      report(options, pid, { expected: stopping || finished, code, signal, lastLines: lastLines.lines });
    });
  });
  logStart(options, pid, wanted);
  return {
    input: stdin,
    pid,
    stop: () => {
      // What reads no input does not end with it.
      if (!stopping) endProcess(child, stdin, gone, slate || file ? 0 : transcoderLimits.stopAskMs);
      stopping = true;
      return gone;
    },
  };
}

function argumentsFor({ plan, baseMs, slate, file, sinkUrl }: TranscoderOptions): TranscodeArguments {
  if (slate) return slateOutputs(plan, slate, sinkUrl);
  return file ? fileOutputs(plan, file, sinkUrl) : transcodeOutputs(plan, sinkUrl, baseMs);
}

function lineReader(options: TranscoderOptions, lastLines: LastLines): (line: string) => void {
  let pending = noProgressLines;
  let reports: readonly TimedReport[] = [];
  return (line) => {
    const progress = readProgressLine(pending, line);
    if (!progress) {
      const mark = readSilenceLine(line);
      if (mark === 'silent' || mark === 'heard') options.onSilence?.(mark === 'silent');
      if (mark !== null) return;
      if (line.trim() !== '' && !chatter.test(line)) lastLines.push(line);
      return;
    }
    pending = progress.lines;
    if (progress.report === null || progress.report.outTimeMs === null) return;
    reports = withReport(reports, { atMs: performance.now(), report: progress.report });
    options.onHealth(healthOf(reports, options.restarts ?? 0));
  };
}

function endProcess(child: ChildProcess, stdin: Writable, gone: Promise<void>, askMs: number): void {
  stdin.end();
  const timers = [
    setTimeout(() => child.kill('SIGTERM'), askMs),
    setTimeout(() => child.kill('SIGKILL'), transcoderLimits.stopMsMax),
  ];
  void gone.then(() => {
    for (const timer of timers) clearTimeout(timer);
  });
}

function logStart({ log }: TranscoderOptions, pid: number, { outputs }: TranscodeArguments): void {
  const renditions = outputs.map((output) => output.rendition);
  log.info({ event: 'transcoder_started', pid, renditions }, 'ffmpeg was started');
}

function report({ log, onExit }: TranscoderOptions, pid: number, exit: TranscoderExit): void {
  const { code, signal, lastLines } = exit;
  const fields = { event: 'transcoder_exited', pid, code, signal };
  if (exit.expected) log.info(fields, 'ffmpeg ended');
  else log.error({ ...fields, lastLines: lastLines.slice(-linesLogged) }, 'ffmpeg ended by itself');
  onExit(exit);
}
