import { parse as parseHls, types } from 'hls-parser';
import { Parser } from 'm3u8-parser';
import { createFile, type ISOFile, MP4BoxBuffer } from 'mp4box';
import { parse as parseMpd } from 'mpd-parser';

/** What parsers that others wrote read in our manifests and media; each throws on what it does not accept. */

/** Media URIs of a multivariant playlist, the sound alone last, as two parsers agree on them. */
export function readMultivariant(text: string): string[] {
  const parsed = parseHls(text);
  if (!(parsed instanceof types.MasterPlaylist)) throw new Error('not a multivariant playlist');
  const uris = parsed.variants.filter((variant) => !variant.isIFrameOnly).map((variant) => variant.uri);
  const second = secondOpinion(text).playlists?.map((playlist) => playlist.uri) ?? [];
  agree(uris, second);
  return uris;
}

export interface ReadMediaPlaylist {
  readonly mediaSequence: number;
  readonly segments: readonly string[];
  /** Those of them that are marked as gaps. */
  readonly gaps: readonly string[];
  readonly parts: readonly string[];
  readonly init: string | null;
  /** Segments by the init segment that they need, in order: one entry for each run of an encoder. */
  readonly runs: readonly { readonly init: string; readonly segments: readonly string[] }[];
  /** What one of the parsers finds to be against the rules, and reads all the same. */
  readonly complaints: readonly string[];
}

/** A media playlist, as two parsers agree on it. */
export function readMediaPlaylist(text: string): ReadMediaPlaylist {
  const { parsed, complaints } = parseAloud(text);
  if (!(parsed instanceof types.MediaPlaylist)) throw new Error('not a media playlist');
  const complete = parsed.segments.filter((segment) => segment.uri);
  const second = secondOpinion(text);
  const segments = complete.map((segment) => segment.uri);
  agree(segments, second.segments?.map((segment) => segment.uri) ?? []);
  agree([parsed.mediaSequenceBase ?? 0], [second.mediaSequence ?? 0]);
  const parts = parsed.segments.flatMap((segment) => segment.parts.map((part) => part.uri));
  const gaps = complete.filter((segment) => segment.gap).map((segment) => segment.uri);
  const init = complete[0]?.map?.uri ?? null;
  const mediaSequence = parsed.mediaSequenceBase ?? 0;
  return { mediaSequence, segments, gaps, parts, init, runs: runsOf(complete), complaints };
}

/** It counts segments where the rule counts target durations (rfc8216bis 4.4.4.9). */
const unfounded = /Remove EXT-X-PART tags/;

/** hls-parser tells the console what it finds. */
function parseAloud(text: string) {
  const complaints: string[] = [];
  const { error } = console;
  console.error = (complaint: unknown) => {
    complaints.push(String(complaint));
  };
  try {
    return { parsed: parseHls(text), complaints: complaints.filter((complaint) => !unfounded.test(complaint)) };
  } finally {
    console.error = error;
  }
}

function runsOf(segments: readonly types.Segment[]): ReadMediaPlaylist['runs'] {
  const runs: { init: string; segments: string[] }[] = [];
  for (const { uri, map, gap } of segments) {
    if (gap) continue;
    if (runs.at(-1)?.init !== map?.uri) runs.push({ init: map?.uri ?? '', segments: [] });
    runs.at(-1)?.segments.push(uri);
  }
  return runs;
}

/** Segment URLs of an MPD, sound included. */
export function readMpd(text: string, url: string): string[] {
  const { playlists, mediaGroups } = parseMpd(text, { manifestUri: url });
  const groups = Object.values(mediaGroups.AUDIO).flatMap((group) => Object.values(group));
  const all = [...playlists, ...groups.flatMap((group) => group.playlists)];
  return all.flatMap((playlist) => playlist.segments.map((segment) => segment.resolvedUri));
}

/** Codec and sample count of an init segment followed by media. */
export function readMedia(bytes: readonly ArrayBuffer[]): { readonly codec: string; readonly samples: number } {
  const file: ISOFile = createFile();
  let codec = '';
  file.onReady = (info) => {
    codec = info.tracks[0]?.codec ?? '';
  };
  let at = 0;
  for (const piece of bytes) {
    file.appendBuffer(MP4BoxBuffer.fromArrayBuffer(piece, at));
    at += piece.byteLength;
  }
  file.flush();
  const track = file.moov?.traks[0];
  return { codec, samples: track?.samples?.length ?? 0 };
}

function secondOpinion(text: string): Parser['manifest'] {
  const parser = new Parser();
  parser.push(text);
  parser.end();
  return parser.manifest;
}

function agree(first: readonly unknown[], second: readonly unknown[]): void {
  if (JSON.stringify(first) !== JSON.stringify(second)) {
    throw new Error(`parsers disagree: ${JSON.stringify(first)} and ${JSON.stringify(second)}`);
  }
}
