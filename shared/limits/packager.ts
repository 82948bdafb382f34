/** Cutting and announcing media. */
export const packagerLimits = Object.freeze({
  segmentTargetMs: 2_000,
  partTargetMs: 200,
  /** Longest keyframe interval that is passed through untouched. */
  passthroughGopMsMax: 4_000,
  boxBytesMax: 16_777_216,
  /** Media of one broadcast in memory, all renditions together. */
  memoryBytesMax: 268_435_456,
  /** Segments stay in memory for this many more, once the store has them (rfc8216bis 6.2.2: parts for 3 × TD after their tags). */
  memorySegmentsStored: 12,
  /** Segments that are in memory only are listed for this many more, and kept for as many again. */
  memorySegmentsUnstored: 30,
  /** Init segments of this many runs stay in memory whether segments of theirs are listed or not. */
  initRunsKept: 16,
  /** Parts are remembered of this many complete segments. */
  segmentsWithPartsMax: 30,
  /** Chunks that wait for the leading rendition of their run. */
  earlyChunksMax: 256,
  /** Gaps that one hole in the source may become. */
  gapSegmentsMax: 30,
  /** How far back a viewer can go, seconds, unless the configuration says otherwise. */
  dvrWindowSDefault: 7_200,
  /** PART-HOLD-BACK in part targets (rfc8216bis 4.4.3.8: at least 3). */
  partHoldBackParts: 4,
  /** A playlist from which segments are removed keeps so many target durations (rfc8216bis 6.2.2). */
  windowTargetDurationsMin: 3,
  /** Skip boundary of delta updates in target durations (rfc8216bis 4.4.3.8: at least 6). */
  skipTargetDurations: 6,
  /** Delay of plain DASH players behind the live edge, in segments. */
  dashDelaySegments: 2,
  /** Latency that low-latency DASH players aim for: seven parts. */
  dashLatencyMs: 1_400,
  /** Players look at a low-latency MPD about this often, and this long after a segment should have been listed. */
  dashLookMs: 1_000,
  dashLookMarginMs: 100,
  /** Parts are listed in this many target durations from the live edge (rfc8216bis 4.4.4.9: at least 3). */
  partTagTargetDurations: 3,
});
