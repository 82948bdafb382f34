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

/** Playback tokens and the sessions that they are exchanged for. */
export const tokenLimits = Object.freeze({
  /** A whole token as it stands in a path, a query, a cookie or a header. */
  charsMax: 4_096,
  /** A session can be so much longer than the token that it came from: it names its key, its channel and the page around it. */
  sessionMoreCharsMax: 768,
  /** Ids inside of a token: viewer, session, link, key. */
  idCharsMax: 128,
  /** A host with its port: a name has 253 (RFC 1035 2.3.4). */
  hostCharsMax: 259,
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
