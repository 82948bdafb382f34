/** The catalogue: what people and origins may store in it. */
export const controlLimits = Object.freeze({
  /** Code points. */
  titleCharsMax: 120,
  labelCharsMax: 64,
  /** An isolate adds its counts to its PoP's no more often than this. */
  countersFlushMs: 5_000,
  metricsTtlMs: 1_000,
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
  /** Tokens that origins join with. */
  joinTokensMax: 100,
  joinTokenUsesMax: 1_000,
  joinTokenMsDefault: 3_600_000,
  joinTokenMsMax: 30 * 86_400_000,
  /** They are listed for this long after their time. */
  joinTokenKeptMs: 30 * 86_400_000,
  joinTokensPurgedMax: 100,
  /** An origin that joined and was not heard yet holds its id for this long. */
  joinSettleMs: 60_000,
  /** Whether an origin's key was revoked is asked again after this. */
  originKeyTtlMs: 2_000,
  originKeysRemembered: 512,
  /** That an origin had a broadcast, which it has had for good, is read again after this. */
  objectOwnersTtlMs: 600_000,
  objectOwnersRemembered: 4_096,
  /** Whose a broadcast was that the catalogue does not know is remembered for so long: it may be an import on its way. */
  unknownOwnersKeptMs: 30 * 86_400_000,
  ingestsListedMax: 20,
  ingestsTtlMs: 1_000,
  liveChannelsListedMax: 100,
  /** Live channels for some sites only among which those of one site are looked for: the newest. */
  liveForSitesMax: 1_000,
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
  /** After as many that fail the run is over: the bucket may be away. */
  deletionFailuresPerRunMax: 3,
  /** An origin hears of a deletion within a heartbeat; what it sent before has arrived after this. */
  deletionSettleMs: 60_000,
  /** Origins are told of deletions for this long. */
  forgetForMs: 604_800_000,
  forgetListedMax: 100,
  retentionDaysMax: 36_500,
  retentionLastMax: 100_000,
  /** A bucket has at most so many rules. */
  lifecycleRulesMax: 1_000,
  /** A replay has a rule of the bucket's own once it goes within this: what is decided later the rule would not know. */
  lifecycleAheadMs: 172_800_000,
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

/** Several origins with a publisher of one channel: who of them is active. */
export const arbiterLimits = Object.freeze({
  /** A lease ends so long after it was claimed last, by the clock of the arbiter. */
  leaseMs: 4_000,
  /** It is claimed again this often; one that waits claims its place as often. */
  renewMs: 1_000,
  /** The active origin stops this long before its lease can have ended: what is on its way into the bucket arrives meanwhile. */
  marginMs: 1_000,
  standbysMax: 4,
  /** Origins that are remembered to have shown a stream key of a channel. */
  shownKeysMax: 16,
  /** An arbiter that nobody asks forgets who was active. */
  forgetMs: 60_000,
  /** The catalogue notes no more often than this that a backup waits, and believes it for so long. */
  backupNotedMs: 4_000,
  backupBelievedMs: 12_000,
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
  /** A webhook that nothing waits for is moved past events that do not concern it once they are more than this. */
  passedEventsMax: 100,
  pokeMsMin: 2_000,
  /** Wrong secrets for one key are told once in this time. */
  keyRefusedMsMin: 60_000,
  /** A secret that was rotated signs too for so long. */
  graceMsDefault: 86_400_000,
  graceMsMax: 30 * 86_400_000,
});

/** Videos that are uploaded to be made replays of. */
export const importLimits = Object.freeze({
  nameCharsMax: 200,
  partBytes: 16_777_216,
  /** 32 GiB. */
  partsMax: 2_048,
  /** Missing parts that a refusal names. */
  partsNamedMax: 20,
  /** Of one channel, neither ready nor failed nor cancelled. */
  underWayMax: 20,
  /** An upload that gets no part for so long is given up. */
  abandonedMs: 86_400_000,
  /** A job is given to an origin so often. */
  claimsMax: 3,
  /** An origin that has time takes on a file sooner than this; it hears of it every two seconds. */
  takenWithinMs: 30_000,
  /** An origin says this often how far it is; one that was not heard of for so long has lost the job. */
  reportedMs: 2_000,
  silentMs: 60_000,
  /** One run of the cleaning: imports, and pages of objects that are removed. */
  cleanedPerRunMax: 20,
  cleanedPagesPerRunMax: 6,
  /** What was on its way into the bucket when an import ended has arrived after this. */
  settleMs: 60_000,
});
