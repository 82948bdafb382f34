import { edgeLimits } from '#shared/limits.ts';
import { objectKey, recordFile } from '#shared/model/object-name.ts';
import { parseRecord } from '#shared/model/record.ts';
import type { PlaylistState } from '#shared/wire/playlist-state.ts';
import type { Bucket, BucketObject } from '../bucket/bucket.ts';
import { type Answer, refusal } from '../cache/answer.ts';
import { Replay } from './replay.ts';
import type { OriginRequest } from './source.ts';

/** Serves finished broadcasts out of the bucket: media as it is, manifests written from the record beside it. */
export class BucketSource {
  readonly #open: () => Bucket;
  #held: { readonly broadcast: string; readonly replay: Replay | null; readonly atMs: number } | null = null;

  /** @param open a bucket that is not set up right throws, and then there is none */
  constructor(open: () => Bucket) {
    this.#open = open;
  }

  /** Whether all of a broadcast is here. */
  async isWhole(broadcast: string): Promise<boolean> {
    try {
      return (await this.#replay(broadcast))?.isWhole === true;
    } catch {
      return false;
    }
  }

  /** The answer, or null when the bucket has nothing of this broadcast, or fails. */
  async answer({ route, path }: OriginRequest): Promise<Answer | null> {
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
          if (route.kind === 'segment-list') return orAbsent(replay.segmentList(route.rendition));
          const playlist = replay.playlist(route.rendition);
          return playlist ? found(playlist.text, playlist.state) : absent();
        }
      }
    } catch (error) {
      console.error(JSON.stringify({ event: 'bucket_failed', path, error: String(error) }));
      return null;
    }
  }

  /** An object whose body is still to be read or cancelled, or null; rejects when the bucket fails. */
  async find(key: string): Promise<BucketObject | null> {
    return this.#open().get(key);
  }

  /** The record grows until it is whole, so until then it is read again after a while. */
  async #replay(broadcast: string): Promise<Replay | null> {
    const held = this.#held;
    const isCurrent = held?.replay?.isWhole === true || Date.now() - (held?.atMs ?? 0) <= edgeLimits.recordTtlMs;
    if (held?.broadcast === broadcast && isCurrent) return held.replay;
    const stored = await this.#open().get(objectKey(broadcast, recordFile));
    const replay = stored && new Replay(parseRecord(await readText(stored.body)));
    this.#held = { broadcast, replay: replay?.isEmpty ? null : replay, atMs: Date.now() };
    return this.#held.replay;
  }
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

function readText(compressed: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(compressed.pipeThrough(new DecompressionStream('gzip'))).text();
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
