/** Made of the API’s document by `node scripts/api-types.ts`; not to be changed by hand. */

export type WatchView = {
  readonly channel: string;
  readonly title: string;
  readonly state: ChannelState;
  readonly latency: 'low' | 'standard';
  readonly broadcast: string | null;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  readonly interruptedUntilMs: number | null;
  readonly hls: string;
  readonly dash: string;
  readonly pop: string;
  readonly nowMs: number;
};

export type ChannelState = 'waiting' | 'starting' | 'live' | 'interrupted' | 'ended';

/** RFC 9457; docs/protocol/errors.md lists the codes. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code:
    | 'bad_request'
    | 'bad_directive'
    | 'two_tokens'
    | 'too_far_ahead'
    | 'unauthorized'
    | 'token_missing'
    | 'token_invalid'
    | 'token_expired'
    | 'token_not_yet'
    | 'forbidden'
    | 'wrong_resource'
    | 'wrong_scope'
    | 'country_refused'
    | 'network_refused'
    | 'site_refused'
    | 'not_found'
    | 'method_not_allowed'
    | 'conflict'
    | 'gone'
    | 'token_revoked'
    | 'link_used_up'
    | 'length_required'
    | 'body_too_large'
    | 'range_not_satisfiable'
    | 'outside_media'
    | 'idempotency_key_reused'
    | 'encoding_changes'
    | 'too_many_requests'
    | 'too_many_streams'
    | 'internal'
    | 'not_configured'
    | 'upstream_failed'
    | 'too_early'
    | 'blocked_too_long'
    | 'overloaded'
    | 'upstream_timeout'
    | 'catalogue_full';
  /** For the person who reads it; may change. */
  readonly detail: string;
  /** The way out. */
  readonly fix: string;
  /** Which conflict it is, or why a signature was refused. */
  readonly reason?: string | undefined;
  /** Of the channel, the broadcast or the key asked about. */
  readonly state?: string | undefined;
};

export type ReplayCard = {
  readonly broadcast: string;
  readonly title: string;
  readonly state: 'recording' | 'uploading' | 'ready' | 'partial';
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly durationS: number | null;
  readonly poster: string;
};

export type ReplayView = {
  readonly broadcast: string;
  readonly title: string;
  readonly state: 'recording' | 'uploading' | 'ready' | 'partial';
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly durationS: number | null;
  readonly poster: string;
  readonly channel: string;
  readonly hls: string;
  readonly dash: string;
  readonly thumbs: string;
  readonly pop: string;
  readonly nowMs: number;
};

export type ClipView = {
  readonly clip: string;
  readonly title: string;
  readonly channel: string;
  readonly channelTitle: string;
  readonly broadcast: string;
  readonly createdMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly durationS: number;
  readonly startOffsetS: number;
  readonly endOffsetS: number;
  readonly hls: string;
  readonly dash: string;
  readonly download: string;
  readonly page: string;
  readonly pop: string;
  readonly nowMs: number;
};

export type Session = {
  /** Null where no token is needed. */
  readonly session: string | null;
  readonly hls: string;
  readonly dash: string;
  readonly expiresMs: number | null;
  readonly nowMs: number;
};

/** What is to be played. */
export type SessionRequest =
  | {
      readonly channel: string;
      /** Host of the site that shows our page in a frame; only that page is believed it. */
      readonly embeddedOn?: string | undefined;
    }
  | {
      readonly broadcast: string;
      /** Host of the site that shows our page in a frame; only that page is believed it. */
      readonly embeddedOn?: string | undefined;
    }
  | {
      readonly clip: string;
      /** Host of the site that shows our page in a frame; only that page is believed it. */
      readonly embeddedOn?: string | undefined;
    };

export type LiveChannel = {
  readonly channel: string;
  readonly title: string;
  readonly state: ChannelState;
  readonly startedMs: number;
  readonly height: number | null;
};

export type Ingest = {
  readonly _id: string;
  readonly name: string;
  readonly default: boolean;
  readonly availability: number;
  readonly priority: number;
  readonly url_template: string;
  readonly url_template_secure: string | null;
  readonly url_template_backup: string | null;
  readonly url_template_secure_backup: string | null;
  readonly distance_km: number | null;
};

/** RFC 7517. */
export type PublicJwk = {
  readonly kty: 'EC' | 'OKP';
  readonly crv: 'P-256' | 'Ed25519';
  readonly x: string;
  readonly y?: string | undefined;
  readonly kid?: string | undefined;
  readonly alg: 'ES256' | 'EdDSA';
  readonly use: 'sig';
};

export type Channel = {
  readonly id: string;
  readonly title: string;
  readonly latency: 'low' | 'standard';
  readonly visibility: 'public' | 'unlisted' | 'signed';
  readonly reconnectWindowMs: number;
  /** A picture of the origin's stands in while the publisher is gone. */
  readonly slate: boolean;
  readonly disabled: boolean;
  readonly sourceUrl: string | null;
  readonly sites: readonly string[] | null;
  readonly retention: Retention;
  readonly createdMs: number;
  readonly state: ChannelState;
  /** Open or newest broadcast. */
  readonly broadcast: string | null;
  /** Paths on every PoP. */
  readonly playback: {
    readonly hls: string;
    readonly dash: string;
    readonly watch: string;
  };
};

export type Retention =
  | {
      readonly keep: 'all';
    }
  | {
      readonly keep: 'days';
      readonly days: number;
    }
  | {
      readonly keep: 'last';
      readonly count: number;
    };

export type NewChannel = {
  readonly id?: string | undefined;
  readonly title: string;
  readonly latency?: 'low' | 'standard' | undefined;
  readonly visibility?: 'public' | 'unlisted' | 'signed' | undefined;
  readonly reconnectWindowMs?: number | undefined;
  readonly slate?: boolean | undefined;
  /** HLS or DASH manifest of another server that is played instead of broadcasts. */
  readonly sourceUrl?: string | null | undefined;
  /** Only pages of these sites play it, live and recorded: `example.com`, `*.example.com`. Null: any. */
  readonly sites?: readonly string[] | null | undefined;
  readonly retention?: Retention | undefined;
};

export type ChannelChange = {
  readonly title?: string | undefined;
  readonly latency?: 'low' | 'standard' | undefined;
  readonly visibility?: 'public' | 'unlisted' | 'signed' | undefined;
  readonly reconnectWindowMs?: number | undefined;
  readonly slate?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  /** HLS or DASH manifest of another server that is played instead of broadcasts. */
  readonly sourceUrl?: string | null | undefined;
  /** Only pages of these sites play it, live and recorded: `example.com`, `*.example.com`. Null: any. */
  readonly sites?: readonly string[] | null | undefined;
  readonly retention?: Retention | undefined;
};

export type CreatedStreamKey = {
  readonly id: string;
  readonly label: string;
  readonly createdMs: number;
  readonly streamKey: string;
};

export type NewStreamKey = {
  readonly label?: string | undefined;
};

export type StreamKey = {
  readonly id: string;
  readonly label: string;
  readonly createdMs: number;
  readonly lastUsedMs: number | null;
  readonly lastUsedIp: string | null;
  readonly lastUsedEncoder: string | null;
  /** It is refused from then on; null: no end is set. */
  readonly expiresMs: number | null;
  /** The key that was made for it. */
  readonly replacedBy: string | null;
};

export type StreamKeyChange = {
  readonly label: string;
};

export type StreamKeyRotation = {
  /** For how long the old key is taken; 0: no more, and what it publishes ends. */
  readonly graceMs?: number | undefined;
};

export type Broadcast = {
  readonly id: string;
  readonly channel: string;
  readonly origin: string;
  /** Of its own; null: the channel's. */
  readonly title: string | null;
  readonly visibility: 'public' | 'unlisted' | 'signed' | null;
  readonly state: 'starting' | 'live' | 'interrupted' | 'ended';
  readonly startedMs: number;
  readonly updatedMs: number;
  readonly endedMs: number | null;
  readonly interruptedUntilMs: number | null;
  /** Since when it is no replay any more. */
  readonly deletedMs: number | null;
  readonly deletedWhy: string | null;
};

export type BroadcastWithReport = Broadcast & {
  /** What its origin said last; null before that. */
  readonly report: Report | null;
};

export type Report = {
  readonly source: Source | null;
  readonly renditions: readonly Rendition[];
  readonly findings: readonly Finding[];
  readonly health: Health | null;
};

/** What the encoder sends. */
export type Source = {
  readonly video: {
    readonly codec: 'h264' | 'hevc' | 'av1' | 'vp9' | 'unsupported';
    readonly codecString: string;
    readonly width: number;
    readonly height: number;
    readonly frameRate: number;
    readonly frameRateConstant: boolean;
    readonly gopMs: number | null;
    readonly hasBFrames: boolean;
    readonly openGop: boolean;
    readonly interlaced?: boolean | undefined;
    readonly captions: readonly string[];
    readonly bitrate: number;
  } | null;
  readonly audio: {
    readonly codec: 'aac' | 'opus' | 'mp3' | 'unsupported';
    readonly sampleRate: number;
    readonly channels: number;
    readonly bitrate: number;
  } | null;
  readonly encoder: string;
};

export type Rendition =
  | {
      readonly kind: 'video';
      readonly name: string;
      readonly codec: string;
      readonly width: number;
      readonly height: number;
      readonly frameRate: number;
      readonly bitrate: number;
      readonly passthrough: boolean;
    }
  | {
      readonly kind: 'audio';
      readonly name: string;
      readonly codec: string;
      readonly channels: number;
      readonly sampleRate: number;
      readonly bitrate: number;
    };

export type Finding = {
  readonly code:
    | 'ingest.starved'
    | 'ingest.faster_than_realtime'
    | 'ingest.jitter'
    | 'ingest.backup'
    | 'video.none'
    | 'video.codec_unsupported'
    | 'video.gop_long'
    | 'video.gop_irregular'
    | 'video.open_gop'
    | 'video.bitrate_high'
    | 'video.bitrate_low'
    | 'video.bitrate_unstable'
    | 'video.fps_mismatch'
    | 'video.changed_midstream'
    | 'video.interlaced'
    | 'video.resolution_over_limit'
    | 'audio.none'
    | 'audio.codec_unsupported'
    | 'audio.silent'
    | 'audio.sample_rate'
    | 'av.drift'
    | 'ts.jump'
    | 'ts.backwards'
    | 'ts.wrap_handled'
    | 'transcode.slow'
    | 'transcode.restarted'
    | 'segment.late'
    | 'disk.low'
    | 'storage.backlog'
    | 'storage.refused'
    | 'storage.failed'
    | 'replay.long'
    | 'replay.cut'
    | 'edge.stale';
  readonly severity: 'info' | 'warning' | 'error';
  readonly sentence: string;
  readonly fix: string;
  readonly openedMs: number;
  readonly expectedMs?: number | undefined;
};

export type Health = {
  readonly fps: number;
  readonly speed: number;
  readonly bitrate: number;
  readonly droppedFrames: number;
  readonly restarts: number;
  readonly dwell?:
    | {
        readonly ingest: {
          readonly p50Ms: number;
          readonly p95Ms: number;
        } | null;
        readonly transcoder: {
          readonly p50Ms: number;
          readonly p95Ms: number;
        } | null;
        readonly packager: {
          readonly p50Ms: number;
          readonly p95Ms: number;
        } | null;
        readonly total: {
          readonly p50Ms: number;
          readonly p95Ms: number;
        } | null;
      }
    | undefined;
  readonly shedRungs?: number | undefined;
};

/** Null: as its channel says. */
export type BroadcastChange = {
  readonly title?: string | null | undefined;
  readonly visibility?: 'public' | 'unlisted' | 'signed' | null | undefined;
};

export type Deletion = {
  readonly broadcast: string;
  readonly channel: string;
  readonly why: 'keep_days' | 'keep_last' | 'asked' | 'channel_deleted';
  /** `held`: what clips need is left, and goes with them. */
  readonly state: 'running' | 'held' | 'done';
  /** Clips that some of it is kept for. */
  readonly clips: number;
  readonly removedObjects: number;
  readonly removedBytes: number;
  readonly createdMs: number;
  readonly updatedMs: number;
};

export type Clip = {
  readonly id: string;
  readonly broadcast: string;
  readonly channel: string;
  readonly title: string;
  readonly visibility: 'public' | 'unlisted' | 'signed';
  readonly startMs: number;
  readonly endMs: number;
  readonly durationS: number;
  readonly startOffsetS: number;
  readonly endOffsetS: number;
  readonly createdMs: number;
  /** Paths on every PoP. */
  readonly playback: {
    readonly hls: string;
    readonly dash: string;
    readonly download: string;
    readonly page: string;
  };
};

/** Of a broadcast or of a channel's current one; a range or what came last. */
export type NewClip = {
  readonly broadcast?: string | undefined;
  readonly channel?: string | undefined;
  readonly title?: string | undefined;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly lastS?: number | undefined;
  readonly visibility?: 'public' | 'unlisted' | 'signed' | undefined;
};

export type ClipChange = {
  readonly title?: string | undefined;
  readonly visibility?: 'public' | 'unlisted' | 'signed' | undefined;
};

export type Origin = {
  readonly id: string;
  readonly url: string;
  readonly version: string;
  readonly load: number;
  readonly seenMs: number;
  /** Open ones. */
  readonly broadcasts: number;
  readonly dead: boolean;
  /** Takes no new broadcasts. */
  readonly draining: boolean;
  /** In the words of its operator. */
  readonly region: string | null;
  /** What its machine encodes, pixels a second as x264 counts them. */
  readonly capacity: number | null;
  /** Id of the key that it joined for; null: it has the deployment's. */
  readonly key: string | null;
  /** Where encoders reach it; null: not in the public directory. */
  readonly ingest: {
    readonly rtmpUrl: string;
    readonly rtmpsUrl: string | null;
    readonly place: {
      readonly name: string;
      readonly latitude: number;
      readonly longitude: number;
    } | null;
  } | null;
};

export type OriginChange = {
  readonly draining: boolean;
};

export type CreatedJoinToken = JoinToken & {
  /** Told this once. */
  readonly token: string;
};

export type JoinToken = {
  readonly id: string;
  readonly state: 'good' | 'used_up' | 'expired' | 'revoked';
  /** The only id that may join with it; null: any that is free. */
  readonly origin: string | null;
  readonly usesMax: number;
  readonly uses: number;
  readonly label: string;
  readonly createdBy: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly lastUsedMs: number | null;
  readonly revokedMs: number | null;
};

export type NewJoinToken = {
  /** An id, also of an origin that is there: its key is replaced. Null: any that is free. */
  readonly origin?: string | null | undefined;
  readonly uses?: number | undefined;
  /** An hour ahead when not given, 30 days at most. */
  readonly expiresMs?: number | undefined;
  readonly label?: string | undefined;
};

export type Pop = {
  readonly pop: string;
  /** When it last told its counts. */
  readonly seenMs: number;
  /** docs/operate/counters.md says what each is. */
  readonly counters: Readonly<Record<string, number>>;
};

export type Replay = {
  readonly id: string;
  readonly title: string;
  readonly visibility: 'public' | 'unlisted' | 'signed';
  readonly startedMs: number;
  readonly endedMs: number;
  readonly state: 'uploading' | 'ready' | 'partial' | 'failed';
  readonly uploaded: number;
  readonly sizeBytes: number;
  readonly durationMs: number;
  readonly gapMs: number;
  readonly hls: string;
  readonly dash: string;
  readonly poster: string;
  readonly thumbnails: string;
};

export type ListedReplay = Replay & {
  readonly channel: string;
};

/** A replay that its channel's policy does not keep. */
export type DueReplay = {
  readonly broadcast: string;
  readonly channel: string;
  readonly why: 'keep_days' | 'keep_last';
  readonly endedMs: number;
  /** Null when its origin did not say. */
  readonly sizeBytes: number | null;
  /** Clips of it: what they need stays. */
  readonly clips: number;
};

/** Objects below one prefix that no broadcast of the catalogue accounts for. */
export type Orphan = {
  readonly prefix: string;
  readonly why: 'unknown' | 'deleted' | 'not_media';
  readonly objects: number;
  readonly sizeBytes: number;
};

/** A video file that is uploaded in parts, and of which an origin makes a replay. */
export type Import = {
  readonly id: string;
  readonly channel: string;
  /** Of the file. */
  readonly name: string;
  /** Of the replay; null: the channel's. */
  readonly title: string | null;
  readonly sizeBytes: number;
  /** Of every part but the last one, which is what is left. */
  readonly partBytes: number;
  /** Numbers of the parts that are still to be sent; the first part of a file is 0. */
  readonly partsMissing: readonly number[];
  readonly state: 'receiving' | 'queued' | 'encoding' | 'uploading' | 'ready' | 'failed' | 'cancelled';
  /** How far the state is. */
  readonly share: number;
  /** Why no origin makes it yet; null: it waits for none. */
  readonly waits: 'no_origin' | 'origins_drain' | 'origins_busy' | 'origins_import' | 'soon' | 'not_taken' | null;
  /** Which origin makes the replay; null before one does. */
  readonly origin: string | null;
  /** Of the replay; null before it is ready. */
  readonly broadcast: string | null;
  /** Why it failed. */
  readonly problem: {
    readonly code: string;
    readonly detail: string;
  } | null;
  readonly createdMs: number;
  readonly updatedMs: number;
};

export type NewImport = {
  readonly name: string;
  readonly sizeBytes: number;
  readonly title?: string | null | undefined;
};

export type CreatedSigningKey = SigningKey & {
  /** Only of HS256, and told this once: base64url. */
  readonly secret?: string | undefined;
};

export type SigningKey = {
  readonly kid: string;
  /** Null: for every channel of the deployment. */
  readonly channel: string | null;
  /** Null for a key set, whose keys tell their own. */
  readonly algorithm: 'HS256' | 'ES256' | 'EdDSA' | null;
  readonly use: 'sign' | 'verify';
  readonly state: 'active' | 'retiring' | 'ended' | 'killed';
  /** Public keys, for checking; none for HS256. */
  readonly keys: readonly PublicJwk[];
  readonly jwksUrl: string | null;
  readonly createdMs: number;
  readonly signsUntilMs: number | null;
  readonly untilMs: number | null;
  readonly killedMs: number | null;
  readonly label: string;
};

/** Made here, or a customer's public key, or the address of a customer's key set. */
export type NewSigningKey = {
  readonly channel?: string | null | undefined;
  readonly algorithm?: 'HS256' | 'ES256' | 'EdDSA' | undefined;
  readonly jwk?: Readonly<Record<string, unknown>> | undefined;
  readonly jwksUrl?: string | undefined;
  readonly label?: string | undefined;
};

export type SigningKeyRotation = {
  readonly overlapMs?: number | undefined;
};

export type CreatedLink = Link & {
  /** Told this once. */
  readonly token: string;
  /** Paths on every PoP; no download where the link leaves no file whole or is counted. */
  readonly urls: {
    readonly watch: string;
    readonly embed: string;
    readonly hls: string;
    readonly dash: string;
    readonly download: string | null;
  };
};

export type Link = {
  readonly id: string;
  readonly channel: string | null;
  readonly broadcast: string | null;
  readonly clip: string | null;
  readonly state: 'active' | 'expired' | 'used_up' | 'ended' | 'revoked';
  readonly scopes: readonly string[];
  readonly kid: string;
  readonly createdBy: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly renewUntilMs: number | null;
  readonly usesMax: number | null;
  readonly uses: number;
  readonly lastUseMs: number | null;
  /** Claims of the token beside those above, by their names there. */
  readonly settings: {
    readonly sub?: string | undefined;
    readonly max_height?: number | undefined;
    readonly start?: number | undefined;
    readonly end?: number | undefined;
    readonly geo?: readonly string[] | undefined;
    readonly net?: readonly string[] | undefined;
    readonly sites?: readonly string[] | undefined;
    readonly any_site?: true | undefined;
    readonly max_streams?: number | undefined;
    readonly when_full?: string | undefined;
  };
  readonly revokedMs: number | null;
  readonly label: string;
};

/** docs/protocol/control-api.md says which things go together. */
export type NewLink = {
  readonly channel?: string | undefined;
  readonly broadcast?: string | undefined;
  readonly clip?: string | undefined;
  readonly preset?: '1h' | '24h' | 'until-end' | undefined;
  readonly expiresMs?: number | undefined;
  readonly renewUntilMs?: number | undefined;
  readonly uses?: number | undefined;
  readonly sites?: readonly string[] | undefined;
  /** Files may be had whatever sites the channel lists; with scopes of download alone. */
  readonly anySite?: true | undefined;
  readonly countries?: readonly string[] | undefined;
  readonly net?: readonly string[] | undefined;
  readonly maxHeight?: number | undefined;
  readonly maxStreams?: number | undefined;
  readonly whenFull?: 'refuse-newest' | 'end-oldest' | undefined;
  readonly viewer?: string | undefined;
  readonly scopes?: readonly ('live' | 'dvr' | 'replay' | 'clip' | 'download')[] | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly label?: string | undefined;
};

export type Revocation = {
  readonly id: string;
  readonly kind: 'session' | 'viewer' | 'key' | 'link' | 'channel' | 'broadcast';
  readonly value: string;
  /** Tokens issued at this time or before are refused; null: all. */
  readonly issuedBeforeMs: number | null;
  /** Forgotten after this. */
  readonly untilMs: number;
  readonly atMs: number;
  readonly label: string;
};

export type NewRevocation = {
  readonly kind: 'session' | 'viewer' | 'key' | 'link' | 'channel' | 'broadcast';
  readonly value: string;
  readonly issuedBeforeMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly label?: string | undefined;
};

export type CreatedApiToken = ApiToken & {
  /** Told this once. */
  readonly token: string;
};

export type Role = 'admin' | 'owner' | 'viewer';

export type ApiToken = {
  readonly id: string;
  readonly role: Role;
  /** The only one that it is for; null: all. */
  readonly channel: string | null;
  readonly label: string;
  readonly createdBy: string;
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly lastUsedMs: number | null;
  readonly revokedMs: number | null;
};

export type NewApiToken = {
  readonly role: Role;
  readonly channel?: string | null | undefined;
  readonly label?: string | undefined;
  readonly expiresMs?: number | null | undefined;
};

export type AuditEntry = {
  readonly id: string;
  readonly atMs: number;
  /** `administrator`, or the id of a token. */
  readonly actor: string;
  /** The operationId of the call. */
  readonly action: string;
  /** Id of what was changed. */
  readonly target: string | null;
  /** Null: the deployment. */
  readonly channel: string | null;
  /** Of the answer; null: it is not known how the call ended. */
  readonly status: number | null;
  /** Why it was refused. */
  readonly code: string | null;
};

export type Principal = {
  readonly id: string;
  readonly role: Role;
  readonly channel: string | null;
};

export type CreatedWebhook = Webhook & {
  /** Told this once. */
  readonly secret: string;
};

export type EventType =
  | 'channel.live'
  | 'channel.interrupted'
  | 'channel.resumed'
  | 'channel.ended'
  | 'replay.ready'
  | 'replay.failed'
  | 'clip.ready'
  | 'finding.opened'
  | 'finding.closed'
  | 'key.refused'
  | 'webhook.test';

export type Webhook = {
  readonly id: string;
  readonly url: string;
  /** Null: of all channels. */
  readonly channel: string | null;
  readonly types: readonly EventType[];
  readonly label: string;
  readonly createdMs: number;
  readonly disabledMs: number | null;
  /** When it was not its owner who disabled it. */
  readonly disabledWhy: string | null;
  /** Events that wait to be delivered. */
  readonly waiting: number;
};

export type NewWebhook = {
  readonly url: string;
  readonly channel?: string | null | undefined;
  /** Empty: all. */
  readonly types?: readonly EventType[] | undefined;
  readonly label?: string | undefined;
};

export type WebhookChange = {
  readonly url?: string | undefined;
  /** Empty: all. */
  readonly types?: readonly EventType[] | undefined;
  readonly label?: string | undefined;
  readonly disabled?: boolean | undefined;
};

export type WebhookRotation = {
  /** For how long the old secret signs too. */
  readonly graceMs?: number | undefined;
};

export type Delivery = {
  readonly event: number;
  readonly type: EventType;
  readonly atMs: number;
  readonly attempt: number;
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  readonly error: 'timeout' | 'unreachable' | 'address' | null;
  readonly tookMs: number;
};

export type Redelivery = {
  readonly event: number;
};
