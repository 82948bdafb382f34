import type { BroadcastHealth, BroadcastState, LatencyMode } from '../model/broadcast.ts';
import type { Finding } from '../model/finding.ts';
import type { Rendition } from '../model/rendition.ts';
import type { ReplayStatus } from '../model/replay-status.ts';
import type { SourceDescription } from '../model/source.ts';

/** What an origin says to the control plane, and what it hears. All bodies are JSON, all requests signed. */
export const controlPaths = Object.freeze({
  /** Not signed: what is sent is what the key is made for. */
  join: '/api/v1/origin/join',
  publish: '/api/v1/origin/publish',
  heartbeat: '/api/v1/origin/heartbeat',
  lease: '/api/v1/origin/lease',
  broadcast: '/api/v1/origin/broadcast',
  replay: '/api/v1/origin/replay',
  import: '/api/v1/origin/import',
  importClaim: '/api/v1/origin/imports/claim',
  importReport: '/api/v1/origin/imports/report',
  /** `PUT`, `GET` and `DELETE` below it by key, `GET` with `prefix` lists. */
  objects: '/api/v1/origin/objects',
});

/** The first that an origin says, over TLS: it has a join token, and no key yet or one that it had for another token. */
export interface JoinQuestion {
  readonly token: string;
  readonly origin: string;
  readonly version: string;
  /** Id of the key that it keeps. Absent: it has none. */
  readonly kid?: string | undefined;
}

/** The origin's own wire key: what it signs with, and what PoPs sign with to it. Told once. */
export interface JoinAnswer {
  readonly origin: string;
  readonly kid: string;
  /** Null: the key that the question named still holds, and the token was not used. */
  readonly secret: string | null;
}

/** Asked before a publisher is accepted. */
export interface PublishQuestion {
  readonly origin: string;
  readonly streamKey: string;
  /** Address of the encoder, without port. */
  readonly ip: string;
  readonly encoder: string;
  /** Name of the publisher at its origin; needed with `standsBy`. */
  readonly session?: string | undefined;
  /** The origin can keep the publisher ready while another one is active, and go on from the bucket. Absent: false. */
  readonly standsBy?: boolean | undefined;
}

export type PublishAnswer = PublishAccepted | PublishRefused;

export interface PublishAccepted {
  readonly accepted: true;
  readonly channel: string;
  readonly broadcast: string;
  /** The broadcast was already there: the publisher came back inside the reconnect window, or takes over. */
  readonly resumed: boolean;
  readonly latency: LatencyMode;
  readonly reconnectWindowMs: number;
  /** A picture of the origin's stands in while the publisher is gone. */
  readonly slate: boolean;
  /** A broadcast of a dead origin that ended with this answer, to be finished in the bucket. Absent: none. */
  readonly left?: string | undefined;
}

export type PublishRefusalCode =
  | 'unknown_key'
  | 'too_many_wrong_keys'
  | 'channel_disabled'
  | 'broadcast_elsewhere'
  | 'over_capacity'
  | 'origin_draining';

export interface PublishRefused {
  readonly accepted: false;
  readonly code: PublishRefusalCode;
  /** One sentence for the streamer, shown by the encoder. */
  readonly sentence: string;
  /** With `broadcast_elsewhere`, for an origin that stands by: where it is to claim its place. Absent: it is refused. */
  readonly standby?: { readonly channel: string; readonly broadcast: string } | undefined;
}

/** Asked every second by each origin with a publisher of a channel that several have one of. */
export interface LeaseQuestion {
  readonly origin: string;
  readonly channel: string;
  readonly session: string;
  /**
   * `hold`: the publisher has left, and what was made of it is on its way into the bucket; `leave`: it is there. Neither counts
   * where the origin has another publisher by now.
   */
  readonly wish: 'claim' | 'hold' | 'leave';
}

export interface LeaseAnswer {
  /** `active`: until the lease ends, counted from when the question was sent; `none`: it has left. */
  readonly role: 'active' | 'standby' | 'refused' | 'none';
  /** Grants so far. */
  readonly epoch: number;
  /** How many wait. */
  readonly standbys: number;
  /** Until the lease of the active one can end, ms. */
  readonly leftMs: number;
}

/** Sent whenever a broadcast changes state, its ladder or its findings. */
export interface BroadcastReport {
  readonly origin: string;
  readonly broadcast: string;
  readonly state: BroadcastState;
  readonly atMs: number;
  readonly source: SourceDescription | null;
  readonly renditions: readonly Rendition[];
  readonly findings: readonly Finding[];
  readonly health: BroadcastHealth | null;
}

/** Sent while a finished broadcast goes into the bucket, and when it is there. */
export interface ReplayReport extends ReplayStatus {
  readonly origin: string;
  readonly broadcast: string;
}

/** A replay that an origin makes of a file: asked about before it is made, and entered once it lies in the bucket. */
export interface ImportReport {
  readonly origin: string;
  readonly broadcast: string;
  readonly channel: string;
  /** Null: the channel's. */
  readonly title: string | null;
  /** When its media begins and ends on the wall clock, ms since the Unix epoch. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly source: SourceDescription | null;
  readonly renditions: readonly Rendition[];
  /** Null: nothing is entered, the channel and the origin are only looked at. */
  readonly replay: ReplayStatus | null;
  /**
   * Id of the {@link ImportJob} that it is made for: with the replay that job becomes `ready`. `conflict`: it was cancelled, or
   * is another origin's by now, and nothing was entered. Absent: made for none.
   */
  readonly job?: string | undefined;
}

/** Asked by an origin that can make a replay of an uploaded file. */
export interface ImportClaim {
  readonly origin: string;
}

export interface ImportClaimAnswer {
  /** Null: nothing waits. An origin's own job comes first: it asks because it has forgotten it. */
  readonly job: ImportJob | null;
}

/** An uploaded file of which the origin that it was given to makes a replay. Its parts lie in the bucket (`importPartKey`). */
export interface ImportJob {
  readonly id: string;
  readonly channel: string;
  /** Null: the channel's. */
  readonly title: string | null;
  /** Of the file, as whoever uploaded it calls it. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Of every part but the last one, which is what is left. */
  readonly partBytes: number;
}

/** How far an import is: at each change of state, and every two seconds, for a job of a silent origin is given to another one. */
export interface ImportProgress {
  readonly origin: string;
  readonly id: string;
  readonly state: 'encoding' | 'uploading' | 'ready' | 'failed';
  /** Of the state, 0 to 1. */
  readonly share: number;
  /** Null before it has one. */
  readonly broadcast: string | null;
  /** Why it failed; null otherwise. */
  readonly problem: ImportProblem | null;
}

export interface ImportProblem {
  /** Lower-case letters, digits and `_`, at most 64: `file_not_mp4`. */
  readonly code: string;
  /** One sentence for whoever uploaded the file. */
  readonly detail: string;
}

export interface ImportProgressAnswer {
  /** False: it was cancelled or deleted, or is another origin's by now. What was made of it is to be undone. */
  readonly goesOn: boolean;
}

/** Every two seconds: the origin lives, where it is reached, and which broadcasts it holds. */
export interface Heartbeat {
  readonly origin: string;
  /** Base URL at which PoPs reach the origin, without trailing slash. */
  readonly url: string;
  readonly version: string;
  readonly broadcasts: readonly string[];
  /** Broadcasts that another origin makes and whose media can be had here too, to the byte. */
  readonly copies?: readonly string[] | undefined;
  /** It has a bucket, and can finish what a dead origin left there. Absent: false. */
  readonly adopts?: boolean | undefined;
  /** Share of the machine's encoding capacity in use, 0 to 1. */
  readonly load: number;
  /** What the machine encodes, pixels a second as x264 counts them. Absent: not known. */
  readonly capacity?: number | undefined;
  /** Where it stands, in the operator's words. Absent: not said. */
  readonly region?: string | undefined;
  /** Where streamers publish; null: not in the public directory. */
  readonly ingest: IngestEndpoint | null;
}

/** Where streamers reach an origin. */
export interface IngestEndpoint {
  /** Without trailing slash: `rtmp://fra.example.com:1935/live`. */
  readonly rtmpUrl: string;
  readonly rtmpsUrl: string | null;
  readonly place: OriginPlace | null;
}

/** Where an origin stands, as people read it and as distances are counted. */
export interface OriginPlace {
  readonly name: string;
  /** Degrees, north and east positive. */
  readonly latitude: number;
  readonly longitude: number;
}

/** A page of a bucket's objects. */
export interface ObjectListing {
  readonly objects: readonly { readonly key: string; readonly sizeBytes: number }[];
  /** `cursor` of the next page. */
  readonly next: string | null;
}

export interface HeartbeatAnswer {
  /** Broadcasts that the control plane wants ended: deleted channel, revoked key. */
  readonly end: readonly string[];
  /** Deleted ones: what the origin still has of them is to be removed, and not sent to the bucket. */
  readonly forget: readonly string[];
  /** Live ones of which viewers got playlists that were too old, a moment ago; absent when there are none. */
  readonly stale?: readonly string[] | undefined;
  /** Broadcasts of this origin of which another one has a publisher ready: it needs a lease to go on. Absent: none. */
  readonly contested?: readonly string[] | undefined;
  /** The origin is being drained: what is contested is to be handed over. Absent: it is not, or nothing is contested. */
  readonly drains?: boolean | undefined;
  /** Of `end`: what another origin has taken over, and whose record is no longer this one's. Absent: none. */
  readonly moved?: readonly string[];
  /** Broadcasts of dead origins that are this one's now, to be finished: their reconnect windows are over. Absent: none. */
  readonly left?: readonly PublishAccepted[];
  /** How many uploaded files wait for an origin to claim them. Absent: none, or it takes no uploads. */
  readonly imports?: number | undefined;
}
