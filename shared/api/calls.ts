/** Made of the API’s document by `node scripts/api-types.ts`; not to be changed by hand. */

import type {
  ApiToken,
  AuditEntry,
  Broadcast,
  BroadcastChange,
  BroadcastWithReport,
  Channel,
  ChannelChange,
  Clip,
  ClipChange,
  ClipView,
  CreatedApiToken,
  CreatedJoinToken,
  CreatedLink,
  CreatedSigningKey,
  CreatedStreamKey,
  CreatedWebhook,
  Deletion,
  Delivery,
  DueReplay,
  Import,
  Ingest,
  JoinToken,
  Link,
  ListedReplay,
  LiveChannel,
  NewApiToken,
  NewChannel,
  NewClip,
  NewImport,
  NewJoinToken,
  NewLink,
  NewRevocation,
  NewSigningKey,
  NewStreamKey,
  NewWebhook,
  Origin,
  OriginChange,
  Orphan,
  Pop,
  Principal,
  PublicJwk,
  Redelivery,
  Replay,
  ReplayCard,
  ReplayView,
  Revocation,
  Session,
  SessionRequest,
  SigningKey,
  SigningKeyRotation,
  StreamKey,
  StreamKeyChange,
  StreamKeyRotation,
  WatchView,
  Webhook,
  WebhookChange,
  WebhookRotation,
} from './shapes.ts';

/** Every call of the API. */
export type ApiCall =
  | { readonly method: 'GET'; readonly path: `/watch/${string}`; readonly body: undefined; readonly answer: WatchView }
  | {
      readonly method: 'GET';
      readonly path: `/watch/${string}/replays`;
      readonly body: undefined;
      readonly answer: {
        readonly replays: readonly ReplayCard[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: `/watch-replay/${string}`;
      readonly body: undefined;
      readonly answer: ReplayView;
    }
  | {
      readonly method: 'GET';
      readonly path: `/watch-clip/${string}`;
      readonly body: undefined;
      readonly answer: ClipView;
    }
  | { readonly method: 'POST'; readonly path: '/session'; readonly body: SessionRequest; readonly answer: Session }
  | {
      readonly method: 'GET';
      readonly path: '/live';
      readonly body: undefined;
      readonly answer: {
        readonly channels: readonly LiveChannel[];
        readonly pop: string;
        readonly nowMs: number;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/ingests';
      readonly body: undefined;
      readonly answer: {
        readonly ingests: readonly Ingest[];
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/jwks';
      readonly body: undefined;
      readonly answer: {
        readonly keys: readonly PublicJwk[];
      };
    }
  | { readonly method: 'POST'; readonly path: '/channels'; readonly body: NewChannel; readonly answer: Channel }
  | {
      readonly method: 'GET';
      readonly path: '/channels';
      readonly body: undefined;
      readonly answer: {
        readonly channels: readonly Channel[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | { readonly method: 'GET'; readonly path: `/channels/${string}`; readonly body: undefined; readonly answer: Channel }
  | {
      readonly method: 'PATCH';
      readonly path: `/channels/${string}`;
      readonly body: ChannelChange;
      readonly answer: Channel;
    }
  | { readonly method: 'DELETE'; readonly path: `/channels/${string}`; readonly body: undefined; readonly answer: null }
  | {
      readonly method: 'POST';
      readonly path: `/channels/${string}/keys`;
      readonly body: NewStreamKey;
      readonly answer: CreatedStreamKey;
    }
  | {
      readonly method: 'GET';
      readonly path: `/channels/${string}/keys`;
      readonly body: undefined;
      readonly answer: {
        readonly keys: readonly StreamKey[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'PATCH';
      readonly path: `/channels/${string}/keys/${string}`;
      readonly body: StreamKeyChange;
      readonly answer: StreamKey;
    }
  | {
      readonly method: 'DELETE';
      readonly path: `/channels/${string}/keys/${string}`;
      readonly body: undefined;
      readonly answer: null;
    }
  | {
      readonly method: 'POST';
      readonly path: `/channels/${string}/keys/${string}/rotate`;
      readonly body: StreamKeyRotation;
      readonly answer: {
        readonly key: CreatedStreamKey;
        readonly old: StreamKey;
      };
    }
  | {
      readonly method: 'POST';
      readonly path: `/channels/${string}/obs-profile`;
      readonly body: undefined;
      readonly answer: null;
    }
  | {
      readonly method: 'GET';
      readonly path: '/broadcasts';
      readonly body: undefined;
      readonly answer: {
        readonly broadcasts: readonly Broadcast[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: `/broadcasts/${string}`;
      readonly body: undefined;
      readonly answer: BroadcastWithReport;
    }
  | {
      readonly method: 'PATCH';
      readonly path: `/broadcasts/${string}`;
      readonly body: BroadcastChange;
      readonly answer: BroadcastWithReport;
    }
  | {
      readonly method: 'DELETE';
      readonly path: `/broadcasts/${string}`;
      readonly body: undefined;
      readonly answer: Deletion;
    }
  | { readonly method: 'POST'; readonly path: '/clips'; readonly body: NewClip; readonly answer: Clip }
  | {
      readonly method: 'GET';
      readonly path: '/clips';
      readonly body: undefined;
      readonly answer: {
        readonly clips: readonly Clip[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | { readonly method: 'GET'; readonly path: `/clips/${string}`; readonly body: undefined; readonly answer: Clip }
  | { readonly method: 'PATCH'; readonly path: `/clips/${string}`; readonly body: ClipChange; readonly answer: Clip }
  | { readonly method: 'DELETE'; readonly path: `/clips/${string}`; readonly body: undefined; readonly answer: null }
  | {
      readonly method: 'GET';
      readonly path: '/origins';
      readonly body: undefined;
      readonly answer: {
        readonly origins: readonly Origin[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'PATCH';
      readonly path: `/origins/${string}`;
      readonly body: OriginChange;
      readonly answer: null;
    }
  | { readonly method: 'DELETE'; readonly path: `/origins/${string}`; readonly body: undefined; readonly answer: null }
  | {
      readonly method: 'DELETE';
      readonly path: `/origins/${string}/key`;
      readonly body: undefined;
      readonly answer: null;
    }
  | {
      readonly method: 'POST';
      readonly path: '/join-tokens';
      readonly body: NewJoinToken;
      readonly answer: CreatedJoinToken;
    }
  | {
      readonly method: 'GET';
      readonly path: '/join-tokens';
      readonly body: undefined;
      readonly answer: {
        readonly joinTokens: readonly JoinToken[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'DELETE';
      readonly path: `/join-tokens/${string}`;
      readonly body: undefined;
      readonly answer: null;
    }
  | {
      readonly method: 'GET';
      readonly path: '/pops';
      readonly body: undefined;
      readonly answer: {
        readonly pops: readonly Pop[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: `/channels/${string}/replays`;
      readonly body: undefined;
      readonly answer: {
        readonly replays: readonly Replay[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/replays';
      readonly body: undefined;
      readonly answer: {
        readonly replays: readonly ListedReplay[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/retention';
      readonly body: undefined;
      readonly answer: {
        readonly due: readonly DueReplay[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'POST';
      readonly path: '/retention';
      readonly body: undefined;
      readonly answer: {
        /** Replays that are deleted from now on. */
        readonly marked: number;
        /** Deletions that went on, and how far they are. */
        readonly deletions: readonly Deletion[];
        /** There is more to do: the next run goes on. */
        readonly more: boolean;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/retention/lifecycle';
      readonly body: undefined;
      readonly answer: {
        readonly Rules: readonly {
          readonly ID: string;
          readonly Status: 'Enabled';
          readonly Filter: {
            readonly Prefix: string;
          };
          readonly Expiration?:
            | {
                readonly Date: string;
              }
            | {
                readonly Days: number;
              }
            | undefined;
          readonly AbortIncompleteMultipartUpload?:
            | {
                readonly DaysAfterInitiation: number;
              }
            | undefined;
        }[];
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/deletions';
      readonly body: undefined;
      readonly answer: {
        readonly deletions: readonly Deletion[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/orphans';
      readonly body: undefined;
      readonly answer: {
        readonly orphans: readonly Orphan[];
        readonly looked: number;
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/orphans/unrecorded';
      readonly body: undefined;
      readonly answer: {
        readonly broadcasts: readonly {
          readonly id: string;
          readonly channel: string;
          readonly endedMs: number;
        }[];
        readonly looked: number;
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: '/orphans/missing';
      readonly body: undefined;
      readonly answer: {
        readonly segments: readonly {
          readonly broadcast: string;
          readonly channel: string;
          readonly rendition: string;
          readonly msn: number;
          readonly seenMs: number;
        }[];
        readonly looked: number;
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'POST';
      readonly path: `/channels/${string}/imports`;
      readonly body: NewImport;
      readonly answer: Import;
    }
  | {
      readonly method: 'GET';
      readonly path: `/channels/${string}/imports`;
      readonly body: undefined;
      readonly answer: {
        readonly imports: readonly Import[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | { readonly method: 'GET'; readonly path: `/imports/${string}`; readonly body: undefined; readonly answer: Import }
  | { readonly method: 'DELETE'; readonly path: `/imports/${string}`; readonly body: undefined; readonly answer: null }
  | {
      readonly method: 'PUT';
      readonly path: `/imports/${string}/parts/${string}`;
      readonly body: undefined;
      readonly answer: null;
    }
  | {
      readonly method: 'POST';
      readonly path: `/imports/${string}/complete`;
      readonly body: undefined;
      readonly answer: Import;
    }
  | {
      readonly method: 'POST';
      readonly path: '/signing-keys';
      readonly body: NewSigningKey;
      readonly answer: CreatedSigningKey;
    }
  | {
      readonly method: 'GET';
      readonly path: '/signing-keys';
      readonly body: undefined;
      readonly answer: {
        readonly keys: readonly SigningKey[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'GET';
      readonly path: `/signing-keys/${string}`;
      readonly body: undefined;
      readonly answer: SigningKey;
    }
  | {
      readonly method: 'DELETE';
      readonly path: `/signing-keys/${string}`;
      readonly body: undefined;
      readonly answer: null;
    }
  | {
      readonly method: 'POST';
      readonly path: `/signing-keys/${string}/rotate`;
      readonly body: SigningKeyRotation;
      readonly answer: {
        readonly key: CreatedSigningKey;
        readonly old: SigningKey;
      };
    }
  | { readonly method: 'POST'; readonly path: '/links'; readonly body: NewLink; readonly answer: CreatedLink }
  | {
      readonly method: 'GET';
      readonly path: '/links';
      readonly body: undefined;
      readonly answer: {
        readonly links: readonly Link[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | { readonly method: 'GET'; readonly path: `/links/${string}`; readonly body: undefined; readonly answer: Link }
  | { readonly method: 'DELETE'; readonly path: `/links/${string}`; readonly body: undefined; readonly answer: null }
  | {
      readonly method: 'POST';
      readonly path: '/revocations';
      readonly body: NewRevocation;
      readonly answer: Revocation;
    }
  | {
      readonly method: 'GET';
      readonly path: '/revocations';
      readonly body: undefined;
      readonly answer: {
        readonly revocations: readonly Revocation[];
        readonly size: number;
        readonly max: number;
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'DELETE';
      readonly path: `/revocations/${string}`;
      readonly body: undefined;
      readonly answer: null;
    }
  | { readonly method: 'POST'; readonly path: '/tokens'; readonly body: NewApiToken; readonly answer: CreatedApiToken }
  | {
      readonly method: 'GET';
      readonly path: '/tokens';
      readonly body: undefined;
      readonly answer: {
        readonly tokens: readonly ApiToken[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | { readonly method: 'DELETE'; readonly path: `/tokens/${string}`; readonly body: undefined; readonly answer: null }
  | {
      readonly method: 'GET';
      readonly path: '/audit';
      readonly body: undefined;
      readonly answer: {
        readonly entries: readonly AuditEntry[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | { readonly method: 'GET'; readonly path: '/me'; readonly body: undefined; readonly answer: Principal }
  | { readonly method: 'POST'; readonly path: '/webhooks'; readonly body: NewWebhook; readonly answer: CreatedWebhook }
  | {
      readonly method: 'GET';
      readonly path: '/webhooks';
      readonly body: undefined;
      readonly answer: {
        readonly webhooks: readonly Webhook[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | { readonly method: 'GET'; readonly path: `/webhooks/${string}`; readonly body: undefined; readonly answer: Webhook }
  | {
      readonly method: 'PATCH';
      readonly path: `/webhooks/${string}`;
      readonly body: WebhookChange;
      readonly answer: Webhook;
    }
  | { readonly method: 'DELETE'; readonly path: `/webhooks/${string}`; readonly body: undefined; readonly answer: null }
  | {
      readonly method: 'POST';
      readonly path: `/webhooks/${string}/rotate`;
      readonly body: WebhookRotation;
      readonly answer: CreatedWebhook;
    }
  | {
      readonly method: 'GET';
      readonly path: `/webhooks/${string}/deliveries`;
      readonly body: undefined;
      readonly answer: {
        readonly deliveries: readonly Delivery[];
        /** `cursor` of the next page; null on the last. */
        readonly next: string | null;
      };
    }
  | {
      readonly method: 'POST';
      readonly path: `/webhooks/${string}/test`;
      readonly body: undefined;
      readonly answer: Delivery;
    }
  | {
      readonly method: 'POST';
      readonly path: `/webhooks/${string}/redeliver`;
      readonly body: Redelivery;
      readonly answer: Delivery;
    };
