/** What the gate needs to know and cannot decide by itself; each is answered from memory nearly always. */

/** Algorithms of playback tokens; nothing else is accepted, whatever a token's header says. */
export type TokenAlgorithm = 'HS256' | 'ES256' | 'EdDSA';

/** A key that tokens are checked with. */
export interface VerifyingKey {
  readonly kid: string;
  /** Opens this channel only; null: any channel of the deployment. */
  readonly channel: string | null;
  /** The only algorithm that this key is used with. */
  readonly algorithm: TokenAlgorithm;
  readonly key: CryptoKey;
  /** Tokens are no longer accepted after this time, ms since the Unix epoch; null: no end is set. */
  readonly untilMs: number | null;
}

export interface KeyRing {
  /**
   * The key of this id, or null when there is none; killed keys are not found. Several channels may have keys of one id: a
   * channel's own counts for it, else the deployment's; another channel's is found where there is neither. Throws when the
   * catalogue is away and nothing is remembered.
   * @param channel whose media is asked for; null: not known
   */
  find(kid: string, channel: string | null): Promise<VerifyingKey | null>;
}

/** A {@link KeyRing} as it counts for one channel. */
export interface ChannelKeys {
  find(kid: string): Promise<VerifyingKey | null>;
}

/** Everything about a token that can be revoked. */
export interface RevocationSubject {
  /** Of the key that signed the token, or the token that a session came from. */
  readonly kid: string;
  /** Channel that this key is bound to: others may have keys of the same id. Null: the deployment. */
  readonly owner: string | null;
  /** `ln_…` of the signed link, the token's `jti`. */
  readonly link: string | null;
  readonly session: string | null;
  /** Opaque name of the viewer, the token's `sub`. */
  readonly viewer: string | null;
  readonly channel: string | null;
  readonly broadcast: string | null;
  /** When the token was issued, ms since the Unix epoch; 0 when it does not say. */
  readonly issuedMs: number;
}

export interface Revocations {
  /** Whether any of it is revoked, by a view of the revocations that is seconds old at most. Throws when there is no such view. */
  isRevoked(subject: RevocationSubject): Promise<boolean>;
}

/** A session that wants to play, or to go on playing. */
export interface LeaseRequest {
  readonly session: string;
  /** Channel that the token's key is bound to: its names of viewers and links are none of other owners'. Null: the deployment. */
  readonly owner: string | null;
  readonly viewer: string | null;
  /** How many sessions of this viewer may play at once; null: any number. */
  readonly streamsMax: number | null;
  /** What happens to a session too many: it is refused, or the one that began first ends. */
  readonly whenFull: 'refuse-newest' | 'end-oldest';
  /** The signed link that the session began with, for which uses are noted, and how many sessions it may begin; null: any number. */
  readonly link: { readonly id: string; readonly usesMax: number | null } | null;
  readonly isNew: boolean;
}

export type LeaseAnswer =
  | { readonly granted: true; readonly untilMs: number }
  | { readonly granted: false; readonly code: 'too_many_streams' | 'link_used_up' };

export interface Leases {
  /** Grants or prolongs; from memory while the lease holds. */
  renew(request: LeaseRequest): Promise<LeaseAnswer>;
}

/**
 * What a request does to the lease of its session: manifests keep it, and what is read once (a slice with an end) for
 * longer; media keeps it only where no manifest is asked for again.
 */
export type Keeping = 'lease' | 'long-lease' | 'nothing';

export interface SessionLeases {
  /** Whether the session may go on; false: it was silent for longer than its lease, and does not come back. */
  holds(
    session: { readonly id: string; readonly beganMs: number | null },
    isMedia: boolean,
    keeping: Keeping,
    nowMs: number,
  ): Promise<boolean>;
}

/** How often something may be tried, as the platform's rate limiters count: per location, roughly. */
export interface Rates {
  /**
   * Whether somebody may begin to play.
   * @param address of the viewer; null: not known, and counted with nobody
   * @param name id in the token (`jti`) or its digest, never the token itself
   */
  mayBegin(address: string | null, name: string | null): Promise<boolean>;
  /** Whether a refused token is answered with its reason; false: this address guesses, answer `too_many_requests`. */
  mayBeRefused(address: string | null): Promise<boolean>;
}
