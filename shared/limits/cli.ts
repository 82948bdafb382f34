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
  /** Parts of a file on their way at once; a call that nobody answers is made again so often. */
  partsAtOnce: 3,
  uploadRetries: 6,
  uploadBackoffMsMin: 500,
  uploadBackoffMsMax: 15_000,
  /** A part has half a minute, and more for its bytes at this rate. */
  partMsMin: 30_000,
  partBytesPerSecondMin: 65_536,
  /** Parts that are missing though they were sent are sent again so often. */
  completesMax: 3,
  /** How often it is looked how far an import is: soon at first. */
  importPollMsMin: 200,
  importPollMsMax: 2_000,
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
