/** Bounds of one run: what the suite may cost the server that it looks at, and itself. */
export const runLimits = Object.freeze({
  durationSDefault: 20,
  durationSMax: 86_400,
  requestsMax: 20_000,
  socketsMax: 48,
  redirectsMax: 3,
  bodyBytesMax: 67_108_864,
  /** Media bytes of one run; past them only playlists are followed. */
  mediaBytesMax: 2_147_483_648,
  renditionsMax: 12,
  snapshotsPerRenditionMax: 4_000,
  /** Answers that are not blocking. */
  answerMsMax: 15_000,
  /** Added to three target durations for what may be held. */
  holdMarginMs: 2_000,
  /** Listed segments looked at when a rendition is first seen: the newest, and some spread over the rest. */
  newestSegments: 4,
  spreadSegments: 6,
  /** Removed objects asked for again at the end, per rendition. */
  departedMax: 4,
  pollMsMin: 100,
  /** Viewers who ask for the same at once. */
  crowdSize: 5,
  /** Looks at a manifest that changes all the time, until it stands still for three requests. */
  stillAttemptsMax: 8,
  /** After this time no further look is begun. */
  stillMsMax: 5_000,
  /** Kinds of URIs that are kept of all manifests. */
  carriersMax: 1_000,
  steeringBytesMax: 65_536,
  findingsPerCheckMax: 12,
  textCharsMax: 16_777_216,
  xmlDepthMax: 64,
  /** Segments that one MPD may list per representation. */
  timelineSegmentsMax: 20_000,
});
