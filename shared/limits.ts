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
  widthMax: 4_096,
  heightMax: 4_096,
  frameRateMax: 120,
});

/** Publishing from a browser over a WebSocket; what it shares with RTMP is among the limits of ingest. */
export const browserPublishLimits = Object.freeze({
  socketsMax: 32,
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

/** One encoder process per broadcast. */
export const transcoderLimits = Object.freeze({
  restartBackoffMsMin: 250,
  restartBackoffMsMax: 8_000,
  /** No output for this long while input flows: the encoder hangs and is killed. */
  stallMsMax: 4_000,
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

/** Keeping media beyond memory. */
export const recordLimits = Object.freeze({
  /** Missing numbers in a row that are read as gaps: a day. More is no record of ours. */
  holeSegmentsMax: 43_200,
  /** Newest lines beside the record of a running broadcast; past it the whole record is put. */
  tailBytesMax: 262_144,
  /** Segments of one rendition, past the end of a record, that are read to find out what they are. */
  unlistedSegmentsMax: 64,
});

/** Taking over broadcasts of dead origins. */
export const adoptionLimits = Object.freeze({
  attemptsMax: 20,
  retryMs: 30_000,
  /** An origin is told of so many at a time. */
  toldMax: 4,
  /** An origin that the control plane has not answered for so long may be taken for dead soon: it uploads nothing until it knows. */
  silenceMsMax: 8_000,
});

export const storeLimits = Object.freeze({
  /** Media of one broadcast on its way into the store; past it, segments are recorded as gaps. */
  archiveQueueBytesMax: 67_108_864,
  /** The local store of an origin, unless the configuration says otherwise. */
  spoolBytesMaxDefault: 21_474_836_480,
  /** One call to a bucket. */
  requestMsMax: 30_000,
  /** A call takes longer than that by its bytes at this rate; one that is slower is given up. */
  bytesPerSecondMin: 65_536,
  /** What a read may have to bring: most segments are smaller. */
  readBytesTypical: 4_194_304,
  s3ConnectMsMax: 5_000,
  s3DeletesAtOnceMax: 8,
  /** Objects on their way into the bucket at once. */
  uploadsMax: 4,
  uploadBackoffMsMin: 500,
  uploadBackoffMsMax: 30_000,
  /** A bucket that was found not to have what it took, or does not say, is asked again after this. */
  confirmRetryMs: 30_000,
  /** Parts of the live edge on their way into the bucket: waiting, sent at once, and not to be removed yet. */
  livePartsWaitingMax: 64,
  livePartsAtOnceMax: 8,
  livePartsKeptMax: 16_384,
  /** After a failure no part is put for this long. */
  livePartsRestMs: 1_000,
  /** Parts leave the bucket this many target durations after they were put: as long as playlists name them, and a little more. */
  livePartsTargetDurations: 6,
  livePartsSweepMs: 2_000,
  /** Lines of one broadcast's record that wait for a disk that fails; past it, segments become gaps. */
  journalLinesMax: 50_000,
  journalRetryMs: 1_000,
  /** Room on its disk that the spool leaves: the record must be able to name what is stored. */
  spoolReserveBytes: 33_554_432,
  /** The record of a running broadcast goes to the bucket this often. */
  recordEveryMs: 60_000,
  /** That of one that is over, when it could not be stored. */
  recordRetryMs: 10_000,
  /** How often it is told how far a finished broadcast is on its way into the bucket. */
  replayReportMs: 3_000,
  /** Deleted broadcasts that an origin remembers to have forgotten. */
  forgottenMax: 1_000,
});

/** Making a replay of a file. */
export const importLimits = Object.freeze({
  fileBytesMax: 137_438_953_472,
  durationMsMin: 1_000,
  durationMsMax: 43_200_000,
  /** Segments on their way into the store; past it the encoder waits. */
  segmentsWaitingMax: 8,
  /** The encoder is given up when nothing comes out for this long. */
  stallMsMax: 60_000,
  /** Between two reports of progress. */
  progressMs: 500,
  /** Seconds of media by which a file may fall short of what it says of itself. */
  shortMsMax: 2_000,
  /** Of the ladder's bitrate; what has to be free on the disk. */
  roomShare: 1.3,
  /** Other processes go first. */
  niceness: 10,
});

/** Saying that storage will fail before it does. */
export const storageWatchLimits = Object.freeze({
  sampleMs: 5_000,
  /** The rate at which a disk fills up is that of so many samples, and of this long at least. */
  samplesMax: 60,
  rateMsMin: 30_000,
  /** A disk that is full within this is low, until it is not within the other. */
  diskLowMs: 1_800_000,
  diskCalmMs: 3_600_000,
  /** So is one with less than this share of its room free. */
  freeShareLow: 0.05,
  freeShareCalm: 0.1,
  /** An object that has waited this long for the bucket, until the oldest waits no longer than the other. */
  backlogMs: 60_000,
  backlogCalmMs: 10_000,
});

/** Pictures of a broadcast for scrubbers and lists: the first thing to be left out when the machine has too much to do. */
export const thumbnailLimits = Object.freeze({
  /** Longer side of a small picture, pixels. */
  tilePixels: 160,
  sheetColumns: 5,
  sheetRows: 5,
  /** Longer side of a poster, pixels. */
  posterPixels: 1_280,
  /** At least this far apart, by how long the broadcast is: `[until, every]`. */
  spacingMs: [
    [3_600_000, 5_000],
    [14_400_000, 10_000],
    [Number.POSITIVE_INFINITY, 30_000],
  ] as const,
  sheetsMax: 1_000,
  /** A new poster is made when the broadcast is twice as long as at the last one, but after this at the latest. */
  posterEveryMsMax: 600_000,
  /** One picture or sheet. */
  pictureMsMax: 5_000,
  pictureBytesMax: 4_194_304,
  /** Segments whose time is remembered, for a rendition that comes after the others. */
  timesRememberedMax: 64,
});

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

/** A broadcast without its publisher. */
export const broadcastLimits = Object.freeze({
  reconnectWindowMsDefault: 60_000,
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
});

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
  /** Where a broadcast's origin is; asked again at once when that origin does not answer. */
  originTtlMs: 10_000,
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
  bucketRefusalCharsMax: 4_096,
  /** A Worker has six connections that wait for headers. */
  bucketRemovesAtOnceMax: 6,
  /** Segments of a download that are fetched before their turn: few, a Worker has six connections; and together no larger. */
  downloadAheadMax: 4,
  downloadAheadBytesMax: 8_388_608,
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

/** One open page: how often it asks, how long it waits. Every wait is jittered by the page. */
export const pageLimits = Object.freeze({
  viewPollMs: 2_000,
  viewPollHealthyMs: 5_000,
  /** Nothing will change soon: no such channel, a private one, a tab in the background. */
  viewPollSlowMs: 10_000,
  /** A replay or a clip: nothing but its deletion changes it. */
  viewPollSettledMs: 60_000,
  viewRequestMsMax: 6_000,
  viewRetryMsMax: 15_000,
  /** Views that fail in a row before the page says so. */
  viewFailuresMin: 3,
  livePollMs: 5_000,
  mediaRetryMsMin: 500,
  mediaRetryMsMax: 8_000,
  /** Media failures in a row before the page says so. */
  mediaFailuresMin: 3,
  /** Playing this long forgives earlier failures. */
  mediaHealthyMs: 10_000,
  /** No picture and no new media for this long while live: the engine is rebuilt. */
  frozenMsMax: 6_000,
  /** Further behind than the engine's target and this: no longer "live". */
  behindMsMin: 3_000,
  errorsKeptMax: 50,
  clipDefaultS: 30,
  clipSMin: 1,
  /** What the handles of a clip move in; a longer recording is shown in part. */
  clipStripSMax: 600,
  /** Replays that the watch page lists at a time. */
  replaysShown: 12,
  /** A token is replaced this long before it ends, and asked for again after a failure. */
  tokenRenewEarlyMs: 10_000,
  tokenRetryMs: 1_000,
});

/** The studio page. */
export const studioLimits = Object.freeze({
  requestMsMax: 15_000,
  /** Channels in the list to choose from, and how many of them one request asks for. */
  channelsListedMax: 1_000,
  channelsPerPage: 100,
  listPollMs: 10_000,
  listPageMax: 24,
  findingsShownMax: 3,
  /** What is deleted can be taken back for so long. */
  undoMs: 6_000,
  noticeMs: 5_000,
  /** Measurements that the health page keeps: nearly an hour, as origins report every ten seconds. */
  samplesKeptMax: 300,
  samplesTabledMax: 30,
  findingsLoggedMax: 100,
  /** Measurements further apart are not joined by a line. */
  sampleGapMsMax: 25_000,
  /** Multiple of real time; slower is worth a word. */
  speedMin: 0.95,
  fileUrlMs: 30_000,
});

/** Going live from a browser: the page's side. */
export const castLimits = Object.freeze({
  /** From the connection to the server's word. */
  connectMsMax: 15_000,
  pieceMs: 250,
  keyframeMs: 2_000,
  soundBitsPerSecond: 128_000,
  bitsPerSecondMin: 300_000,
  /** Recorded and not sent: the connection is slower than the recording. */
  waitingBytesMax: 2_097_152,
  retryMsMin: 500,
  retryMsMax: 8_000,
  /** Without a connection: after this long the reconnect window of most channels is over. */
  lostMsMax: 60_000,
});

/** The catalogue: what people and origins may store in it. */
export const controlLimits = Object.freeze({
  /** Code points. */
  titleCharsMax: 120,
  labelCharsMax: 64,
  /** An isolate adds its counts to its PoP's no more often than this. */
  countersFlushMs: 5_000,
  metricsTtlMs: 1_000,
  popsListedMax: 500,
  sourceUrlCharsMax: 1_024,
  sentenceCharsMax: 500,
  clipMsMin: 500,
  /** "Clip the last …", seconds. */
  clipLastSMax: 14_400,
  reconnectWindowMsMax: 1_800_000,
  keysPerChannelMax: 20,
  /** A stream key that was replaced is taken for so long. */
  keyGraceMsDefault: 86_400_000,
  keyGraceMsMax: 30 * 86_400_000,
  /** Keys that are over are listed for so long. */
  expiredKeyListedMs: 7 * 86_400_000,
  /** Deleted keys of a channel that are remembered, so that their use can be told. */
  deletedKeysMax: 100,
  /** Tokens of the API that can be used. */
  apiTokensMax: 1_000,
  /** The use of a token is noted no more often than this. */
  tokenUseNotedMs: 60_000,
  auditKeptMs: 400 * 86_400_000,
  /** Old entries that go with each new one: more than come in. */
  auditPurgedMax: 16,
  /** A call that comes again with its Idempotency-Key is answered as before for so long. */
  idempotencyKeptMs: 86_400_000,
  idempotencyPurgedMax: 16,
  idempotentAnswerCharsMax: 262_144,
  pageDefault: 50,
  pageMax: 100,
  originsListedMax: 200,
  ingestsListedMax: 20,
  ingestsTtlMs: 1_000,
  liveChannelsListedMax: 100,
  replaysListedMax: 24,
  /** What the bucket has of a broadcast is read again after this. */
  storedReplayTtlMs: 5_000,
  storedReplaysMax: 256,
  /** A broadcast that ended longer ago and left nothing in the bucket is not waited for. */
  uploadingMsMax: 3_600_000,
  reportRenditionsMax: 16,
  reportFindingsMax: 32,
  heartbeatBroadcastsMax: 256,
  /** Origins of one broadcast that the edge knows: the one that makes it and those with a copy. */
  originsPerBroadcastMax: 4,
  /** An open broadcast that its origin does not name is over once nothing was heard of it for this long. */
  unheldBroadcastMsMin: 10_000,
  /** Origins hear for so long that viewers got old playlists: three times as long as shields need to say so again. */
  edgeStaleForMs: 15_000,
  /** One run of the retention: deletions that it goes on with, and listings of at most `objectsListedMax` objects. */
  deletionsPerRunMax: 20,
  deletionPagesPerRunMax: 20,
  /** An origin hears of a deletion within a heartbeat; what it sent before has arrived after this. */
  deletionSettleMs: 60_000,
  /** Origins are told of deletions for this long. */
  forgetForMs: 604_800_000,
  forgetListedMax: 100,
  retentionDaysMax: 36_500,
  retentionLastMax: 100_000,
  /** A bucket has at most so many rules. */
  lifecycleRulesMax: 1_000,
  /** Records that one call looks for: each is a request to the bucket. */
  recordsLookedUpMax: 25,
  /** Missing segments that are remembered of one replay. */
  missingSegmentsMax: 1_000,
  /** A finished broadcast of which its origin says nothing for so long is lost. */
  replayUnheardMsMax: 600_000,
  /** Answers to a publisher are decided anew this often when another one changes the catalogue in between. */
  publishAttemptsMax: 4,
  /** Remembered signatures that are forgotten with each new one: more than come in, so that they do not pile up. */
  seenSignaturesPurgedMax: 16,
});

/** Webhooks and what they deliver. */
export const webhookLimits = Object.freeze({
  webhooksMax: 100,
  urlCharsMax: 1_024,
  requestMsMax: 10_000,
  /** Waits after the first, second, … refusal of one event, ms: together a little more than a day. */
  retryMs: Object.freeze([5e3, 30e3, 120e3, 600e3, 1_800e3, 3_600e3, 10_800e3, 21_600e3, 43_200e3]),
  /** Up to this share longer. */
  retryJitter: 0.2,
  eventsPerRunMax: 50,
  eventsKeptMs: 7 * 86_400_000,
  /** Old events that go with each poke: more than come in. */
  eventsDroppedMax: 50,
  deliveriesKeptMax: 100,
  pokeMsMin: 2_000,
  /** Wrong secrets for one key are told once in this time. */
  keyRefusedMsMin: 60_000,
  /** A secret that was rotated signs too for so long. */
  graceMsDefault: 86_400_000,
  graceMsMax: 30 * 86_400_000,
});

/** Signing keys and the links that they sign. */
export const signingLimits = Object.freeze({
  /** Keys that are not killed and not past their time, in the deployment. */
  keysMax: 200,
  keySetsMax: 20,
  kidCharsMax: 64,
  /** No link and no playback token is good for longer: revocations are forgotten after this. */
  tokenLifeMsMax: 2_592_000_000,
  /** A link "until the end" ends with its broadcast, and after this in any case. */
  untilEndMsMax: 86_400_000,
  /** Links are listed for this long after they have ended. */
  linkKeptMs: 2_592_000_000,
  linksPurgedMax: 100,
  /** Media is served for no longer than this after a token's end. */
  afterExpiryMsMax: 120_000,
  usesMax: 10_000,
  sitesMax: 32,
  countriesMax: 64,
  prefixesMax: 32,
  streamsMax: 100,
  viewerCharsMax: 128,
  /** An isolate reads the keys again after this; for keys that it does not know at once, but so often in `ringUnknownMs`. */
  ringTtlMs: 10_000,
  ringUnknownMs: 1_000,
  ringUnknownReadsMax: 10,
  /** While the catalogue is away, known keys are used for this long. */
  ringStaleMsMax: 3_600_000,
  /** A customer's key set: read again after its time, for an unknown key once in `jwksUnknownMs` in the whole deployment. */
  jwksTtlMs: 300_000,
  jwksUnknownMs: 30_000,
  jwksStaleMsMax: 3_600_000,
  jwksRequestMsMax: 3_000,
  jwksBytesMax: 65_536,
  jwksKeysMax: 32,
  jwksUrlCharsMax: 1_024,
});

/** What isolates ask the desks, and what the desks keep. */
export const deskLimits = Object.freeze({
  revocationsMax: 10_000,
  /** Beyond those: room for keys, channels and broadcasts, so that an emergency finds a place. */
  revocationsReserved: 256,
  /** Withdrawn revocations that are still told to isolates one by one. */
  withdrawnMax: 1_000,
  expireEveryMs: 60_000,
  valueCharsMax: 128,
  /** Isolates ask for changes this often while they are used, and wait for them when they have heard nothing for longer. */
  refreshMs: 3_000,
  viewMsMax: 8_000,
  /** While the desk is away: what is known counts for this long. */
  awayMsMax: 60_000,
  retryMs: 1_000,
  callMsMax: 1_500,
  leaseMs: 30_000,
  /** An isolate tells the desk of a session no more often than this. */
  touchMs: 20_000,
  /** Running sessions go on for this long while the desk is away. */
  leaseAwayMsMax: 300_000,
  leasesRememberedMax: 10_000,
  /** Sessions that were ended by a newer one are remembered, so that they do not come back by themselves. */
  endedMax: 64,
  endedMs: 3_600_000,
  /** Uses of links go into the catalogue no more often than this. */
  usesFlushMs: 5_000,
  usesRememberedMax: 1_000,
});

/** The operator's command line. */
export const cliLimits = Object.freeze({
  requestMsMax: 15_000,
  answerBytesMax: 16_777_216,
  /** Pages that one list follows, and what it asks for in each. */
  pagesMax: 200,
  pageSize: 100,
  /** Pages of the bucket's listing, a thousand objects each, that one report of orphans looks at. */
  bucketPagesMax: 10_000,
  listedDefault: 50,
  tokenFileBytesMax: 4_096,
  /** A download that breaks off goes on where it was, so often in a row without a byte more. */
  downloadRetries: 5,
  downloadBackoffMsMin: 500,
  downloadBackoffMsMax: 10_000,
  /** A download that gets no byte for this long is taken to have broken off. */
  downloadStallMsMax: 20_000,
  /** What `doctor` calls too little or too far. */
  diskFreeBytesMin: 2_147_483_648,
  clockSkewMsMax: 5_000,
  checkMsMax: 15_000,
  /** A revoked link must be refused within this. */
  revokedMsMax: 10_000,
  revokedPollMs: 500,
  questionMsMax: 10_000,
  questionBytesMax: 1_048_576,
  /** Port of loopback that `webhook listen` takes; the local stack sends webhooks to it. */
  listenPort: 9787,
  deliveryBytesMax: 1_048_576,
  forwardMsMax: 9_000,
  /** Until a stack that `up` started has written its addresses. */
  upMsMax: 600_000,
  upPollMs: 250,
});

/** Playback tokens and the sessions that they are exchanged for. */
export const tokenLimits = Object.freeze({
  /** A whole token as it stands in a path, a query, a cookie or a header. */
  charsMax: 4_096,
  /** Ids inside of a token: viewer, session, link, key. */
  idCharsMax: 128,
  /** Countries, networks or sites that one token lists. */
  entriesMax: 64,
  /** Clocks of minter and PoP may differ by this much. */
  leewayMs: 5_000,
  /** Media is still sent this long after the end, so that a viewer is cut at a playlist and not inside the buffer: 3 × 6 s hold-back and 30 s of buffer, at most a minute. */
  mediaGraceMs: 48_000,
  /** A session ends at the latest this long after it began, whatever its token says. */
  sessionMsMax: 86_400_000,
  /** A session that asks for no playlist for this long is over; `SESSION_LEASE_S` says otherwise, but never less than the minimum. */
  leaseMsDefault: 1_800_000,
  leaseMsMin: 5_000,
  /** What is read once, a slice with an end, keeps it for this long. */
  leaseClosedMs: 14_400_000,
  /** An address that plays with a token is counted again after this: the period of the rate limiters. */
  usedAgainMs: 60_000,
  /** Checked tokens that an isolate remembers. */
  verifiedEntriesMax: 4_096,
  /** A live-only token may still read the end of a broadcast for this long. */
  endedMs: 120_000,
  /** And its media for this long, for viewers who were as far behind as the window goes. */
  endedMediaMs: 14_400_000,
  /** Visibility of a broadcast is read again from the catalogue after this. */
  visibilityTtlMs: 3_000,
  /** One that is older is not used while it is read again: viewers wait for the new one. */
  visibilityStaleMsMax: 6_000,
  /** Signing keys that an isolate remembers, and for how long before they are read again. */
  keysHeldMax: 256,
  keyTtlMs: 5_000,
  streamsMax: 1_000,
  usesMax: 1_000_000,
});
