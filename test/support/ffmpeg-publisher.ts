import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface FfmpegPublisher {
  /** What the server said when it refused, as ffmpeg tells it. */
  readonly refusal: () => string;
  stop(): Promise<void>;
}

/** Publishes with ffmpeg until it is stopped or refused. @param options its inputs and encoders */
export function publishWithFfmpeg(url: string, options: readonly string[]): FfmpegPublisher {
  const all = ['-nostdin', '-v', 'error', ...options, '-flvflags', 'no_duration_filesize', '-f', 'flv', url];
  const child = spawn(process.env.FFMPEG_PATH ?? 'ffmpeg', all, { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  let said = '';
  void text(child.stderr).then((all) => {
    said = all;
  });
  return {
    refusal: () => /Server error: (.*)/.exec(said)?.[1] ?? '',
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}
