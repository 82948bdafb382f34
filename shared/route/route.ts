import { isBroadcastId, isChannelName, isClipId, isRenditionName } from '../model/id.ts';
import {
  iframePlaylistFile,
  initFile,
  partFile,
  posterFile,
  segmentFile,
  segmentListFile,
  thumbnailSheetFile,
  thumbnailsFile,
} from '../model/object-name.ts';

/** Every playback URL, parsed. Paths are matched byte for byte: nothing is decoded, so nothing can be smuggled in. */
export type PlaybackRoute =
  | { readonly kind: 'live-multivariant'; readonly channel: string }
  | { readonly kind: 'live-mpd'; readonly channel: string }
  | ClipRoute
  /** A broadcast or a range of it as one MP4 file. */
  | { readonly kind: 'download'; readonly broadcast: string }
  | BroadcastRoute;

/** A clip's own addresses; its media lies below its broadcast. */
export type ClipRoute = {
  readonly kind: 'clip-multivariant' | 'clip-mpd' | 'clip-download';
  readonly clip: string;
};

/** The routes below one broadcast: the same at the origin, at a PoP and as object keys in the bucket. */
export type BroadcastRoute =
  | { readonly kind: 'multivariant'; readonly broadcast: string }
  | { readonly kind: 'mpd'; readonly broadcast: string }
  | { readonly kind: 'poster'; readonly broadcast: string }
  | { readonly kind: 'thumbnails'; readonly broadcast: string }
  | { readonly kind: 'thumbnail-sheet'; readonly broadcast: string; readonly sheet: number }
  | { readonly kind: 'media-playlist'; readonly broadcast: string; readonly rendition: string }
  | { readonly kind: 'iframe-playlist'; readonly broadcast: string; readonly rendition: string }
  | { readonly kind: 'segment-list'; readonly broadcast: string; readonly rendition: string }
  | { readonly kind: 'init'; readonly broadcast: string; readonly rendition: string; readonly initNumber: number }
  | { readonly kind: 'segment'; readonly broadcast: string; readonly rendition: string; readonly msn: number }
  | {
      readonly kind: 'part';
      readonly broadcast: string;
      readonly rendition: string;
      readonly msn: number;
      readonly part: number;
    };

/** A playback route and the token that stood in front of it, if any. */
export interface PlaybackRequest {
  readonly token: string | null;
  readonly route: PlaybackRoute;
}

const tokenPattern = /^\/t\/([A-Za-z0-9._~-]{1,4096})(\/.*)$/;

/** Parses a raw URL path, or null when it is not a playback URL. */
export function parsePlaybackPath(path: string): PlaybackRequest | null {
  const carried = tokenPattern.exec(path);
  const bare = carried ? (carried[2] ?? '') : path;
  const route = parseRoute(bare);
  return route ? { token: carried?.[1] ?? null, route } : null;
}

function parseRoute(path: string): PlaybackRoute | null {
  const [lead, place, owner, ...rest] = path.split('/');
  if (lead !== '' || owner === undefined) return null;
  if (place === 'live') return parseLive(owner, rest);
  if (place === 'clip') return parseClip(owner, rest);
  return place === 'b' ? parseBroadcast(owner, rest) : null;
}

function parseLive(channel: string, rest: readonly string[]): PlaybackRoute | null {
  if (!isChannelName(channel) || rest.length !== 1) return null;
  if (rest[0] === 'index.m3u8') return { kind: 'live-multivariant', channel };
  return rest[0] === 'index.mpd' ? { kind: 'live-mpd', channel } : null;
}

function parseClip(clip: string, rest: readonly string[]): ClipRoute | null {
  const [file = ''] = rest;
  if (!isClipId(clip) || rest.length !== 1 || !Object.hasOwn(clipFiles, file)) return null;
  return { kind: clipFiles[file as keyof typeof clipFiles], clip };
}

const downloadFile = 'download.mp4';

const clipFiles = {
  'index.m3u8': 'clip-multivariant',
  'index.mpd': 'clip-mpd',
  [downloadFile]: 'clip-download',
} as const;

function parseBroadcast(broadcast: string, rest: readonly string[]): PlaybackRoute | null {
  if (!isBroadcastId(broadcast)) return null;
  const [first, file] = rest;
  if (rest.length === 1) {
    if (first === 'index.m3u8') return { kind: 'multivariant', broadcast };
    if (first === downloadFile) return { kind: 'download', broadcast };
    return first === 'index.mpd' ? { kind: 'mpd', broadcast } : parsePicture(broadcast, first ?? '');
  }
  if (rest.length !== 2 || first === undefined || file === undefined || !isRenditionName(first)) return null;
  return parseFile(broadcast, first, file);
}

const sheetPattern = /^thumbs-(0|[1-9][0-9]{0,5})\.jpg$/;

function parsePicture(broadcast: string, file: string): BroadcastRoute | null {
  if (file === posterFile) return { kind: 'poster', broadcast };
  if (file === thumbnailsFile) return { kind: 'thumbnails', broadcast };
  const match = sheetPattern.exec(file);
  return match ? { kind: 'thumbnail-sheet', broadcast, sheet: Number(match[1]) } : null;
}

const filePattern = /^(?:init-(0|[1-9][0-9]{0,8})\.mp4|(0|[1-9][0-9]{0,11})(?:\.(0|[1-9][0-9]{0,5}))?\.m4s)$/;

function parseFile(broadcast: string, rendition: string, file: string): BroadcastRoute | null {
  if (file === 'index.m3u8') return { kind: 'media-playlist', broadcast, rendition };
  if (file === segmentListFile) return { kind: 'segment-list', broadcast, rendition };
  if (file === iframePlaylistFile) return { kind: 'iframe-playlist', broadcast, rendition };
  const match = filePattern.exec(file);
  if (!match) return null;
  const [, init, msn, part] = match;
  if (init !== undefined) return { kind: 'init', broadcast, rendition, initNumber: Number(init) };
  if (part !== undefined) return { kind: 'part', broadcast, rendition, msn: Number(msn), part: Number(part) };
  return { kind: 'segment', broadcast, rendition, msn: Number(msn) };
}

/** The canonical path of a route: the inverse of {@link parsePlaybackPath} without a token. */
export function formatPlaybackPath(route: PlaybackRoute): string {
  switch (route.kind) {
    case 'live-multivariant':
      return `/live/${route.channel}/index.m3u8`;
    case 'live-mpd':
      return `/live/${route.channel}/index.mpd`;
    case 'clip-multivariant':
      return `/clip/${route.clip}/index.m3u8`;
    case 'clip-mpd':
      return `/clip/${route.clip}/index.mpd`;
    case 'clip-download':
      return `/clip/${route.clip}/${downloadFile}`;
    case 'download':
      return `/b/${route.broadcast}/${downloadFile}`;
    case 'multivariant':
      return `/b/${route.broadcast}/index.m3u8`;
    case 'mpd':
      return `/b/${route.broadcast}/index.mpd`;
    case 'poster':
      return `/b/${route.broadcast}/${posterFile}`;
    case 'thumbnails':
      return `/b/${route.broadcast}/${thumbnailsFile}`;
    case 'thumbnail-sheet':
      return `/b/${route.broadcast}/${thumbnailSheetFile(route.sheet)}`;
    case 'media-playlist':
      return `/b/${route.broadcast}/${route.rendition}/index.m3u8`;
    case 'iframe-playlist':
      return `/b/${route.broadcast}/${route.rendition}/${iframePlaylistFile}`;
    case 'segment-list':
      return `/b/${route.broadcast}/${route.rendition}/${segmentListFile}`;
    case 'init':
      return `/b/${route.broadcast}/${route.rendition}/${initFile(route.initNumber)}`;
    case 'segment':
      return `/b/${route.broadcast}/${route.rendition}/${segmentFile(route.msn)}`;
    case 'part':
      return `/b/${route.broadcast}/${route.rendition}/${partFile(route.msn, route.part)}`;
  }
}

/** Whether an origin and the bucket have what a route names; the rest a PoP makes of it. */
export function isBroadcastRoute(route: PlaybackRoute): route is BroadcastRoute {
  return 'broadcast' in route && route.kind !== 'download';
}

const contentTypes: Readonly<Record<PlaybackRoute['kind'], string>> = {
  'live-multivariant': 'application/vnd.apple.mpegurl',
  'live-mpd': 'application/dash+xml',
  'clip-multivariant': 'application/vnd.apple.mpegurl',
  'clip-mpd': 'application/dash+xml',
  'clip-download': 'video/mp4',
  download: 'video/mp4',
  multivariant: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  poster: 'image/jpeg',
  thumbnails: 'text/vtt',
  'thumbnail-sheet': 'image/jpeg',
  'media-playlist': 'application/vnd.apple.mpegurl',
  'iframe-playlist': 'application/vnd.apple.mpegurl',
  'segment-list': 'application/json',
  init: 'video/mp4',
  segment: 'video/iso.segment',
  part: 'video/iso.segment',
};

/** The media type of what a route answers with. Audio uses its own type: `audio/mp4`. */
export function contentTypeOf(route: PlaybackRoute): string {
  const isAudio = 'rendition' in route && route.rendition.startsWith('a');
  return isAudio && route.kind === 'init' ? 'audio/mp4' : contentTypes[route.kind];
}
