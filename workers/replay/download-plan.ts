import { noDirectives } from '#shared/hls/directives.ts';
import { type BroadcastRoute, formatPlaybackPath } from '#shared/route/route.ts';
import type { SegmentList } from '#shared/wire/segment-list.ts';
import type { Call } from '../cache/answer.ts';
import { isolateTier } from '../cache/isolate-tier.ts';
import type { TimeRange } from '../manifest/options.ts';
import { bodyOf, LibraryError, offerOf, segmentListOf } from './library.ts';
import { alignTrack, type FileTrack, type Mp4File, planFile } from './mp4-file.ts';
import { isSameInit } from './mp4-header.ts';
import type { LaidTrack } from './mp4-layout.ts';
import type { Offered } from './offer.ts';
import { type PlacedRange, placeRange } from './place-range.ts';
import { changesAt, explainFault } from './range-words.ts';

/** What is to become a file. */
export interface DownloadWish {
  readonly broadcast: string;
  readonly range: TimeRange;
  /** Null: the best there is. */
  readonly rendition: string | null;
}

/** A file that can be sent, from any byte on. */
export interface Download {
  readonly broadcast: string;
  readonly file: Mp4File;
  /** Strong: the same bytes or another tag. */
  readonly etag: string;
}

/**
 * Plans a file: reads what there is, the init segments, and the first segment of each track. Where no rendition is named and
 * the best one changes its encoding within the range, the next one is taken. Throws LibraryError, BoxError.
 */
export async function planDownload({ broadcast, range, rendition }: DownloadWish, call: Call): Promise<Download> {
  const offer = await offerOf(broadcast, call);
  // Sound alone is no stand-in for pictures.
  const usual = offer.filter(({ isVideo }) => isVideo === offer[0]?.isVideo);
  const wanted = rendition === null ? usual : offer.filter((one) => one.rendition === rendition);
  let refusal: LibraryError | null = null;
  for (const one of wanted) {
    const list = await segmentListOf(broadcast, one.rendition, sinceOf(range), call);
    const placed = placeRange(list, range);
    if ('fault' in placed) throw explainFault(placed, list.ended);
    if (!placed.complete) {
      const detail = 'The end of the range is not there yet; ask again, or give an end before the live edge.';
      throw new LibraryError('too_early', detail);
    }
    try {
      const tracks = await tracksOf(broadcast, one, list, placed, call);
      const firsts = await Promise.all(tracks.map((track) => firstOf(broadcast, track, call)));
      const file = planFile(tracks, placed, firsts);
      return { broadcast, file, etag: await etagOf(broadcast, placed, tracks, file) };
    } catch (error) {
      if (!(error instanceof LibraryError) || error.code !== 'encoding_changes') throw error;
      refusal ??= error;
    }
  }
  if (refusal) throw refusal;
  const names = offer.map((one) => one.rendition).join(', ');
  throw new LibraryError('not_found', `This broadcast has no such rendition; it has ${names}.`);
}

function sinceOf({ base, startMs }: TimeRange): number | null {
  return base === 'clock' ? startMs : null;
}

async function tracksOf(
  broadcast: string,
  { rendition, audio, isVideo }: Offered,
  list: SegmentList,
  { segments }: PlacedRange,
  call: Call,
): Promise<readonly FileTrack[]> {
  const main = { rendition, timescale: list.timescale, segments };
  const laid = [main];
  if (audio !== null) {
    const sound = await segmentListOf(broadcast, audio, segments[0]?.programDateTimeMs ?? null, call);
    const aligned = alignTrack(segments, list.timescale, sound);
    laid.push({ rendition: audio, timescale: sound.timescale, segments: aligned });
  }
  const present = laid.filter((track) => track.segments.some(({ gap }) => !gap));
  if (present[0] !== main) throw new LibraryError('gone', 'The media of this range was lost.');
  return Promise.all(
    present.map(async (track): Promise<FileTrack> => {
      const kind = isVideo && track === main ? 'video' : 'audio';
      return { ...track, kind, init: await readInit(broadcast, track, call) };
    }),
  );
}

/** The init segment of a track. A file's fragments cannot switch to another one: many players pass over that. */
async function readInit(broadcast: string, { rendition, segments }: LaidTrack, call: Call): Promise<Uint8Array> {
  const media = segments.filter(({ gap }) => !gap);
  let init: Uint8Array | null = null;
  let known = -1;
  for (const { initNumber, programDateTimeMs } of media) {
    if (initNumber === known) continue;
    known = initNumber;
    const next = await read({ kind: 'init', broadcast, rendition, initNumber }, call);
    if (init && !isSameInit(init, next)) throw changesAt(rendition, programDateTimeMs);
    init ??= next;
  }
  return init ?? new Uint8Array();
}

function firstOf(broadcast: string, { rendition, segments }: LaidTrack, call: Call): Promise<Uint8Array> {
  const { msn = 0 } = segments.find(({ gap }) => !gap) ?? {};
  return read({ kind: 'segment', broadcast, rendition, msn }, call);
}

async function read(route: BroadcastRoute, call: Call): Promise<Uint8Array> {
  const answer = await isolateTier.answer({ route, path: formatPlaybackPath(route), directives: noDirectives }, call);
  return new Uint8Array(bodyOf(answer));
}

async function etagOf(
  broadcast: string,
  { startMs, endMs }: PlacedRange,
  tracks: readonly FileTrack[],
  { pieces }: Mp4File,
): Promise<string> {
  const named = tracks.map(({ rendition, segments }) => [
    rendition,
    segments.map(({ msn, sizeBytes }) => [msn, sizeBytes]),
  ]);
  const text = new TextEncoder().encode(JSON.stringify([broadcast, startMs, endMs, named]));
  const made = pieces.flatMap(({ bytes }) => (bytes ? [bytes] : []));
  const whole = await new Blob([text, ...(made as Uint8Array<ArrayBuffer>[])]).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
  return `"${[...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
}
