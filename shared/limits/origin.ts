/** The origin's own HTTP server, which serves PoPs only. */
export const originHttpLimits = Object.freeze({
  headersMsMax: 10_000,
  /** How often connections are held against their deadlines. */
  checkMs: 1_000,
  requestMsMax: 30_000,
  /** Requests held at once; a PoP merges its viewers, so each rendition takes a few per region. */
  waitersMax: 2_048,
  /** Segments sent while they are made, at once: one per rendition and region. */
  liveSegmentsMax: 1_024,
  connectionsMax: 2_048,
  /** Signatures that are remembered, of some 80 bytes each: 4,300 requests a second for the minute that they are good for. */
  seenSignaturesMax: 262_144,
});

/** An origin that finds another one on its data folder. */
export const dataHoldLimits = Object.freeze({
  /** It looks for so long whether that one goes. */
  waitMsMax: 2_000,
  /** Between two looks, and up to twice that. */
  againMs: 50,
});

/** A broadcast without its publisher. */
export const broadcastLimits = Object.freeze({
  reconnectWindowMsDefault: 60_000,
  /** That are not over. */
  broadcastsMax: 64,
  takeoversPerMinuteMax: 3,
  /** Past this many in a minute a change of the picture's shape no longer starts an encoder of its own. */
  sourceChangesPerMinuteMax: 3,
  /** A connected publisher that sends nothing for this long is starved. */
  starvedMs: 3_000,
  heartbeatMs: 2_000,
  /** An origin unheard of for this long is dead. */
  originDeadMsMin: 10_000,
  /** A finding that tells of a moment closes after this long without another. */
  findingCalmMs: 60_000,
  /** After a hole in the picture a segment may lack its keyframe for so long. */
  brokenPictureMs: 10_000,
  /** Ended broadcasts stay answerable at the origin for this long. */
  lingerMs: 120_000,
  /** No more than so many of them: the oldest goes. */
  lingeringMax: 64,
});
