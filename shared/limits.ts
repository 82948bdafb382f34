/**
 * Every bound of the system in one place, with its unit last in the name.
 * A queue, loop, window or body without an entry here is a defect.
 */

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
  widthMax: 4_096,
  heightMax: 4_096,
  frameRateMax: 120,
});

/** Repairing source timestamps before the encoder sees them. */
export const sanitiserLimits = Object.freeze({
  /** A step of decode time outside this range is a jump and is taken out of the timeline. */
  stepForwardMsMax: 1_000,
  stepBackwardMsMax: 0,
});

/** Watching the source before the ladder is chosen. */
export const probeLimits = Object.freeze({
  trackWaitMsMax: 1_000,
  keyframeWaitMsMax: 4_500,
  bufferedBytesMax: 33_554_432,
});

/** One encoder process per broadcast. */
export const transcoderLimits = Object.freeze({
  restartBackoffMsMin: 250,
  restartBackoffMsMax: 8_000,
  /** No output for this long while input flows: the encoder hangs and is killed. */
  stallMsMax: 4_000,
  stopMsMax: 3_000,
  stderrLinesMax: 200,
  stderrLineBytesMax: 2_048,
  inputQueueBytesMax: 16_777_216,
  renditionsMax: 8,
});

/** Cutting and announcing media. */
export const packagerLimits = Object.freeze({
  segmentTargetMs: 2_000,
  partTargetMs: 200,
  /** Longest keyframe interval that is passed through untouched. */
  passthroughGopMsMax: 4_000,
  boxBytesMax: 16_777_216,
  windowSegmentsMax: 30,
  windowBytesMax: 268_435_456,
  /** Parts are listed in this many target durations from the live edge (rfc8216bis 4.4.4.9: at least 3). */
  partTagTargetDurations: 3,
});

/** The origin's own HTTP server, which serves PoPs only. */
export const originHttpLimits = Object.freeze({
  headersMsMax: 10_000,
  requestMsMax: 30_000,
  waitersPerRenditionMax: 1_024,
  connectionsMax: 2_048,
});

/** A broadcast without its publisher. */
export const broadcastLimits = Object.freeze({
  reconnectWindowMsDefault: 60_000,
  broadcastsMax: 64,
  takeoversPerMinuteMax: 3,
  heartbeatMs: 2_000,
  /** An origin unheard of for this long is dead. */
  originDeadMsMin: 10_000,
  /** Ended broadcasts stay answerable at the origin for this long. */
  lingerMs: 120_000,
});

/** The edge: one isolate has 128 MB in production. */
export const edgeLimits = Object.freeze({
  isolateCacheBytesMax: 33_554_432,
  isolateCacheEntriesMax: 4_096,
  shieldCacheBytesMax: 50_331_648,
  shieldCacheEntriesMax: 2_048,
  objectBytesMax: 33_554_432,
  /** An upstream answer for anything that is not a blocking request. */
  upstreamMsMax: 8_000,
  /** A blocking request upstream: above the origin's own 3 × target duration. */
  upstreamBlockingMsMax: 20_000,
  resolveTtlMs: 1_000,
  requestBodyBytesMax: 65_536,
});

/** Signed requests between edge and origin. */
export const wireLimits = Object.freeze({
  clockSkewMsMax: 60_000,
});
