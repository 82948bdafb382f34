import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { buildCommand, runCommand } from './command.ts';
import { LastLines } from './last-lines.ts';
import { locateFfmpeg, missing } from './program.ts';
import { type RecordedInput, remuxOutputs } from './remux-arguments.ts';

/** A process that turns a browser's recording into FLV. */
export interface Remuxer {
  /** Bytes that wait to be read by it. */
  readonly waitingBytes: number;
  /** Safe at any time; `onTaken` comes when the bytes were read, or never. */
  write(bytes: Buffer, onTaken: () => void): void;
  /** No more comes: it gives what it has and ends. */
  end(): void;
  stop(): void;
}

export interface RemuxerEvents {
  onBytes(bytes: Buffer): void;
  /** Once, last. `isClean`: its input was ended, or it was stopped. */
  onEnd(end: { readonly isClean: boolean; readonly lastLine: string }): void;
}

/** Starts ffmpeg for a recording. Throws FfmpegError `ffmpeg_missing`; everything after the start is told by `onEnd`. */
export async function startRemuxer(
  ffmpegPath: string,
  recording: RecordedInput,
  events: RemuxerEvents,
): Promise<Remuxer> {
  const lastLines = new LastLines([]);
  const path = await locateFfmpeg(ffmpegPath);
  const command = buildCommand(path, remuxOutputs(recording));
  const child = await runCommand(command, ffmpegPath, (line) => {
    if (line.trim() !== '') lastLines.push(line);
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw missing(ffmpegPath, null);
  // EPIPE and ECONNRESET of a dying process; its end is told by onEnd.
  stdin.on('error', () => {});
  stdout.on('data', (bytes: Buffer) => events.onBytes(bytes));
  let isStopped = false;
  child.once('close', (code: number | null) => {
    const isClean = isStopped || (stdin.writableEnded && code === 0);
    events.onEnd({ isClean, lastLine: lastLines.lines.at(-1) ?? '' });
  });
  return {
    get waitingBytes() {
      return stdin.writableLength;
    },
    write: (bytes, onTaken) => {
      if (stdin.writable) stdin.write(bytes, () => onTaken());
    },
    end: () => void stdin.end(),
    stop: () => {
      if (isStopped) return;
      isStopped = true;
      stdin.destroy();
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), transcoderLimits.stopMsMax);
      child.once('close', () => clearTimeout(timer));
    },
  };
}
