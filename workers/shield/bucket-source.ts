import { edgeLimits } from '#shared/limits/edge.ts';
import { initFile, objectKey, recordFile } from '#shared/model/object-name.ts';
import { type BroadcastRecord, parseRecord } from '#shared/model/record.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { Bucket, BucketObject } from '../bucket/bucket.ts';
import { readRecordText } from '../bucket/record-text.ts';
import { type Answer, hole, refusal } from '../cache/answer.ts';
import type { ByteLru } from '../cache/byte-lru.ts';
import { isSame, type MissingSegments, missingName } from './missing-segments.ts';
import { Replay } from './replay.ts';
import type { OriginRequest } from './source.ts';

/** Serves finished broadcasts out of the bucket: media as it is, manifests written from the record beside it. */
export class BucketSource {
  readonly #open: () => Bucket;
  readonly #missing: MissingSegments;
  readonly #replays: ByteLru<HeldReplay>;
  /** The broadcast that was found to be whole: it stays so, and who asks for its media needs no more of its record. */
  #whole: string | null = null;

  /**
   * @param open a bucket that is not set up right throws, and then there is none
   * @param replays records by broadcast, of all sources in an isolate: each is needed by every rendition's shield
   */
  constructor(open: () => Bucket, missing: MissingSegments, replays: ByteLru<HeldReplay>) {
    this.#open = open;
    this.#missing = missing;
    this.#replays = replays;
  }

  /** Whether all of a broadcast is here. */
  async isWhole(broadcast: string): Promise<boolean> {
    try {
      if (this.#whole !== broadcast && (await this.#replay(broadcast))?.isWhole === true) this.#whole = broadcast;
    } catch {
      return false;
    }
    return this.#whole === broadcast;
  }

  /**
   * The answer; null: the bucket has nothing of this; `failed`: it does not say.
   * @param isOver viewers are told that the broadcast is over, though the record may lack its end
   */
  async answer({ route, path }: OriginRequest, isOver: boolean): Promise<Answer | 'failed' | null> {
    try {
      switch (route.kind) {
        case 'init':
        case 'segment':
        case 'poster':
        case 'thumbnails':
        case 'thumbnail-sheet':
          return await readObject(await this.find(path.slice(1)));
        case 'part':
          return null;
        default: {
          const replay = await this.#replay(route.broadcast);
          if (!replay) return null;
          if (route.kind === 'multivariant') return found(replay.multivariant(), null);
          if (route.kind === 'mpd') return orAbsent(replay.mpd(Date.now()));
          if (route.kind === 'iframe-playlist') return orAbsent(replay.iframePlaylist(route.rendition));
          if (route.kind === 'segment-list') {
            return orAbsent(replay.segmentList(route.rendition, isOver || replay.isWhole));
          }
          const playlist = replay.playlist(route.rendition);
          return playlist ? found(playlist.text, playlist.state) : absent();
        }
      }
    } catch (error) {
      console.error(JSON.stringify({ event: 'bucket_failed', path, error: String(error) }));
      return 'failed';
    }
  }

  /** Whether this is a segment of which it is known that it is in no place where it should be. */
  async isMissing({ route }: OriginRequest): Promise<boolean> {
    if (route.kind !== 'segment') return false;
    return (await this.#missing.of(route.broadcast)).has(missingName(route.rendition, route.msn));
  }

  /** The answer for a segment that its broadcast lost while it was live, as the record says; null: it is no such one. */
  async hole({ route }: OriginRequest): Promise<Answer | null> {
    if (route.kind !== 'segment') return null;
    try {
      const { record } = await this.#heldOf(route.broadcast);
      const track = record?.tracks.get(route.rendition);
      const segment = track?.timeline.segments.find(({ msn }) => msn === route.msn);
      if (!segment?.gap || !track?.described.has(segment.initNumber)) return null;
      return hole(initFile(segment.initNumber), Date.now(), 'origin');
    } catch {
      return null;
    }
  }

  /** Takes a segment that nobody else has either for missing, where the record names it and the bucket itself is well. */
  async noteMissing({ route, path }: OriginRequest): Promise<boolean> {
    if (route.kind !== 'segment') return false;
    const { broadcast, rendition, msn } = route;
    try {
      if (!(await this.#replay(broadcast))?.has(rendition, msn)) return false;
      const stored = await this.find(path.slice(1));
      await stored?.body.cancel();
      if (stored) return false;
      await this.#missing.add({ broadcast, rendition, msn });
      return true;
    } catch {
      return false;
    }
  }

  /** An object whose body is still to be read or cancelled, or null; rejects when the bucket fails. */
  async find(key: string): Promise<BucketObject | null> {
    return this.#open().get(key);
  }

  async #replay(broadcast: string): Promise<Replay | null> {
    return (await this.#heldOf(broadcast)).replay;
  }

  /** The record grows until it is whole, so until then it is read again after a while. */
  async #heldOf(broadcast: string): Promise<HeldReplay> {
    const known = this.#replays.get(broadcast);
    const isFresh = known?.record?.ended || (known && Date.now() - known.atMs <= edgeLimits.recordTtlMs);
    let held = known && isFresh ? known : await this.#read(broadcast);
    const missing = held.record?.ended ? await this.#missing.of(broadcast) : none;
    if (held.record && !isSame(held.missing, missing)) {
      held = { ...held, missing, replay: replayOf(held.record, missing) };
    }
    if (held !== known) this.#replays.set(broadcast, held, sizeOf(held));
    return held;
  }

  async #read(broadcast: string): Promise<HeldReplay> {
    const stored = await this.#open().get(objectKey(broadcast, recordFile));
    const record = stored && parseRecord(await readRecordText(stored.body));
    return { record, missing: none, replay: record && replayOf(record, none), atMs: Date.now() };
  }
}

/** What was last read of a broadcast, and without which segments it was written. */
export interface HeldReplay {
  readonly record: BroadcastRecord | null;
  readonly missing: ReadonlySet<string>;
  readonly replay: Replay | null;
  readonly atMs: number;
}

const none: ReadonlySet<string> = new Set();

function replayOf(record: BroadcastRecord, missing: ReadonlySet<string>): Replay | null {
  const replay = new Replay(record, missing);
  return replay.isEmpty ? null : replay;
}

/** About so many bytes: record and replay have their segments in common. */
function sizeOf({ record }: HeldReplay): number {
  const { replayBytesMin, replayBytesPerSegment } = edgeLimits;
  const segments = [...(record?.tracks.values() ?? [])].reduce((sum, track) => sum + track.timeline.segments.length, 0);
  return replayBytesMin + replayBytesPerSegment * segments;
}

/** An object as an answer; null when there is none, or one that is too large. Rejects when it breaks off. */
export async function readObject(stored: BucketObject | null): Promise<Answer | null> {
  if (!stored || stored.sizeBytes > edgeLimits.objectBytesMax) {
    await stored?.body.cancel();
    return null;
  }
  const body = await new Response(stored.body).arrayBuffer();
  return { status: 200, body, state: null, bornMs: Date.now(), from: 'origin' };
}

const encoder = new TextEncoder();

function found(text: string, state: PlaylistState | null): Answer {
  return { status: 200, body: encoder.encode(text).buffer as ArrayBuffer, state, bornMs: Date.now(), from: 'origin' };
}

function orAbsent(text: string | null): Answer {
  return text === null ? absent() : found(text, null);
}

function absent(): Answer {
  return refusal('not_found', 'This broadcast has no such rendition.', Date.now(), 'origin');
}
