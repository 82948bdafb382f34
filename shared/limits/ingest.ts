/** Publishing over RTMP: what one encoder may cost us. */
export const ingestLimits = Object.freeze({
  handshakeMsMax: 5_000,
  connectToPublishMsMax: 10_000,
  idleMsMax: 15_000,
  decisionMsMax: 5_000,
  connectionsMax: 512,
  connectionsPerIpMax: 32,
  chunkSizeBytesMin: 1,
  chunkSizeBytesMax: 1_048_576,
  messageBytesMax: 4_194_304,
  chunkStreamsMax: 64,
  commandBytesMax: 65_536,
  amfDepthMax: 16,
  amfKeysMax: 1_000,
  /** Media waiting between the ingest process and the broadcast; past it the publisher is dropped. */
  queueBytesMax: 33_554_432,
  /** Half-received messages of one connection together. */
  connectionBytesMax: 33_554_432,
  /** Answers that a client has not read yet. */
  answerBytesMax: 65_536,
  streamKeyBytesMax: 256,
  sentenceCharsMax: 400,
  /** Between telling a client why and cutting it off. */
  closeMsMax: 1_000,
  /** The ingest process: until it listens, until it has stopped, and between its restarts. */
  startMsMax: 10_000,
  stopMsMax: 2_000,
  restartBackoffMsMin: 50,
  restartBackoffMsMax: 5_000,
  /** Between looks at the files of the certificate. */
  certificateCheckMs: 10_000,
  /** A picture that says it is larger is not believed. */
  pictureSideMax: 16_384,
  /** One that is larger than this is made smaller. */
  widthMax: 4_096,
  heightMax: 4_096,
  frameRateMax: 120,
});

/** Publishing from a browser over a WebSocket; what it shares with RTMP is among the limits of ingest. */
export const browserPublishLimits = Object.freeze({
  /** At one origin; past it, whoever has said nothing yet makes way. */
  socketsMax: 32,
  socketsPerIpMax: 8,
  /** From the connection to the stream key. */
  helloMsMax: 5_000,
  helloBytesMax: 1_024,
  /** One piece of a recording. */
  messageBytesMax: 4_194_304,
  /** Without a piece; browsers send several a second. */
  idleMsMax: 15_000,
  /** Waiting for the remuxer; past it the browser is not read from. */
  queueBytesMax: 8_388_608,
  /** From the last piece until the remuxer has given all of it. */
  drainMsMax: 3_000,
  /** One tag of FLV. */
  tagBytesMax: 8_388_608,
});

/** A publisher that waits while another origin is active: the newest of it that is kept. */
export const standbyLimits = Object.freeze({
  bytesMax: 16_777_216,
  /** From a keyframe on; past it nothing is kept until the next one. */
  tagsMax: 4_096,
  /** Of a source without a picture: about a second. */
  soundTagsMax: 50,
  /** One that has sent no media for so long does not wait: it could not go on with anything. */
  silentMsMax: 3_000,
});

/** Repairing source timestamps before the encoder sees them. */
export const sanitiserLimits = Object.freeze({
  /** A step of decode time outside this range is a jump and is taken out of the timeline. */
  stepForwardMsMax: 1_000,
  stepBackwardMsMax: 0,
  /** Up to here a step back is jitter: held, not shifted. */
  jitterMsMax: 20,
  /** A track that lies this far behind the other one for this long has a clock that stood still; it is brought up. */
  lagMsMax: 1_500,
  lagForMsMin: 1_000,
});

/** Filling a track that stops while the other goes on. */
export const fillLimits = Object.freeze({
  /** How far a track may lie behind the other before it is taken to be missing. */
  soundAfterMs: 1_000,
  pictureAfterMs: 2_000,
  /** A track is told to be missing when the other has gone on without it for so long. */
  tellAfterMs: 300,
  /** Missing sound is filled up to here behind the picture. */
  soundBehindMs: 300,
  /** Frames written at once for one hole. */
  framesMax: 2_048,
});

/**
 * What is said of how a source is sent. What closes a finding (`Calm`) lies well apart from what opens it, so that nothing
 * opens and closes all the time.
 */
export const sourceHealthLimits = Object.freeze({
  /** An encoder may begin with so much at once, and be so much faster than time later on; what is beyond is counted. */
  burstMsMax: 6_000,
  burstWithinMs: 5_000,
  paceMax: 1.05,
  aheadMsMax: 2_000,
  aheadCalmMs: 500,
  /** No more than this is held against it: at the pace of time it is forgiven within a minute. */
  aheadKeptMsMax: 3_000,
  /** In a late second something came this much later than the best of it and of the one before; so many of so many. */
  lateMsMax: 500,
  lateWindowS: 20,
  lateSecondsMax: 5,
  lateSecondsCalm: 2,
  /** Once no picture has come for this long, the sound tells how media arrives. */
  pictureGoneMs: 2_000,
  /** The bitrate is measured from keyframe to keyframe, over stretches of these lengths, and averaged over so many. */
  stretchMsMin: 2_000,
  stretchMsMax: 10_000,
  stretchesMax: 12,
  meanStretches: 5,
  /** Shares of what is usual for the size of the picture. */
  bitrateHigh: 3,
  bitrateHighCalm: 2.5,
  bitrateLow: 0.1,
  bitrateLowCalm: 0.15,
  /** Less than this is never called high, and the picture not called starved that usually gets by with less than that. */
  highBitrateMin: 2_500_000,
  usualBitrateJudgedMin: 400_000,
  /** Mean step from one stretch to the next, as a share of the mean. */
  bitrateSwing: 0.5,
  bitrateSwingCalm: 0.3,
  swingStepsMin: 5,
  /** Sound and picture may move against each other by so much: what viewers still accept (ITU-R BT.1359). */
  driftMsMax: 185,
  driftCalmMs: 90,
  /** Over so many seconds, at the beginning and now. */
  skewSeconds: 5,
  /** And the sound's times against its samples in so long: clocks differ by less than a tenth of it. */
  gainMsMax: 100,
  gainCalmMs: 50,
  gainWindowS: 60,
  /** A step of so many frames is a hole in the sound. */
  soundHoleFrames: 2.5,
});

/** Watching the source before the ladder is chosen. */
export const probeLimits = Object.freeze({
  trackWaitMsMax: 1_000,
  keyframeWaitMsMax: 4_500,
  /** A publisher that comes back with the same decoder configuration is looked at for this long. */
  knownSourceMs: 300,
  bufferedBytesMax: 33_554_432,
});
