import { transcoderLimits } from '#shared/limits/transcoder.ts';

/**
 * A filter that tells when sound has been silent for a while and when it is heard again: silencedetect marks the frames
 * at which that happens, and ametadata writes the marks of those to stderr, where the log level would keep them out.
 */
export const silenceFilter = [
  `silencedetect=noise=${transcoderLimits.silenceDb}dB:duration=${transcoderLimits.silenceMs / 1_000}`,
  `ametadata=mode=print:direct=1:file='pipe\\:2'`,
].join(',');

const markPattern = /^(?:frame:\d+\s+pts:|lavfi\.silence_(start|end|duration)=)/;

/** Takes one line of stderr: whether the sound is silent from there on; `more`: of a mark, says nothing new; null: no mark. */
export function readSilenceLine(line: string): 'silent' | 'heard' | 'more' | null {
  const [mark, kind] = markPattern.exec(line) ?? [];
  if (mark === undefined) return null;
  if (kind === 'start') return 'silent';
  return kind === 'end' ? 'heard' : 'more';
}
