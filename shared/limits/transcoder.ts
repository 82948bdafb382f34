/** One encoder process per broadcast. */
export const transcoderLimits = Object.freeze({
  restartBackoffMsMin: 250,
  restartBackoffMsMax: 8_000,
  /** No output for this long while input flows: the encoder hangs and is killed. */
  stallMsMax: 4_000,
  /** The same of one that computes meanwhile, which shows by so much CPU time since its last output. */
  stallBusyMsMax: 15_000,
  stallCpuMsMin: 200,
  stopMsMax: 3_000,
  /** After its input has ended the encoder may finish by itself for this long before it is asked to. */
  stopAskMs: 1_000,
  stderrLinesMax: 200,
  stderrLineBytesMax: 2_048,
  inputQueueBytesMax: 16_777_216,
  renditionsMax: 8,
  /** Encoded rungs unless the configuration says otherwise. */
  encodeRungsDefault: 3,
  /** Rungs in other codecs than H.264. */
  extraRungsMax: 4,
  frameRateMax: 60,
  passthroughGopMsMin: 500,
  /** Share of the measured capacity that encoders may use; the rest is for everything else and for bad days. */
  capacityShareMax: 0.6,
  capacityMeasureMs: 1_000,
  capacityProcessesMax: 16,
  /** A measurement older than this is made again at the next start. */
  capacityKeptMsMax: 86_400_000,
  /** Sound whose samples all stay below this for so long is silent; a microphone in a quiet room is louder. */
  silenceDb: -60,
  silenceMs: 15_000,
  /** Distance between the encoder's reports, and over how many of them health is averaged. */
  reportMs: 1_000,
  reportsAveragedMax: 5,
  /** A question to the ffmpeg program (version, encoders, a measurement). */
  questionMsMax: 10_000,
  answerBytesMax: 1_048_576,
});

/** A picture in place of a publisher who is gone. */
export const slateLimits = Object.freeze({
  imageBytesMax: 16_777_216,
  /** So much of it is made up at once for the time that it took to start. */
  burstMsMax: 3_000,
  /** Without media for this long, or this far behind real time, it is given up. */
  stallMsMax: 8_000,
  behindMsMax: 8_000,
});

/** Keeping up with real time, and what is measured to know it. */
export const paceLimits = Object.freeze({
  /** Dwell times are told over this long, of this many samples of a stage at most. */
  windowMs: 30_000,
  samplesMax: 1_024,
  /** Times of media on its way through the encoder, this far apart at least. */
  marksMax: 2_048,
  markMsMin: 40,
  sampleMs: 500,
  /** While nothing was fed for this long, what is left in the encoder waits for more input and not for the machine. */
  starvedMs: 1_000,
  reportMs: 10_000,
  /** Media that waits this long in the encoder for this long: it is too slow, and a rung is shed. */
  waitMsMax: 2_000,
  slowForMs: 3_000,
  /**
   * Media is late that waits this much longer than the shortest time of the last while: what players hold back, four parts.
   * So many late samples in so long are told; it is over when there was none for a while.
   */
  lateMsMax: 800,
  lateWindowMs: 30_000,
  lateForMs: 10_000,
  lateSamplesMin: 3,
  lateCalmMs: 20_000,
  /** A new encoder is not judged before. */
  settleMs: 4_000,
  /** Waiting less than this for a calm minute: a shed rung may come back; each failure doubles the minute. */
  calmWaitMsMax: 1_000,
  calmMsMin: 60_000,
  calmMsMax: 960_000,
});
