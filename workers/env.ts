import type { LeaseDesk } from './access/desk/lease-desk.ts';
import type { RevocationDesk } from './access/desk/revocation-desk.ts';
import type { ChannelArbiter } from './arbiter/channel-arbiter.ts';
import type { Shield } from './shield/shield.ts';
import type { WebhookCourier } from './webhooks/courier.ts';

/** Bindings of the Worker: wrangler.toml declares them, the local stack sets the same. */
export interface Env {
  readonly ASSETS: Fetcher;
  readonly DB: D1Database;
  /** The deployment's own bucket; not needed where `S3_BUCKET` is set. */
  readonly MEDIA?: R2Bucket;
  readonly SHIELD: DurableObjectNamespace<Shield>;
  readonly REVOCATIONS: DurableObjectNamespace<RevocationDesk>;
  readonly LEASES: DurableObjectNamespace<LeaseDesk>;
  readonly WEBHOOKS: DurableObjectNamespace<WebhookCourier>;
  readonly ARBITERS: DurableObjectNamespace<ChannelArbiter>;
  /** How often one address may begin a session; no limit when not bound. */
  readonly SESSION_RATE?: RateLimit;
  /** How often sessions may begin with one token or link; no limit when not bound. */
  readonly TOKEN_RATE?: RateLimit;
  /** How many refused tokens of one address are answered with their reason; no limit when not bound. */
  readonly REFUSED_RATE?: RateLimit;
  /** How often the API may be called with one token, or by one address with wrong ones; no limit when not bound. */
  readonly API_RATE?: RateLimit;
  /** How often publishers of one address, or with one key's id, may come with a wrong stream key; no limit when not bound. */
  readonly KEY_RATE?: RateLimit;
  /** Name of this PoP where the platform does not tell (local stack): `fra`. */
  readonly POP?: string;
  /** The viewer's place where `request.cf` is missing (local stack): JSON of the fields of `request.cf` in use. */
  readonly CF_JSON?: CfPlace;
  /** Hosts that channels may take a foreign source from: `media.example.com 127.0.0.1:8080`; none when not set. */
  readonly FOREIGN_HOSTS?: string;
  /** Pathways for content steering, as JSON text or as a list: see `SteeredPathway`; nobody is steered when not set. */
  readonly PATHWAYS?: string | readonly object[];
  /** `on`: immutable media goes through the entrypoint that Workers Cache stands in front of. */
  readonly WORKERS_CACHE?: string;
  /** `on`: segments of live broadcasts are looked for in the bucket first; `parts`: parts too. The origin has the rest. */
  readonly BUCKET_FIRST?: string;
  /** Name of a bucket with the S3 API that stands in for `MEDIA`. */
  readonly S3_BUCKET?: string;
  /** Base URL of its server; not needed for AWS. */
  readonly S3_ENDPOINT?: string;
  /** Its region; `auto`, right for R2, when not set. */
  readonly S3_REGION?: string;
  /** `on`: the bucket's name is in the path and not in the host name (MinIO and others). */
  readonly S3_PATH_STYLE?: string;
  /** Secret: access key of the bucket; needed with `S3_BUCKET`. */
  readonly S3_ACCESS_KEY_ID?: string;
  /** Secret: what belongs to the access key; needed with `S3_BUCKET`. */
  readonly S3_SECRET_ACCESS_KEY?: string;
  /** Loopback addresses that webhooks may be sent to, with their ports: `127.0.0.1:9000`; none when not set. */
  readonly WEBHOOK_HOSTS?: string;
  /** Hosts that key sets of customers may be read from: `login.example.com`; none when not set. */
  readonly JWKS_HOSTS?: string;
  /** `open`: playback goes on when nothing is known of revocations for longer than a minute; closed when not set. */
  readonly REVOCATIONS_AWAY?: string;
  /** Seconds for which a session goes on without a playlist, as text; half an hour when not set. */
  readonly SESSION_LEASE_S?: string;
  /** Name of this deployment, what the `aud` of playback tokens must be; `headwater` when not set. */
  readonly DEPLOYMENT?: string;
  /** Secret: `<kid>:<secret>`, several separated by a space; the first signs and seals, all check and open. Needed for what is signed. */
  readonly ACCESS_KEYS?: string;
  /** Secret: administrator's bearer token of the API. */
  readonly API_TOKEN: string;
  /** Secret: `<kid>:<secret>`, several separated by a space; the first signs, all verify. */
  readonly WIRE_KEYS: string;
}

/** The fields of `request.cf` that Headwater reads. */
export interface CfPlace {
  readonly colo?: string;
  readonly country?: string;
  readonly continent?: string;
  readonly city?: string;
  readonly latitude?: string;
  readonly longitude?: string;
}
