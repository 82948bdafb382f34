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
  mediaRetryMsMax: 4_000,
  /** Media failures in a row before the page says so. */
  mediaFailuresMin: 3,
  /** Playing this long forgives earlier failures. */
  mediaHealthyMs: 10_000,
  /** No picture and no new media for this long while live: the engine is rebuilt. */
  frozenMsMax: 6_000,
  /** Further behind than the engine's target and this: no longer "live". */
  behindMsMin: 3_000,
  /**
   * Nothing new is listed for this long, and for twice as long as it may take: the live edge stands still. Below
   * `frozenMsMax`, so that it is known before an engine is rebuilt.
   */
  edgeStillMsMin: 4_000,
  /** The same for an engine that begins: what its manifest lists may be what was seen already. */
  edgeOldMsMin: 1_000,
  /** Nothing was ever listed, for this long since an engine began: nothing can be had. */
  edgeUnlistedMsMin: 8_000,
  /** A viewer who lost time is put at the live edge once the picture has moved for so long unbroken, and no more often. */
  followAfterMs: 3_000,
  goLiveEveryMs: 10_000,
  errorsKeptMax: 50,
  /** What is said twice is gone from the live region for so long, or screen readers hear of no change. */
  announceAgainMs: 100,
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
  originsPerPage: 100,
  findingsShownMax: 3,
  /** What is deleted can be taken back for so long. */
  undoMs: 6_000,
  noticeMs: 5_000,
  /** A file that takes a link of its own is begun within this; a download that goes on is not cut. */
  fileLinkMs: 3_600_000,
  /** Measurements that the health page keeps: nearly an hour, as origins report every ten seconds. */
  samplesKeptMax: 300,
  samplesTabledMax: 30,
  findingsLoggedMax: 100,
  /** Measurements further apart are not joined by a line. */
  sampleGapMsMax: 25_000,
  /** Multiple of real time; slower is worth a word. */
  speedMin: 0.95,
  fileUrlMs: 30_000,
  /** A part of a file that does not move for so long is sent again. */
  uploadStillMsMax: 60_000,
  uploadRetryMsMin: 1_000,
  uploadRetryMsMax: 30_000,
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
  /** Keys of broadcasts of this browser that may still have to be deleted: as many as a channel can have. */
  keyNotesMax: 20,
});
