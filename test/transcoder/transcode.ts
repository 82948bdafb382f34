import { expect } from 'vitest';
import type { LadderPlan } from '../../origin/transcoder/ladder.ts';
import { startTranscoder, type TranscoderExit } from '../../origin/transcoder/transcoder.ts';
import { silentLog } from '../support/log.ts';
import { type FlvTag, flvStream } from './flv-clip.ts';
import { startReceiver, type TrackReceiver } from './track-receiver.ts';

/** Feeds a whole stream and returns what was pushed. */
export async function transcode(tags: readonly FlvTag[], plan: LadderPlan): Promise<TrackReceiver> {
  const receiver = await startReceiver();
  try {
    const exit = await new Promise<TranscoderExit>((resolve, reject) => {
      startTranscoder({
        ffmpegPath: 'ffmpeg',
        plan,
        sinkUrl: receiver.url,
        log: silentLog,
        onHealth: () => {},
        onExit: resolve,
      }).then((transcoder) => transcoder.input.end(flvStream(tags)), reject);
    });
    expect(exit).toEqual({ expected: true, code: 0, signal: null, lastLines: [] });
  } finally {
    await receiver.close();
  }
  return receiver;
}
