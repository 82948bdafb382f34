/** Keeping media beyond memory. */
export const recordLimits = Object.freeze({
  /** Missing numbers in a row that are read as gaps: a day. More is no record of ours. */
  holeSegmentsMax: 43_200,
  /** Segments that a record names, of all renditions together: a day of six. A PoP has to read them; past it the oldest are left out. */
  segmentsMax: 259_200,
  /** Its text, unpacked, as it was before lines told of many segments. */
  textBytesMax: 50_331_648,
  /** Segments that one line tells of. */
  blockSegmentsMax: 600,
  /** Lines that are in the bucket are packed when they are so many more bytes. */
  packBytesMin: 524_288,
  /** Newest lines beside the record of a running broadcast; past it the whole record is put. */
  tailBytesMax: 262_144,
  /** Segments of one rendition, past the end of a record, that are read to find out what they are. */
  unlistedSegmentsMax: 64,
});

/** Saying that a replay will lose its oldest part before it does. */
export const recordWatchLimits = Object.freeze({
  /** A record that names this share of `recordLimits.segmentsMax` is long: three and a half hours are left of 36. */
  longShare: 0.9,
});

/** Taking over broadcasts of dead origins. */
export const adoptionLimits = Object.freeze({
  /** A bucket that fails is asked again for an hour before the broadcast is told to be over, and after that too. */
  attemptsMax: 120,
  retryMs: 30_000,
  /** And while a publisher waits for it, so often at most: a decision on a publisher takes five seconds. */
  resumeAttemptsMax: 4,
  resumeRetryMs: 400,
  /** So long without anything from the bucket: it stalls. */
  resumeMsMax: 2_500,
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
  deletesAtOnceMax: 8,
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
  /** Pages of one listing: ten million objects. */
  listPagesMax: 10_000,
  /** An object that is read whole: none that is stored is larger. */
  objectBytesMax: 33_554_432,
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

/** Reading media from the bucket that an origin does not have itself. */
export const readThroughLimits = Object.freeze({
  /** Of the connections to the bucket, which uploads use too. */
  atOnceMax: 8,
  /** Reads that wait for that; past it they fail, and PoPs ask the bucket themselves or again. */
  waitingMax: 64,
});

/** Room in the spool of an origin, where the bucket has what is in it. */
export const spoolTrimLimits = Object.freeze({
  lookMs: 10_000,
  /** Where the bucket had too little of what is in it. */
  restMs: 30_000,
  /** More of its room than this is taken: segments leave it until no more than the other is. Early enough for `diskLowMs`. */
  aboveShare: 0.5,
  toShare: 0.35,
  /** The newest segments of each rendition stay: a minute of two seconds each. */
  keptSegments: 30,
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
  /** A bucket that refuses the keys for so long, once all is encoded, does not take the replay. */
  refusedMsMax: 60_000,
  /** Seconds of media by which a file may fall short of what it says of itself. */
  shortMsMax: 2_000,
  /** Of the ladder's bitrate; what has to be free on the disk. */
  roomShare: 1.3,
  /** Other processes go first. */
  niceness: 10,
  /** What is made is entered again so often where nobody answers, with this pause. */
  enterAttemptsMax: 20,
  enterRetryMs: 2_000,
});

/** Making replays of uploaded files, one after the other. */
export const importerLimits = Object.freeze({
  /** Share of the machine's encoding capacity that broadcasts may use when one is begun. */
  loadMax: 0.75,
  /** Room that is left on the disk beside an uploaded file: broadcasts go on. */
  roomLeftBytes: 1_073_741_824,
  /** A part that the bucket does not give is asked for again after this and more, until it does. */
  partRetryMsMin: 500,
  partRetryMsMax: 30_000,
  /** Keys may be on their way; after so many refusals another origin may have better ones. */
  partRefusalsMax: 8,
  problemDetailCharsMax: 500,
  /** An origin that stops waits so long for what it makes to be undone; that goes on by itself. */
  stopMsMax: 4_000,
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
