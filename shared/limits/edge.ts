/** The edge: one isolate has 128 MB in production. */
export const edgeLimits = Object.freeze({
  isolateCacheBytesMax: 33_554_432,
  isolateCacheEntriesMax: 4_096,
  shieldCacheBytesMax: 50_331_648,
  shieldCacheEntriesMax: 2_048,
  /** Below the 32 MiB that one call to a Durable Object may carry. */
  objectBytesMax: 31_457_280,
  /** Segments of one rendition whose number of parts a shield remembers: few, parts are soon gone at the origin. */
  assembledSegmentsMax: 8,
  /** A shield that was asked for a part within this makes segments of parts. */
  partsWantedMs: 6_000,
  /** Segments in the making, of all viewers and shields of one isolate together. */
  growingBytesMax: 25_165_824,
  /** A segment in the making that gets no chunk for this long is given up; above the origin's own 3 × target duration. */
  growingStallMsMax: 15_000,
  playlistCacheBytesMax: 4_194_304,
  playlistCacheEntriesMax: 1_024,
  refusalCacheBytesMax: 1_048_576,
  refusalCacheEntriesMax: 1_024,
  /** Manifests rewritten for viewers, beside the ones they were made from. */
  rewrittenCacheBytesMax: 8_388_608,
  rewrittenCacheEntriesMax: 1_024,
  /** What manifests were split into; measured, a template takes so many bytes for each byte of its text. */
  templateCacheBytesMax: 16_777_216,
  templateBytesPerByte: 10,
  /** Which segments belong to the ranges of tokens, and what is counted for an entry beside its key. */
  listedCacheBytesMax: 2_097_152,
  listedCacheEntriesMax: 4_096,
  listedSpanBytes: 128,
  /** An upstream answer for anything that is not a blocking request. */
  upstreamMsMax: 8_000,
  /** A blocking request upstream while no target duration is known: above the origin's own 3 × target duration. */
  upstreamBlockingMsMax: 20_000,
  /** Each tier waits this much longer than the tier above it, so that the answer and not the timer decides. */
  tierMarginMs: 1_000,
  /** A follower waits this much past its leader's limit before it asks by itself. */
  followerGraceMs: 500,
  resolveTtlMs: 1_000,
  /** A channel's last known broadcast is used for this long while the catalogue does not answer. */
  resolveStaleMsMax: 10_000,
  resolveMsMax: 5_000,
  resolveEntriesMax: 4_096,
  /** For which sites an embed page was, counts for so long while the catalogue is away; PoPs note it no more often than this. */
  embedSitesMsMax: 3_600_000,
  embedSitesNotedMs: 60_000,
  /** Where a broadcast's origin is; asked again at once when that origin does not answer. */
  originTtlMs: 10_000,
  /** Asked again no more often than this because an origin does not know the key that a shield signs with. */
  keyDoubtMsMin: 1_000,
  /** While another origin is about to go on with a broadcast, it is looked for this often. */
  heirLookMs: 500,
  /** The one retry of a failed upstream request waits between these. */
  retryDelayMsMin: 50,
  retryDelayMsMax: 150,
  /**
   * A shield asks ahead only while no more requests than this wait for the origin's headers: a Durable Object has six such
   * connections, and viewers' own requests must find one.
   */
  prefetchWaitingMax: 3,
  /** Objects that a shield remembers to have asked for ahead. */
  prefetchRememberedMax: 64,
  /** A hinted part that the origin did not hold or withdrew: hints are not asked for ahead for this long. */
  prefetchHintsOffMs: 10_000,
  /** An immutable object that is slower than this is asked for a second time beside the first; above a segment listed ahead. */
  hedgeMs: 4_000,
  /** Failures in a row after which an origin is left alone, and for how long. */
  breakerFailures: 5,
  breakerOpenMs: 500,
  /** While it is not known whether it is back, one request goes out in this time. */
  breakerProbeMsMax: 1_000,
  breakersMax: 256,
  /** While viewers get playlists that are too old, a shield says so this often. */
  staleToldMs: 5_000,
  /** How often players ask where to go. */
  steeringTtlS: 30,
  /** Other pathways are asked whether they are well this often, and taken for ailing after so many failures in a row. */
  pathwayCheckMs: 5_000,
  pathwayCheckMsMax: 2_000,
  pathwayFailures: 2,
  /** Shields of one channel with a foreign source, per region. */
  foreignShieldsPerChannel: 4,
  foreignManifestBytesMax: 4_194_304,
  foreignRedirectsMax: 3,
  /** Foreign media may be used for this long where its server does not say: names may come back after a restart. */
  foreignMediaMsDefault: 60_000,
  foreignMediaMsMax: 86_400_000,
  foreignManifestMsMax: 2_000,
  foreignOtherMs: 1_000,
  /** After its time foreign media may still be used for this long while its server fails. */
  foreignStaleMsMax: 60_000,
  queryCharsMax: 2_048,
  /** A body is handed to a viewer's connection in pieces of this size. */
  responseSliceBytes: 262_144,
  requestBodyBytesMax: 65_536,
  objectsListedMax: 1_000,
  /** What the bucket may cost a request for live media before the origin is asked: until it begins to answer, and to its end. */
  bucketFirstMsMax: 500,
  bucketFirstBodyMsMax: 2_000,
  /** A bucket with the S3 API: until it begins to answer a read, until that is whole, and for what is put there. */
  bucketHeadersMsMax: 3_000,
  bucketReadMsMax: 8_000,
  bucketPutMsMax: 25_000,
  /** So often the rest of an object is asked for that broke off or came too slowly. */
  bucketResumesMax: 2,
  bucketRefusalCharsMax: 4_096,
  /** A Worker has six connections that wait for headers. */
  bucketRemovesAtOnceMax: 6,
  /** Segments of a download that are fetched before their turn: few, a Worker has six connections; and together no larger. */
  downloadAheadMax: 4,
  downloadAheadBytesMax: 8_388_608,
  /** Records that the shields of an isolate hold together, counted by their segments: the longest that there is fits. */
  replayCacheBytesMax: 50_331_648,
  replayCacheEntriesMax: 256,
  replayBytesPerSegment: 180,
  replayBytesMin: 1_024,
  /** The record of a broadcast is read again from the bucket after this. */
  recordTtlMs: 5_000,
  /** A segment that was missing is a gap of its replay for this long, then it is looked for again. */
  missingMs: 3_600_000,
  /** A shield asks the catalogue this often which are missing. */
  missingLookMs: 30_000,
});

/** Signed requests between edge and origin. */
export const wireLimits = Object.freeze({
  clockSkewMsMax: 60_000,
});
